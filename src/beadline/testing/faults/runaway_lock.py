"""Row M3: a bead lock that would run away: a focus that goes the wrong way, noise, beads that are lost."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from bluesky import plan_stubs as bps
from bluesky.run_engine import call_in_bluesky_event_loop
from bluesky.utils import MsgGenerator

from beadline.devices import Bead, BeadLock, Locking, LockOptions
from beadline.plans import bead_lock_wrapper, make_lookup_table, record, wait_s

from .bench import Bench
from .outcome import Case, Outcome

RUNAWAY = "beadline.testing.faults.runaway_microscope:microscope"
PLACES = [[48.0, 48.0], [128.0, 48.0], [208.0, 48.0]]
SAMPLE: dict[str, Any] = {
    "width_px": 256,
    "height_px": 96,
    "positions_px": PLACES,
    "tethers": 0,
    "references": 3,
    "drift_nm_per_s": [0.0, 0.0, 0.0],
    "drift_walk_nm_per_root_s": 0.0,
    "focal_factor": 1.0,
    "focus_noise_nm": 0.0,
}
FRAMES, RATE_HZ = 250, 100.0
START_UM = 50.0
REACH_UM = 1.0
PULLING_MM = 5.0
"""Height of the magnets at which a lost bead rises by micrometres in a second."""
ARRIVAL_UM = 0.005
"""How far from its target a focus may come to rest, which is no excursion of the lock."""
GUARDS = ("frozen: focus would be", "holds: ")


@dataclass(frozen=True)
class Fault:
    """What is done to a lock.

    Attributes:
        figure: name of its greatest excursion, without the unit.
        action: of the microscope.
        arguments: of the action.
        beads: the lock goes by.
        trips: whether a guard has to trip; else the lock may go on, within its reach.
        most_um: how far the focus may go [µm].
        reach_um: of the lock [µm].
    """

    figure: str
    action: str
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])
    beads: Sequence[int] = (0, 1, 2)
    trips: bool = True
    most_um: float = REACH_UM
    reach_um: float = REACH_UM


TURNED = Fault("wrong_way", "turn_focus_round")
MENDABLE = (TURNED, Fault("noise", "roar", {"rms_adu": 50.0, "frames": 100}, trips=False), Fault("dark", "fail_lamp"))
"""After these the lock is to work again."""
LOST = (
    Fault("one_of_three_lost", "lose_bead", {"bead": 2}, trips=False, most_um=0.1),
    Fault("one_of_two_lost", "lose_bead", {"bead": 1}, (0, 1), trips=False, most_um=0.1),
    Fault("last_one_lost", "lose_bead", {"bead": 0}, (0,)),
)
"""In this order, as a lost bead does not come back."""
FURTHER = (
    *(Fault(f"wrong_way_reach_{reach:g}", TURNED.action, most_um=reach, reach_um=reach) for reach in (0.2, 3.0, 10.0)),
    *(Fault(f"noise_{rms:g}_adu", "roar", {"rms_adu": rms, "frames": 150}, trips=False) for rms in (5.0, 20.0, 150.0)),
    Fault("wrong_way_one_bead", TURNED.action, beads=(1,)),
)


class _Locked(Bench):
    """A bench with a lock and three stuck beads, in lock-step, that writes the truth beside each recording."""

    def __init__(self, data: Path, seed: int) -> None:
        super().__init__(
            data, seed, clock="lock-step", frame_rate_hz=RATE_HZ, factory=RUNAWAY, side_recorders=("truth",), **SAMPLE
        )
        self.lock = BeadLock(self.tracker, self.focus, name="bead_lock")

    def connect(self) -> None:
        super().connect()
        call_in_bluesky_event_loop(self.lock.connect(), timeout=30)
        beads = [Bead(number, x_px, y_px, role="reference") for number, (x_px, y_px) in enumerate(PLACES)]
        self.RE(bps.abs_set(self.tracker.beads, beads, wait=True))
        self.RE(make_lookup_table(self.camera, self.tracker, self.recorder, self.focus, planes=24, frames=2))

    def record_locked(self, fault: Fault | None = None) -> str:
        """Record under a lock that has begun before, and return the sentence of the error that ended the run."""
        beads, reach_um = (fault.beads, fault.reach_um) if fault else ((0,), REACH_UM)
        options = LockOptions(interval_s=0.1, window=5, reach_um=reach_um)

        def body() -> MsgGenerator[Any]:
            yield from wait_s(0.5)
            recording = record(self.camera, [self.tracker, self.recorder], frames=FRAMES)
            yield from self.struck(recording, self._strike(fault)) if fault else recording

        self.lock.records.kept.clear()
        return self.run(bead_lock_wrapper(body(), self.lock, Locking(beads, options)))

    def _strike(self, fault: Fault) -> Any:
        return lambda _: self.camera.action(fault.action, **fault.arguments)

    def tripped(self) -> Iterator[tuple[int, str]]:
        """Yield the frame and the sentence of each guard of the lock that has tripped."""
        for said in self.lock.records.kept:
            if said.reason.startswith(GUARDS):
                yield said.frame_id, said.reason

    def courses(self) -> tuple[Any, Any]:
        """Return the frames of the last recording, and where the focus truly was [µm]."""
        with h5py.File(self.last_run.folder / "truth.h5", "r", swmr=True) as file:
            return np.asarray(file["frame_id"]), np.asarray(file["focus_um"])


def runs_away(seed: int, folder: Path, full: bool) -> Outcome:
    """Have a lock go by a focus, frames and beads that mislead it; how far the focus goes is taken from the truth."""
    outcome = Outcome()
    with _Locked(folder / "data", seed) as bench:
        for fault in (*MENDABLE, *(FURTHER if full else ())):
            _mislead(outcome, bench, fault)
            bench.act("mend")
            _go_back(outcome, bench)
        works = bench.record_locked()
        outcome.require(not works, f"the lock does not work again: {works}")
        outcome.require(not list(bench.tripped()), f"the lock does not work again: {list(bench.tripped())}")
        bench.run(bps.mv(bench.height, PULLING_MM))
        for fault in LOST:
            _mislead(outcome, bench, fault)
            _go_back(outcome, bench)
    return outcome


def _mislead(outcome: Outcome, bench: _Locked, fault: Fault) -> None:
    error = bench.record_locked(fault)
    outcome.require(not error, f"{fault.figure}: the run failed: {error}")
    frames, focus_um = bench.courses()
    excursion_um = float(np.abs(focus_um - START_UM).max())
    outcome.worst(**{f"{fault.figure}_um": excursion_um})
    outcome.require(excursion_um <= fault.most_um + ARRIVAL_UM, f"{fault.figure}: the focus went {excursion_um:.3f} um")
    tripped = list(bench.tripped())
    outcome.require(tripped or not fault.trips, f"{fault.figure}: no guard has tripped")
    for frame_id, sentence in tripped:
        if sentence.startswith("frozen"):
            way_um = float(np.ptp(focus_um[frames > frame_id + 1])) if (frames > frame_id + 1).any() else 0.0
            outcome.require(way_um <= ARRIVAL_UM, f"{fault.figure}: frozen, it went on by {way_um:.3f} um")
    told = [document["data"]["bead_lock-reason"] for document in _events(bench, "bead_lock-reason")]
    missing = {sentence for _, sentence in tripped} - set(told)
    outcome.require(not missing, f"{fault.figure}: the run does not say {missing}")
    outcome.require(bench.lock.locking is None, f"{fault.figure}: the lock is still on")
    bench.judge(outcome)
    bench.next_run_works(outcome)


def _go_back(outcome: Outcome, bench: Bench) -> None:
    error = bench.run(bps.mv(bench.focus, START_UM))
    outcome.require(not error, f"the focus does not move afterwards: {error}")


def _events(bench: Bench, key: str) -> Iterator[Any]:
    return (document for name, document in bench.documents if name == "event" and key in document["data"])


CASES = (
    Case(
        "M3",
        "a focus that goes the wrong way, noise, lost beads, under a bead lock",
        "its guards trip, the focus stays within its reach and is frozen",
        runs_away,
    ),
)
