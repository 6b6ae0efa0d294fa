"""The pipeline bench: how many frames a second this machine takes from the camera to the catalogue."""

import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from bluesky import plan_stubs as bps

from beadline.acquisition import LatestTracks
from beadline.devices import Bead, Beads, Camera, Recorder, Tracker, Workbench
from beadline.plans import live, record

from .microscope_session import Session
from .profile import Profile

PRERENDERED_FRAMES = 400
MARGIN_PX = 48
LIVE_S = 3.0


def bench_pipeline(
    frame_rate_hz: float,
    size_px: int,
    beads: int,
    duration_s: float,
    *,
    video: bool = True,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Record pre-rendered frames at a rate and return what became of them.

    Returns:
        frames produced, recorded, tracked and missed; rate_hz on the host's clock; cpu_share per process
        (1 is one core); latency_ms from the end of an exposure until its tracks can be read, median and p99.
    """
    profile = Profile(Path("pipeline-bench"), "", lambda workbench: _devices(workbench, frame_rate_hz, size_px, beads))
    with (
        tempfile.TemporaryDirectory(prefix="beadline-bench-") as folder,
        Session(profile, Path(folder), say=say, as_default=False) as session,
    ):
        if session.findings:
            raise RuntimeError("; ".join(each.sentence for each in session.findings))
        session.RE(bps.abs_set(session.tracker.beads, _grid(beads, size_px), wait=True))
        consumers = [session.tracker, session.recorder] if video else [session.tracker]
        catalogue = session.catalogue  # waits until it is open: starting up is not what is measured
        say(f"record {duration_s:g} s at {frame_rate_hz:g} frames/s, {size_px} x {size_px} px, {beads} beads")
        # As at a microscope, the camera is live before the recording: the ring's memory has been touched once.
        session.RE(live(session.camera))
        session.RE(bps.sleep(LIVE_S))
        with _Watch(session) as watch:
            uid = session.run(record(session.camera, consumers, duration_s=duration_s))
        books = catalogue.frame_books(uid)
        tracks = catalogue.tracks_dataset(session.catalogue[uid])
        ids, host_s = tracks["frame_id"].values, tracks["host_time_s"].values
        return {
            "frames": {
                "produced": books["tracker"]["produced"],
                "recorded": books["recorder"]["delivered"] if video else 0,
                "tracked": books["tracker"]["delivered"],
                "missed": max(each["missed"] for each in books.values()),
            },
            "rate_hz": float((ids[-1] - ids[0]) / (host_s[-1] - host_s[0])),
            "cpu_share": watch.shares,
            "latency_ms": watch.latency_ms(),
        }


def _devices(workbench: Workbench, frame_rate_hz: float, size_px: int, beads: int) -> dict[str, Any]:
    positions = [[bead.x_px, bead.y_px] for bead in _grid(beads, size_px)]
    world = {"width_px": size_px, "height_px": size_px, "tethers": beads, "references": 0, "positions_px": positions}
    camera = Camera(
        workbench,
        "beadline.drivers.replay:microscope",
        frame_rate_hz=frame_rate_hz,
        pixel_size_nm=112.0,
        arguments={
            "prerender": {
                "factory": "beadline.simulation:microscope",
                "arguments": world,
                "frames": PRERENDERED_FRAMES,
            }
        },
    )
    tracker = Tracker(camera)
    return {"camera": camera, "tracker": tracker, "beads": Beads(tracker), "recorder": Recorder(camera, tracker)}


def _grid(beads: int, size_px: int) -> list[Bead]:
    """Put the beads on a square grid, as far apart as the frame allows.

    Raises:
        ValueError: they do not fit.
    """
    side = int(np.ceil(np.sqrt(beads)))
    places = np.linspace(MARGIN_PX, size_px - MARGIN_PX, side) if side > 1 else np.array([size_px / 2])
    if side > 1 and places[1] - places[0] < 64:
        raise ValueError(f"{beads} beads do not fit into {size_px} x {size_px} px: take a larger frame or fewer beads")
    corners = [(float(x), float(y)) for y in places for x in places]
    return [Bead(number, x, y) for number, (x, y) in enumerate(corners[:beads])]


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
