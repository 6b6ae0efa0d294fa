"""Which calibration of the magnets holds now: of this flow cell, these beads and magnets, and not too old."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from beadline.analysis import MagnetCalibration, calibration_from
from beadline.documents import FORCE_CALIBRATION, Result

from .kept_results import KeptResult

OLDEST_DAYS = 30.0
"""A calibration is measured anew after this, unless somebody says otherwise [days]."""
MOST_TOLD = 3


@dataclass(frozen=True)
class Present:
    """What is at the microscope.

    Attributes:
        flow_cell: id of the one that is in; empty if nobody has said.
        bead_type: name of the beads; empty if nobody has said.
        magnets: which ones.
        changed_at: when another flow cell was put in last, ISO 8601; empty if that is not known.
    """

    flow_cell: str
    bead_type: str
    magnets: str
    changed_at: str = ""

    @property
    def unsaid(self) -> str:
        """What has to be said before a calibration can be chosen; empty if nothing."""
        if not self.bead_type:
            return "nobody has said which beads are in (say RE.md['bead'] = 'M270', or what they are)"
        if not self.flow_cell:
            return "nobody has said which flow cell is in (say RE(bps.mv(magnets.height.flow_cell.id, 'B7')))"
        return ""


@dataclass(frozen=True)
class ForceCalibration:
    """A calibration of the magnets, from the run that keeps it.

    Attributes:
        kept: where it is.
        result: where it comes from.
        found: the law with its uncertainties.
    """

    kept: KeptResult
    result: Result
    found: MagnetCalibration

    def sentence(self) -> str:
        """Say which one it is."""
        law = self.found.law
        middle_mm = (law.low_mm + law.high_mm) / 2
        error = float(self.found.force_error_pn(middle_mm) / law.force_pn(middle_mm))
        return (
            f"the calibration of {self.kept.run}: {self.result.bead_type} in flow cell {self.result.flow_cell}, "
            f"measured {self.result.measured_at[:16].replace('T', ' ')} UTC, {law.low_pn:.3g} to {law.high_pn:.3g} pN, "
            f"± {100 * error:.2g} % in the middle"
        )

    def as_metadata(self) -> dict[str, Any]:
        """Return which one it is for the start document of a run."""
        law = self.found.law
        return {
            "from": "calibration",
            "run": self.kept.uid,
            "scan_id": self.kept.scan_id,
            **{key: value for key, value in self.result.as_metadata().items() if key != "kind"},
            "measured_pn": [law.low_pn, law.high_pn],
            "measured_mm": [law.low_mm, law.high_mm],
        }


def calibration_in(kept: KeptResult) -> ForceCalibration:
    """Return the calibration that a result is.

    Raises:
        ValueError: it is something else, or it cannot be used.
    """
    result = kept.checked()
    if result.kind != FORCE_CALIBRATION:
        raise ValueError(f"The result of {kept.run} is no calibration of magnets but a {result.kind}")
    return ForceCalibration(kept, result, calibration_from(result.content))


def foreign(kept: KeptResult, present: Present) -> str:
    """Say of what else a calibration is, and what to do; empty if it is of what is there."""
    pairs = {
        "magnets": ("magnets", present.magnets),
        "beads": ("bead_type", present.bead_type),
        "flow cell": ("flow_cell", present.flow_cell),
    }
    for what, (name, now) in pairs.items():
        if kept.announced[name] != now:
            return (
                f"the calibration of {kept.run} is of {what} {kept.announced[name] or '(not said)'}, not of {now}: "
                "measure the force with these (force_calibration), or correct what was said"
            )
    return ""


def stale(kept: KeptResult, present: Present, oldest_days: float, now: datetime) -> str:
    """Say why a calibration is too old, and what to do; empty if it is not."""
    which = f"the calibration of {kept.run}, measured {kept.measured:%Y-%m-%d %H:%M},"
    remedy = f"measure it anew (force_calibration), or say use_calibration({kept.scan_id})"
    if present.changed_at and kept.measured < datetime.fromisoformat(present.changed_at):
        return f"{which} is from before the flow cell was changed ({present.changed_at}): {remedy}"
    age = now - kept.measured
    if age > timedelta(days=oldest_days):
        return f"{which} is {age.days} days old, and {oldest_days:g} are allowed: {remedy}"
    return ""


@dataclass(frozen=True)
class Choice:
    """Which calibration was chosen.

    Attributes:
        calibration: the latest valid one; None if there is none.
        refused: why later ones were not taken, the newest first; if there is none, why not those that were measured
            last, those of other beads, flow cells and magnets among them.
    """

    calibration: ForceCalibration | None
    refused: tuple[str, ...] = ()


def latest_valid(
    kept: Iterable[KeptResult], present: Present, oldest_days: float = OLDEST_DAYS, now: datetime | None = None
) -> Choice:
    """Choose the calibration that was measured last among those that hold now; of two analyses, the later one.

    Args:
        kept: results of a data folder.
        present: what is at the microscope.
        oldest_days: how old it may be [days].
        now: the time; by default that of this computer.
    """
    calibrations = [each for each in kept if each.kind == FORCE_CALIBRATION]
    if not calibrations:
        return Choice(None, ("no calibration was saved",))
    if present.unsaid:
        return Choice(None, (present.unsaid,))
    calibrations.sort(key=lambda each: (each.measured, each.announced["made_at"], each.scan_id), reverse=True)
    refused, others = [], []
    for each in calibrations:
        if why := foreign(each, present):
            others.append(why)
        elif why := stale(each, present, oldest_days, now or datetime.now(UTC)) or each.problem:
            refused.append(why)
        else:
            return Choice(calibration_in(each), tuple(refused[:MOST_TOLD]))
    return Choice(None, tuple((refused + others)[:MOST_TOLD]))
