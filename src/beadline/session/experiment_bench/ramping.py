"""A force ramp under a bead lock, recorded: whether both do what they are asked, and nobody slows the frames."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import h5py
import numpy as np
from bluesky import plan_stubs as bps
from bluesky.utils import MsgGenerator
from numpy.typing import NDArray

from beadline.devices import Bead, Locking, LockOptions
from beadline.documents import JOURNAL_NAME, read_documents
from beadline.plans import bead_lock_wrapper, force_ramp, make_lookup_table, set_force, wait_s
from beadline.session.microscope_session import Session
from beadline.session.profile import load_profile

from .arrivals import Arrivals
from .findings import Finding, Section, at_most, told, within

Floats = NDArray[np.float64]

DRIFT_NM_PER_S = 20.0
INTERVAL_S, WINDOW = 0.1, 2
SETTLE_S, LOOK_EVERY_S, STEP_NM = 10.0, 0.05, 500.0
_PITCH_PX, _WINDOW_PX, _COLUMNS = 124, 100, 6
_HIGHEST_PN = 20.0
LOCKED, JUDGED = 0, 1
"""Which of the references the lock goes by, and which it is judged by."""


@dataclass(frozen=True)
class Ramping:
    """What is done.

    Attributes:
        tethers: number of M270 beads on 8 kb.
        forces_pn: from where to where the ramp goes, and back [pN].
        rate_pn_per_s: how fast [pN/s].
        frame_rate_hz: frames per second.
        planes: of the look-up tables.
        clock: "real", or "lock-step" for as fast as the machine can: intervals of frames are not asked for then.
    """

    tethers: int = 22
    forces_pn: tuple[float, float] = (1.0, 20.0)
    rate_pn_per_s: float = 19 / 30
    frame_rate_hz: float = 100.0
    planes: int = 40
    clock: Literal["real", "lock-step"] = "real"


QUICK = Ramping(tethers=2, forces_pn=(4.0, 8.0), rate_pn_per_s=2.0, planes=24, clock="lock-step")


def bench_ramping(what: Ramping, seed: int, say: Callable[[str], None] = lambda line: None) -> Section:
    """Ramp the force up and down while a lock holds the focus ten times a second against a drift of 20 nm/s."""
    profile, arguments = load_profile("simulated"), _world(what, seed)
    with (
        TemporaryDirectory(prefix="beadline-ramping-") as folder,
        Session(profile, Path(folder), say=_silent, arguments=arguments, as_default=False) as session,
    ):
        say(f"ramp: {what.tethers} M270 and 2 references, look-up tables")
        ramping = _Experiment(session, what)
        session.RE(ramping.prepare())
        say(f"ramp: {what.forces_pn[0]:g} to {what.forces_pn[1]:g} pN and back, under the lock")
        session.RE(ramping.ramp())
        return ramping.found()


def _silent(line: str) -> None:
    """Say nothing: the bench says what it does."""


def _world(what: Ramping, seed: int) -> dict[str, Any]:
    beads = what.tethers + 2
    rows = -(-beads // _COLUMNS)
    return {
        "bead": "M270",
        "tethers": what.tethers,
        "references": 2,
        "seed": seed,
        "positions_px": _places(beads),
        "width_px": _PITCH_PX * min(beads, _COLUMNS),
        "height_px": _PITCH_PX * rows,
        "molecules": {"classes": {"nicked": 1.0}},
        "force_scatter": 0.0,
        "drift_nm_per_s": [0.0, 0.0, DRIFT_NM_PER_S],
        "frame_rate_hz": what.frame_rate_hz,
        "truth": True,
        "clock": what.clock,
    }


def _places(beads: int) -> list[list[float]]:
    return [[_PITCH_PX * (0.5 + n % _COLUMNS), _PITCH_PX * (0.5 + n // _COLUMNS)] for n in range(beads)]


class _Experiment:
    """The plans, and what they leave."""

    def __init__(self, session: Session, what: Ramping) -> None:
        self._session = session
        self._what = what
        self._at_latch_nm: list[float] = []
        self._step_nm: list[float] = []
        self._uid = ""
        board = session.camera.worker.board
        self._arrivals = Arrivals(lambda: board["ring_written"])

    def prepare(self) -> MsgGenerator[None]:
        """Choose the beads, and make their tables while the lock is not on yet."""
        session, tethers = self._session, self._what.tethers
        beads = [
            Bead(n, x, y, "tether" if n < tethers else "reference", window_px=_WINDOW_PX)
            for n, (x, y) in enumerate(_places(tethers + 2))
        ]
        yield from set_force(session.magnets.force, _HIGHEST_PN)
        yield from bps.abs_set(session.tracker.beads, beads, wait=True)
        yield from make_lookup_table(
            session.camera, session.tracker, session.recorder, session.focus, planes=self._what.planes, frames=2
        )
        if refused := session.tracker.table_builder.refused:
            raise RuntimeError(f"Not every bead got a look-up table: {'; '.join(refused.values())}")
        yield from set_force(session.magnets.force, self._what.forces_pn[0])

    def ramp(self) -> MsgGenerator[None]:
        """Lock, ramp, and then hold the beads 500 nm higher."""
        what, lock = self._what, self._session.bead_lock

        def locked() -> MsgGenerator[None]:
            while not lock.records.kept:
                yield from wait_s(0.02)
            yield from self._look(self._at_latch_nm)
            yield from wait_s(SETTLE_S)
            camera, tracker, force = self._session.camera, self._session.tracker, self._session.magnets.force
            with self._arrivals.noted():
                self._uid = yield from force_ramp(camera, [tracker], force, *what.forces_pn, what.rate_pn_per_s)
            yield from self._look(self._step_nm)
            yield from bps.mv(lock.offset_nm, STEP_NM)
            for _ in range(80):
                yield from wait_s(LOOK_EVERY_S)
                yield from self._look(self._step_nm)

        options = LockOptions(interval_s=INTERVAL_S, window=WINDOW)
        yield from bead_lock_wrapper(locked(), lock, Locking([what.tethers + LOCKED], options))

    def _look(self, seen_nm: list[float]) -> MsgGenerator[None]:
        """Note how high the judged bead truly is above the focal plane [nm]."""
        (truth,) = yield from bps.wait_for([lambda: self._session.camera.action("truth")])
        seen_nm.append(truth.result()["defocus_nm"][self._what.tethers + JUDGED])

    # -- what came out --------------------------------------------------------------------------------------

    def found(self) -> Section:
        """Judge what was recorded."""
        folder = self._session.records.folder(self._uid)
        documents, _ = read_documents(folder / JOURNAL_NAME)
        streams = {doc["uid"]: doc["name"] for name, doc in documents if name == "descriptor"}
        ramps = [doc["data"] for name, doc in documents if name == "event" and streams[doc["descriptor"]] == "ramps"]
        books = self._session.records.frame_books(self._uid)["tracker"]
        with h5py.File(folder / "tracks.h5") as tracks, h5py.File(folder / "truth.h5") as truth:
            ids = np.asarray(tracks["frame_id"])
            wanted = np.isin(np.asarray(truth["frame_id"]), ids)
            defocus_nm = np.asarray(truth["defocus_nm"])[wanted, self._what.tethers + JUDGED].astype(np.float64)
            force_pn = np.asarray(truth["force_pn"])[wanted, 0].astype(np.float64)
        findings = [
            *self._of_the_ramps(ramps, ids, force_pn),
            *self._of_the_frames(books),
            *self._of_the_lock(defocus_nm),
        ]
        return Section(findings, ramps)

    def _of_the_ramps(self, ramps: Sequence[dict[str, Any]], ids: NDArray[np.int64], force_pn: Floats) -> list[Finding]:
        """Compare rates by the read-back of the magnets, and by the truth about a bead, with what was asked."""
        findings = []
        for ramp in ramps:
            part = (ids > ramp["ramp-first_frame"]) & (ids < ramp["ramp-last_frame"])
            true = np.polyfit(ids[part] / self._what.frame_rate_hz, force_pn[part], 1)[0]
            asked = self._what.rate_pn_per_s
            way = f"{ramp['ramp-from_pn']:g} to {ramp['ramp-to_pn']:g} pN"
            for by, rate in (("read-back", ramp["ramp_found-realised_rate_pn_per_s"]), ("truth", true)):
                share = abs(rate) / asked
                findings.append(within(f"rate / asked, {way}, by {by}", share, 0.97, 1.03, n=int(part.sum())))
            deviation = ramp["ramp_found-greatest_deviation_pn"]
            findings.append(told(f"greatest deviation from a straight line, {way} [pN]", deviation, n=int(part.sum())))
        return findings

    def _of_the_frames(self, books: dict[str, Any]) -> list[Finding]:
        findings = [at_most("frames missed", books["missed"], 0, n=books["produced"])]
        if self._what.clock == "real":
            intervals = self._arrivals.intervals_s() * self._what.frame_rate_hz
            late = float(np.quantile(intervals, 0.99))
            findings.append(
                at_most("interval of frames in the ring, 99th percentile / asked", late, 1.5, n=len(intervals))
            )
        return findings

    def _of_the_lock(self, defocus_nm: Floats) -> list[Finding]:
        # the set-point is the mean of the first window, half of which ago the beads were lower
        lag_nm = DRIFT_NM_PER_S * WINDOW / 2 / self._what.frame_rate_hz
        error_nm = defocus_nm - (self._at_latch_nm[0] - lag_nm)
        rms_nm, step_nm = float(np.sqrt(np.mean(error_nm**2))), np.array(self._step_nm) - self._step_nm[0]
        overshoot = 100 * (float(step_nm.max()) / STEP_NM - 1)
        return [
            at_most("focus error of a bead beside the lock's, rms [nm]", rms_nm, 10.0, n=len(error_nm)),
            told("greatest focus error [nm]", float(np.abs(error_nm).max()), n=len(error_nm)),
            at_most("overshoot of a step of 500 nm [%]", overshoot, 20.0, n=1),
            at_most("left of that step after 4 s [nm]", abs(float(step_nm[-10:].mean()) - STEP_NM), 20.0, n=1),
        ]
