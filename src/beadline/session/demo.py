"""The demonstration: a whole experiment on the simulated microscope, unattended."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

import h5py
import numpy as np
from bluesky import plan_stubs as bps
from bluesky.utils import MsgGenerator

from beadline.plans import find_beads, make_lookup_table, record, set_force, wait_s
from beadline.tracks import valid

from .demo_analysis import FloatArray, Heights, extension_nm, stuck_beads, surface_nm, without_drift
from .demo_figure import DemoPicture, draw, load_libraries
from .microscope_session import Session

FORCES_PN = (1.0, 8.0)
TABLE_FORCE_PN = 8.0
FRAME_RATE_HZ = 100.0
RECORD_S = 8.0
SURFACE_S = 4.0
MAGNETS_UP_MM = 12.0
SETTLE_S = 0.3
RATE_TOLERANCE = 0.01
PROFILE_ARGUMENTS = {"frame_rate_hz": FRAME_RATE_HZ, "truth": True}


@dataclass
class DemoResult:
    """What the demonstration found, and what was to be found."""

    uid: str
    uids: dict[str, str]
    rate_hz: float
    frames: dict[str, int]
    forces: list[dict[str, float]]
    step_nm: dict[str, float]
    valid: bool
    figure: str
    data: str
    phases_s: dict[str, float] = field(default_factory=dict)


class Demo:
    """Runs the experiment step by step on an open session of the simulated profile."""

    def __init__(self, session: Session, say: Callable[[str], None]) -> None:
        self._session = session
        self._say = say
        self.phases_s: dict[str, float] = {}
        self.uids: dict[str, str] = {}

    def run(self, figure: Path) -> DemoResult:
        """Run the experiment, analyse it, draw the figure, and return the result."""
        self._session.RE(self._experiment())
        with self._phase("analyse and draw", "analysis"):
            return self._result(figure)

    def _experiment(self) -> MsgGenerator[None]:
        """Find beads, calibrate them, find the surface, and record at each force."""
        session, uids = self._session, self.uids
        camera, tracker, recorder, magnets = session.camera, session.tracker, session.recorder, session.magnets
        with self._phase(f"pull with {TABLE_FORCE_PN:g} pN, find beads", "find_beads"):
            yield from set_force(magnets.force, TABLE_FORCE_PN)
            uids["find_beads"] = yield from find_beads(camera, tracker)
        with self._phase("make the look-up table of each bead (50 planes x 5 frames)", "table"):
            uids["table"] = yield from make_lookup_table(camera, tracker, recorder, session.focus, planes=50, frames=5)
        with self._phase(f"find the surface (magnets up, {SURFACE_S:g} s)", "surface"):
            yield from bps.mv(magnets.height, MAGNETS_UP_MM)
            uids["surface"] = yield from record(camera, [tracker], duration_s=SURFACE_S)
        yield from bps.mv(recorder.kind, "rois")
        Thread(target=load_libraries, name="load libraries", daemon=True).start()  # while frames come in
        for force_pn in FORCES_PN:
            with self._phase(f"record {RECORD_S:g} s at {force_pn:g} pN", f"{force_pn:g} pN"):
                yield from set_force(magnets.force, force_pn)
                yield from wait_s(SETTLE_S)
                uids[f"{force_pn:g} pN"] = yield from record(camera, [tracker, recorder], duration_s=RECORD_S)

    @contextmanager
    def _phase(self, sentence: str, name: str) -> Iterator[None]:
        started = time.monotonic()
        yield
        self.phases_s[name] = round(time.monotonic() - started, 1)
        self._say(f"{self.phases_s[name]:6.1f} s  {sentence}")

    def _heights(self, name: str) -> "RunHeights":
        return RunHeights.read(self._session.records.tracks_dataset(self.uids[name]))

    # -- the numbers ----------------------------------------------------------------------------------------

    def _result(self, figure: Path) -> DemoResult:
        surface = self._heights("surface")
        references = stuck_beads(surface.x_nm, surface.y_nm)
        ground = surface_nm(without_drift(surface, references))
        tethers = ~references
        runs = {force: self._heights(f"{force:g} pN") for force in FORCES_PN}
        level = {force: without_drift(run, references) for force, run in runs.items()}
        found = {force: extension_nm(heights, ground) for force, heights in level.items()}
        expected = {force: self._truth(f"{force:g} pN", surface) for force in FORCES_PN}
        low, high = FORCES_PN[0], FORCES_PN[-1]

        def median(values: FloatArray) -> float:
            return float(np.nanmedian(values[tethers]))

        picture = DemoPicture(
            field=np.load(self._folder("find_beads") / "field.npy"),
            x_px=runs[low].x_px,
            y_px=runs[low].y_px,
            references=references,
            traces={force: (heights.time_s, heights.z_nm - ground) for force, heights in level.items()},
            found_nm=found,
            expected_nm=expected,
            table=self._folder("table") / "lookup_table.h5",
        )
        draw(picture, figure)
        rate_hz = float(np.median([run.rate_hz for run in runs.values()]))
        return DemoResult(
            uid=self.uids[f"{high:g} pN"],
            uids=self.uids,
            rate_hz=rate_hz,
            frames=self._frames(),
            forces=[
                {"asked_pn": force, "extension_nm": median(found[force]), "expected_nm": median(expected[force])}
                for force in FORCES_PN
            ],
            step_nm={"found": median(found[high] - found[low]), "expected": median(expected[high] - expected[low])},
            valid=abs(rate_hz / FRAME_RATE_HZ - 1) < RATE_TOLERANCE,
            figure=str(figure),
            data=str(self._session.data),
            phases_s=self.phases_s,
        )

    def _folder(self, name: str) -> Path:
        return self._session.records.folder(self.uids[name])

    def _frames(self) -> dict[str, int]:
        """Add up the books of the recordings."""
        total = {"produced": 0, "recorded": 0, "tracked": 0, "missed": 0}
        for force in FORCES_PN:
            books = self._session.records.frame_books(self.uids[f"{force:g} pN"])
            total["produced"] += books["tracker"]["produced"]
            total["recorded"] += books["recorder"]["delivered"]
            total["tracked"] += books["tracker"]["delivered"]
            total["missed"] += max(books["tracker"]["missed"], books["recorder"]["missed"])
        return total

    def _truth(self, name: str, beads: "RunHeights") -> FloatArray:
        """Return the true mean extension of each bead found, from the simulation's own record."""
        with h5py.File(self._folder(name) / "truth.h5", swmr=True) as truth:
            extension, x_px, y_px = (np.asarray(truth[name]).mean(axis=0) for name in ("z_nm", "x_px", "y_px"))
        distance = np.hypot(beads.x_px[:, None] - x_px, beads.y_px[:, None] - y_px)
        nearest = np.argmin(distance, axis=1)
        return np.where(distance.min(axis=1) < 10, extension[nearest], np.nan)


@dataclass(frozen=True)
class RunHeights(Heights):
    """Heights of one run, with where the beads are and how fast the frames came."""

    x_nm: FloatArray
    y_nm: FloatArray
    x_px: FloatArray
    y_px: FloatArray
    rate_hz: float

    @classmethod
    def read(cls, dataset: Any) -> "RunHeights":
        """Take them from the tracks of a run; flagged tracks become NaN."""
        tracks = dataset["tracks"].where(valid(dataset["flags"].values)[..., None])
        x_nm, y_nm, z_nm = (tracks.sel(column=name).values.astype(float) for name in ("x_nm", "y_nm", "z_nm"))
        pixel_nm = float(dataset.attrs["pixel_size_nm"])
        host_s = dataset["host_time_s"].values
        return cls(
            time_s=dataset["time"].values,
            z_nm=z_nm,
            x_nm=x_nm,
            y_nm=y_nm,
            x_px=np.nanmedian(x_nm, axis=0) / pixel_nm,
            y_px=np.nanmedian(y_nm, axis=0) / pixel_nm,
            rate_hz=float((dataset["frame_id"].values[-1] - dataset["frame_id"].values[0]) / (host_s[-1] - host_s[0])),
        )
