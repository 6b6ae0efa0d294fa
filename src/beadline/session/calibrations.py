"""Which law the force follows in a session: the latest valid calibration, unless somebody says otherwise.

It is chosen when a plan starts, and stays the same until that plan has ended.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bluesky import Msg
from bluesky import preprocessors as bpp

from beadline.catalogue import (
    OLDEST_DAYS,
    Catalogue,
    ForceCalibration,
    KeptResult,
    Present,
    bead_name,
    foreign,
    kept_result,
    latest_valid,
)
from beadline.devices import LawInForce, Magnets, by_the_profile
from beadline.documents import RESULT_NAME, run_folders
from beadline.physics import ExtendedLaw

BEYOND = "the law of the profile, scaled to meet the calibration at its ends"


class Calibrations:
    """Chooses the law that the force axes follow."""

    def __init__(
        self,
        catalogue: Callable[[], Catalogue],
        magnets: Sequence[Magnets],
        metadata: Callable[[], Mapping[str, Any]],
        say: Callable[[str], None],
    ) -> None:
        """Look at the results of a data folder, and choose.

        Args:
            catalogue: returns the runs of the data folder, which only this session adds to.
            magnets: of the microscope.
            metadata: returns those of every run, where `bead` says which beads are in.
            say: told when another law is chosen.
        """
        self._catalogue, self._magnets, self._metadata, self._say = catalogue, tuple(magnets), metadata, say
        self._pinned: ForceCalibration | None = None
        self._by_profile = False
        self._oldest_days = OLDEST_DAYS
        self._kept: dict[Path, tuple[tuple[int, int], KeptResult]] = {}
        for folder in run_folders(catalogue().data):
            self.look_at(folder)
        self.choose()

    def look_at(self, folder: Path) -> None:
        """Take note of a run that has ended, if it keeps a result."""
        path = folder / RESULT_NAME
        stat = path.stat() if path.is_file() else None
        if stat is None:
            self._kept.pop(folder, None)
            return
        signature = stat.st_mtime_ns, stat.st_size
        if self._kept.get(folder, (None,))[0] != signature and (found := kept_result(folder)) is not None:
            self._kept[folder] = signature, found

    # -- choosing -------------------------------------------------------------------------------------------

    def use(self, which: Any = "latest", oldest_days: float = OLDEST_DAYS) -> None:
        """Say which law the force follows from the next plan on.

        Args:
            which: "latest" for the latest valid calibration, "profile" for the law of the profile, or a run that keeps
                a calibration, as the catalogue takes it; such a one may be of any age.
            oldest_days: how old the latest one may be [days].

        Raises:
            ValueError: that calibration is damaged, or of another flow cell, other beads or magnets.
            KeyError: there is no such run.
            FileNotFoundError: that run keeps no calibration.
        """
        if not oldest_days > 0:
            raise ValueError(f"oldest_days cannot be {oldest_days:g} days: it is above 0 days")
        pinned = None if which in ("latest", "profile") else self._catalogue().calibration(which)
        if pinned is not None:
            unfit = [self._unfit(pinned, each) for each in self._magnets]
            if all(unfit):
                raise ValueError(f"Cannot use that calibration: {'; '.join(unfit) or 'there are no magnets'}")
        self._pinned, self._by_profile, self._oldest_days = pinned, which == "profile", oldest_days
        self.choose()

    def choose(self) -> None:
        """Look again which law holds, and let the force axes follow it; never while a plan runs."""
        for folder in list(self._kept):
            self.look_at(folder)
        for magnets in self._magnets:
            law = self._law_for(magnets)
            if self._kept and law.sentence != magnets.force.in_force.sentence:
                self._say(f"{magnets.force.name} follows {law.sentence}")
            magnets.force.follow(law)

    def _law_for(self, magnets: Magnets) -> LawInForce:
        if self._by_profile:
            return by_the_profile(magnets.force.profile_law, "as asked for", magnets=magnets.pair)
        if self._pinned is not None and self._pinned.result.magnets == magnets.pair:
            unfit = self._unfit(self._pinned, magnets)
            remedy = "; say use_calibration('latest') or use_calibration('profile')" if unfit else ""
            return replace(_by_calibration(self._pinned, magnets, ()), objection=unfit + remedy)
        choice = latest_valid(
            [kept for _, kept in self._kept.values()], present_at(magnets, self._metadata()), self._oldest_days
        )
        if choice.calibration is None:
            return by_the_profile(magnets.force.profile_law, "; ".join(choice.refused), magnets=magnets.pair)
        return _by_calibration(choice.calibration, magnets, choice.refused)

    def _unfit(self, calibration: ForceCalibration, magnets: Magnets) -> str:
        present = present_at(magnets, self._metadata())
        return present.unsaid or foreign(calibration.kept, present)

    def with_law(self, plan: Generator[Msg, Any, Any]) -> Generator[Msg, Any, Any]:
        """Choose the law for a plan that is about to start; the start documents of its runs say which one it is."""
        self.choose()
        told = {each.force.name: dict(each.force.in_force.source) for each in self._magnets}

        def tell(message: Msg) -> Msg:
            if message.command != "open_run" or not told:
                return message
            return message._replace(kwargs={"force_law": told, **message.kwargs})

        return bpp.msg_mutator(plan, tell)


def present_at(magnets: Magnets, metadata: Mapping[str, Any]) -> Present:
    """Return what is at the microscope: the flow cell under these magnets, and the beads that the metadata name."""
    cell = getattr(magnets.height, "flow_cell", None)
    bead = bead_name(metadata.get("bead"))
    return Present(cell.present, bead, magnets.pair, cell.changed_at) if cell else Present("", bead, magnets.pair)


def _by_calibration(calibration: ForceCalibration, magnets: Magnets, refused: Sequence[str]) -> LawInForce:
    found = calibration.found.law
    source = {**calibration.as_metadata(), "beyond": BEYOND, "passed_over": list(refused)}
    return LawInForce(
        ExtendedLaw(found, magnets.force.profile_law),
        "; ".join((calibration.sentence(), *refused)),
        source,
        calibration.result.flow_cell,
        (found.low_pn, found.high_pn),
    )
