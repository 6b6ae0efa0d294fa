"""The pipeline bench: how many frames a second this machine takes from the camera to the catalogue."""

import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import psutil
from bluesky import plan_stubs as bps
from numpy.typing import NDArray

from beadline.acquisition import LatestTracks
from beadline.devices import Bead, Beads, Camera, Recorder, Tracker, Workbench
from beadline.plans import live, record, wait_s

from .microscope_session import Session
from .profile import Profile
from .stuck_bead_tables import FOCAL_FACTOR, make_tables, save_tables

PRERENDERED_FRAMES, PRERENDERED_BYTES = 400, 300_000_000
MARGIN_PX, WINDOW_PX = 48, 64
PIXEL_SIZE_NM = 112.0
BIT_DEPTHS = range(8, 17)
Video = Literal["full", "rois", "none"]
LIVE_S = 3.0


def bench_pipeline(
    frame_rate_hz: float,
    size_px: tuple[int, int],
    beads: int,
    duration_s: float,
    *,
    bit_depth: int = 8,
    video: Video = "full",
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Record pre-rendered frames at a rate and return what became of them.

    All beads have look-up tables, so that everything is measured of each of them.

    Args:
        frame_rate_hz: frames per second [Hz].
        size_px: width and height of a frame [px].
        beads: number of stuck beads, on a grid.
        duration_s: of the recording [s].
        bit_depth: of a pixel; above 8 the frames are u16.
        video: full frames, the windows of the beads, or none.
        say: told what happens.

    Returns:
        frames produced, recorded, tracked and missed; rate_hz on the host's clock; cpu_share per process
        (1 is one core); latency_ms from the end of an exposure until its tracks can be read, median and p99.
    """
    _check(size_px, beads, bit_depth)
    places = _grid(beads, *size_px)
    world = _world(places, *size_px)
    say(f"sweep the focus over {beads} beads")
    tables = make_tables(world, places, PIXEL_SIZE_NM, bit_depth - 8)
    profile = Profile(
        Path("pipeline-bench"), "", lambda workbench: _devices(workbench, frame_rate_hz, world, size_px, bit_depth)
    )
    with (
        tempfile.TemporaryDirectory(prefix="beadline-bench-") as folder,
        Session(profile, Path(folder), say=say, as_default=False) as session,
    ):
        if session.findings:
            raise RuntimeError("; ".join(each.sentence for each in session.findings))
        path = save_tables(Path(folder) / "lookup_table.h5", tables)
        chosen = [Bead(number, x, y, lookup_table=path) for number, (x, y) in enumerate(places.tolist())]
        session.RE(bps.abs_set(session.tracker.beads, chosen, wait=True))
        _ = session.catalogue  # waits until it is open: starting up is not what is measured
        say(f"record {duration_s:g} s at {frame_rate_hz:g} frames/s, {size_px[0]} x {size_px[1]} px, {beads} beads")
        return _recorded(session, duration_s, video)


def _check(size_px: tuple[int, int], beads: int, bit_depth: int) -> None:
    if beads < 1 or min(size_px) < 2 * MARGIN_PX:
        raise ValueError(
            f"Cannot bench {beads} beads in {size_px[0]} x {size_px[1]} px: take at least one bead and "
            f"{2 * MARGIN_PX} px each way"
        )
    if bit_depth not in BIT_DEPTHS:
        raise ValueError(f"Cannot bench pixels of {bit_depth} bit: {BIT_DEPTHS[0]} to {BIT_DEPTHS[-1]} are allowed")


def _recorded(session: Session, duration_s: float, video: Video) -> dict[str, Any]:
    """Record while watching, and return what became of the frames."""
    consumers = [session.tracker] if video == "none" else [session.tracker, session.recorder]
    if video != "none":
        session.RE(bps.abs_set(session.recorder.kind, video, wait=True))
    # As at a microscope, the camera is live before the recording: the ring's memory has been touched once.
    session.RE(live(session.camera))
    session.RE(wait_s(LIVE_S))
    with _Watch(session) as watch:
        uid = session.run(record(session.camera, consumers, duration_s=duration_s))
    books = session.catalogue.frame_books(uid)
    tracks = session.catalogue.tracks_dataset(session.catalogue[uid])
    ids, host_s = tracks["frame_id"].values, tracks["host_time_s"].values
    return {
        "frames": {
            "produced": books["tracker"]["produced"],
            "recorded": books["recorder"]["delivered"] if video != "none" else 0,
            "tracked": books["tracker"]["delivered"],
            "missed": max(each["missed"] for each in books.values()),
        },
        "rate_hz": float((ids[-1] - ids[0]) / (host_s[-1] - host_s[0])),
        "cpu_share": watch.shares,
        "latency_ms": watch.latency_ms(),
    }


def _world(places: NDArray[np.float64], width_px: int, height_px: int) -> dict[str, Any]:
    """Describe a sample of stuck beads."""
    size = {"width_px": width_px, "height_px": height_px, "pixel_size_nm": PIXEL_SIZE_NM}
    return {**size, "tethers": 0, "references": len(places), "positions_px": places.tolist()}


def _devices(
    workbench: Workbench, frame_rate_hz: float, world: dict[str, Any], size_px: tuple[int, int], bit_depth: int
) -> dict[str, Any]:
    frame_bytes = size_px[0] * size_px[1] * (1 if bit_depth <= 8 else 2)
    prerender = {
        "factory": "beadline.simulation:microscope",
        "arguments": world,
        "frames": max(1, min(PRERENDERED_FRAMES, PRERENDERED_BYTES // frame_bytes)),
        "bit_depth": bit_depth,
    }
    camera = Camera(
        workbench,
        "beadline.drivers.replay:microscope",
        frame_rate_hz=frame_rate_hz,
        pixel_size_nm=PIXEL_SIZE_NM,
        focal_factor=FOCAL_FACTOR,
        arguments={"prerender": prerender},
    )
    tracker = Tracker(camera)
    return {"camera": camera, "tracker": tracker, "beads": Beads(tracker), "recorder": Recorder(camera, tracker)}


def _grid(beads: int, width_px: int, height_px: int) -> NDArray[np.float64]:
    """Put the beads on a grid, as far apart as the frame allows; x and y of each [px], shape (beads, 2).

    Raises:
        ValueError: they do not fit.
    """
    columns = int(np.ceil(np.sqrt(beads * width_px / height_px)))
    rows = -(-beads // columns)
    axes = [
        np.linspace(MARGIN_PX, size - MARGIN_PX, count) if count > 1 else np.array([size / 2])
        for size, count in ((width_px, columns), (height_px, rows))
    ]
    if any(len(axis) > 1 and axis[1] - axis[0] < WINDOW_PX for axis in axes):
        raise ValueError(
            f"{beads} beads do not fit into {width_px} x {height_px} px: take a larger frame or fewer beads"
        )
    return np.array([(x, y) for y in axes[1] for x in axes[0]][:beads])


@dataclass
class _Watch:
    """Watches the processes and the newest tracks while frames run, in a thread that mostly sleeps."""

    session: Session
    shares: dict[str, float] = field(default_factory=dict)
    _latencies_s: list[float] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "_Watch":
        self._processes = {"session": psutil.Process()}
        for status in self.session.workbench.workers.statuses():
            if status.pid is not None:
                self._processes[status.name] = psutil.Process(status.pid)
        self._before = {name: _cpu_s(process) for name, process in self._processes.items()}
        self._started = time.monotonic()
        self._thread = threading.Thread(target=self._collect, name="latency watch", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        elapsed_s = time.monotonic() - self._started
        self._over.set()
        self._thread.join()
        self.shares = {
            name: round((_cpu_s(process) - self._before[name]) / elapsed_s, 3)
            for name, process in self._processes.items()
        }

    def _collect(self) -> None:
        latest = LatestTracks.attach(self.session.tracker.latest)
        last_id = -1
        try:
            while not self._over.wait(0.2):
                block = latest.since(last_id)
                if len(block.frame_id):
                    last_id = int(block.frame_id[-1])
                    self._latencies_s.extend((block.done_time_s - block.host_time_s).tolist())
        finally:
            latest.close()

    def latency_ms(self) -> dict[str, float]:
        """Return median and 99th percentile."""
        if not self._latencies_s:
            return {"median": float("nan"), "p99": float("nan")}
        median, p99 = np.percentile(self._latencies_s, [50, 99]) * 1000
        return {"median": round(float(median), 2), "p99": round(float(p99), 2)}


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system
