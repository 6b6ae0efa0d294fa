"""The recorder: video of the whole frame or of the beads' windows, in a worker of its own."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from ophyd_async.core import Reference, SignalRW, StreamResourceInfo, soft_signal_rw

from beadline.tracking import window_origins

from .camera import Camera
from .datasets import dataset, stamps
from .ring_detector import RingDetector
from .tracker import Tracker

VideoKind = Literal["full", "rois"]


class Recorder(RingDetector):
    """Writes every frame the camera marks, or every k-th; a frame it cannot write fails the run."""

    loop = "beadline.acquisition.recorder_loop:RecorderLoop"
    stream = "video"

    def __init__(
        self, camera: Camera, tracker: Tracker, *, kind: VideoKind = "full", every: int = 1, name: str = ""
    ) -> None:
        """Describe the recorder; nothing happens before it is connected.

        Args:
            camera: where the frames come from.
            tracker: whose bead windows are cut out when `kind` is "rois".
            kind: "full" frames into video.h5, or "rois", the windows of all beads, into roi_video.h5.
            every: record every k-th frame of a continuous recording; steps need 1.
            name: normally given by `init_devices`.
        """
        self._tracker = Reference(tracker)
        self.kind: SignalRW[str] = soft_signal_rw(str, kind)
        self.every = soft_signal_rw(int, every)
        self._now: tuple[VideoKind, int] = (kind, every)
        super().__init__(camera, name=name)
        self.add_config_signals(self.kind, self.every)

    def file_name(self) -> str:
        return "video.h5" if self._now[0] == "full" else "roi_video.h5"

    def datasets(self, name: str) -> Sequence[StreamResourceInfo]:
        rows, columns = self.camera.frame_shape
        dtype = self.camera.dtype
        if self._now[0] == "full":
            video = dataset(f"{name}-video", "/video", (rows, columns), dtype, ("y", "x"), rows_per_chunk=64)
        else:
            sides = self._windows_px()
            shape = (len(sides), max(sides), max(sides))
            video = dataset(f"{name}-video", "/video", shape, dtype, ("bead", "y", "x"), rows_per_chunk=64)
        return [video, *stamps(name)]

    @property
    def pixels_of_windows(self) -> int:
        """Pixels of one frame of the windows of all beads, in the file as large as the largest [px]."""
        sides = self._windows_px()
        return len(sides) * max(sides, default=0) ** 2

    def _windows_px(self) -> list[int]:
        beads = self._tracker().beads
        return [beads.window_px(bead) for bead in beads.tracked]

    def _origins(self) -> list[list[int]]:
        beads = self._tracker().beads.tracked
        x_px, y_px = np.array([bead.x_px for bead in beads]), np.array([bead.y_px for bead in beads])
        return window_origins(x_px, y_px, np.array(self._windows_px())).tolist()

    async def configure_worker(self) -> None:
        """Tell the worker what to record."""
        kind, every = self._now
        windows: dict[str, Any] = {}
        if kind == "rois":
            windows = {"origins": self._origins(), "windows_px": self._windows_px()}
        await self.camera.clock.ask(self.worker.call, "configure", kind=kind, every=every, **windows)

    async def open_file(self, data_key: str) -> Any:
        kind, every = await self.kind.get_value(), await self.every.get_value()
        if kind not in ("full", "rois"):
            raise ValueError(f"{self.name} cannot record {kind!r}: its kind is 'full' or 'rois'")
        if every < 1:
            raise ValueError(f"{self.name} cannot record every {every}th frame: `every` is at least 1")
        if kind == "rois" and not self._tracker().beads.tracked:
            raise RuntimeError(f"{self.name} has no bead windows to record: choose beads with find_beads first")
        self._now = (kind, every)
        await self.wait_until_there()
        await self.configure_worker()
        return await super().open_file(data_key)

    async def check_steps(self) -> None:
        every = await self.every.get_value()
        if every != 1:
            raise ValueError(
                f"{self.name} cannot take steps with every = {every}: an event has all frames of its step; "
                f"set {self.name}.every to 1"
            )

    def file_attributes(self) -> dict[str, Any]:
        beads = [bead.id for bead in self._tracker().beads.tracked] if self._now[0] == "rois" else []
        return {"kind": self._now[0], "every": self._now[1], "bead_ids": beads}
