"""A run of steps that did not come to its end, as its documents tell it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from beadline.catalogue import Catalogue
from beadline.documents import (
    JOURNAL_NAME,
    Document,
    complete_lines,
    decode_line,
    kind_of,
    run_folders,
    scan_id_of,
)

from .profile import Profile

_OF_A_SERIES = ("settle_s", "back", "first_step", "rule", "axes", "detectors")
NEEDED: Mapping[str, Sequence[str]] = {
    "step_record": ("positions", "frames_per_step", "settle_s", "axis", "detectors"),
    "staircase": ("positions", "duration_s", "settle_s", "back", "first_step", "axis", "detectors"),
    "hat_curve": ("turns", "force_pn", "duration_s", "settle_s", "back", "first_step", "axes", "detectors"),
    "force_extension": ("forces_pn", *_OF_A_SERIES),
    "force_calibration": ("heights_mm", *_OF_A_SERIES),
}
"""The plans whose rest can be planned, and what their start documents say of it: first, where the steps are."""
STREAMS_OF_STEPS = ("primary", "steps")


@dataclass(frozen=True)
class InterruptedRun:
    """What is left of a run, as far as its documents tell.

    Attributes:
        start: its start document.
        stop: its stop document; empty if it has none.
        configurations: what each detector was set to, by its name.
        steps: how many of its steps were completed: each is an event.
        resumed_by: scan id of a run that has begun with the rest of it; None if there is none.
    """

    start: Mapping[str, Any]
    stop: Mapping[str, Any]
    configurations: Mapping[str, Mapping[str, Any]]
    steps: int
    resumed_by: int | None = None

    @classmethod
    def read(cls, documents: Sequence[Document], resumed_by: int | None = None) -> "InterruptedRun":
        """Take it from all documents of a run; `resumed_by` is the scan id of a run that has begun with the rest."""
        start = next((each for name, each in documents if name == "start"), {})
        stop = next((each for name, each in documents if name == "stop"), {})
        descriptors = [each for name, each in documents if name == "descriptor"]
        of_steps = {each["uid"] for each in descriptors if each["name"] in STREAMS_OF_STEPS}
        steps = sum(1 for name, each in documents if name == "event" and each["descriptor"] in of_steps)
        configurations = {
            name: kept["data"] for each in descriptors for name, kept in each.get("configuration", {}).items()
        }
        return cls(start, stop, configurations, steps, resumed_by)

    @property
    def name(self) -> str:
        """For people."""
        return f"run {self.start.get('scan_id', '?')} ({str(self.start.get('uid', ''))[:8]})"

    @property
    def steps_asked(self) -> int:
        """How many steps it was to have."""
        ways = 2 if self.start.get("back") else 1
        return ways * len(self.start[NEEDED[self.start["plan_name"]][0]]) - int(self.start.get("first_step", 0))

    def check(self, profile: Profile) -> None:
        """Refuse a run of which there is nothing to resume, or not here.

        Args:
            profile: of the session that is to resume it.

        Raises:
            ValueError: with the reason, and what to do.
        """
        reason = self._why_nobody_can() or self._why_nothing_is_left() or self._why_not_with(profile)
        if reason:
            raise ValueError(f"Cannot resume {self.name}: {reason}")

    def _why_nobody_can(self) -> str:
        plan = str(self.start.get("plan_name", ""))
        if plan not in NEEDED:
            return (
                f"of what is left of a {plan or 'plan without a name'} nothing can be said; those that can be resumed "
                f"are {', '.join(NEEDED)}. Start a new run"
            )
        missing = [name for name in NEEDED[plan] if name not in self.start]
        if missing:
            return f"its start document does not say {', '.join(missing)}; start a new run of the steps that are left"
        return ""

    def _why_nothing_is_left(self) -> str:
        if not self.stop:
            return "it has no end: it goes on, or beadline recover gives it one"
        if self.stop["exit_status"] == "success" or self.steps >= self.steps_asked:
            return f"it is complete, with {self.steps} steps"
        if self.resumed_by is not None:
            return f"run {self.resumed_by} is the rest of it; resume that one, if it did not come to its end"
        return "" if self.steps else "none of its steps was completed; start it anew"

    def _why_not_with(self, profile: Profile) -> str:
        kept = self.start.get("beadline", {}).get("profile", {})
        if kept.get("sha256") == profile.sha256:
            return ""
        then, now = Path(str(kept.get("path", "?"))), profile.path
        if then.name == now.name:
            return f"the profile {now} has been changed since; start a new run"
        return f"it was made with the profile {then.stem}, and this session has {now.stem}; open one with the other"


def interrupted_run(records: Catalogue, run: Any) -> InterruptedRun:
    """Read a run that is to be resumed.

    Args:
        records: the runs of the data folder.
        run: as the catalogue takes it.

    Raises:
        KeyError: there is no such run.
    """
    documents = records.documents(run)
    return InterruptedRun.read(documents, _resumed_by(records.data, documents[0][1].get("uid", "")))


def _resumed_by(data: Path, uid: str) -> int | None:
    """Return the scan id of the newest run that begins with what was left of another."""
    for folder in run_folders(data):
        start = _start(folder)
        if start.get("uid") == uid:
            return None
        if start.get("continues") == uid and "steps_before" in start:
            return scan_id_of(folder)
    return None


def _start(folder: Path) -> Mapping[str, Any]:
    line = next(complete_lines(folder / JOURNAL_NAME), b"")
    return decode_line(line)[1] if kind_of(line) == "start" else {}
