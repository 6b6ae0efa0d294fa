"""A microscope on a bench for tests: scripted camera and axis, workers as threads, documents in a list."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from bluesky.run_engine import RunEngine
from ophyd_async.core import init_devices

from beadline.acquisition import Supervisor
from beadline.devices import Bead, Beads, Camera, Motor, Recorder, Tracker, Workbench

BEADS = [Bead(0, 40.0, 40.0), Bead(1, 80.0, 60.0, role="reference")]


@dataclass
class Bench:
    RE: RunEngine
    supervisor: Supervisor
    workbench: Workbench
    camera: Camera
    tracker: Tracker
    recorder: Recorder
    beads: Beads
    height: Motor
    folder: Path
    documents: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def data(self, stream: str) -> list[dict[str, Any]]:
        """Return the data of the events of a stream."""
        descriptors = {doc["uid"]: doc["name"] for name, doc in self.documents if name == "descriptor"}
        return [
            doc["data"] for name, doc in self.documents if name == "event" and descriptors[doc["descriptor"]] == stream
        ]

    def stop_document(self) -> dict[str, Any]:
        return [doc for name, doc in self.documents if name == "stop"][-1]

    def close(self) -> None:
        self.supervisor.stop()


def make_bench(
    folder: Path,
    *,
    transport: str = "thread",
    frame_rate_hz: float = 200.0,
    factory: str = "scripted_camera:microscope",
    axis: str = "height",
    unit: str = "mm",
    clock: Literal["real", "lock-step"] = "real",
    pixel_size_nm: float | None = None,
    engine: RunEngine | None = None,
    **script: Any,
) -> Bench:
    """Build and connect it; another factory may stand in for the scripted camera, with an axis of another name."""
    engine = engine or RunEngine({}, context_managers=[])
    supervisor = Supervisor(transport=transport)
    workbench = Workbench(supervisor)
    arguments = {"width_px": 128, "height_px": 96, **script}
    with init_devices():
        camera = Camera(
            workbench,
            factory,
            frame_rate_hz=frame_rate_hz,
            pixel_size_nm=pixel_size_nm,
            arguments=arguments,
            clock=clock,
        )
        tracker = Tracker(camera, window_px=32)
        recorder = Recorder(camera, tracker)
        beads = Beads(tracker)
        height = Motor(lambda: camera.axis(axis), unit=unit)
    bench = Bench(engine, supervisor, workbench, camera, tracker, recorder, beads, height, folder)

    def journal(name: str, doc: dict[str, Any]) -> None:
        bench.documents.append((name, doc))
        if name == "start":
            path = folder / doc["uid"][:8]
            path.mkdir()
            workbench.run_folder.open(path)
        if name == "stop":
            workbench.run_folder.close()

    engine.subscribe(journal)
    return bench
