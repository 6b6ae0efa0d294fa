"""The recorder worker: every asked frame goes into the video, or the run fails."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from .consumer import BATCH, Consumer
from .ring import RingStamp
from .stores import Store, VideoStore, stamp_columns

ROOM_BYTES = 32 * 2**20


class RecorderLoop(Consumer):
    """Writes full frames, or the windows of the beads: smaller ones than the largest are filled up with 0."""

    def __init__(self) -> None:
        super().__init__()
        self._kind: Literal["full", "rois"] = "full"
        self._every = 1
        self._count = 0
        self._origins: list[tuple[int, int]] = []
        self._windows_px: list[int] = []
        self._kept_stamps: list[RingStamp] = []
        self._kept_frames: NDArray[Any] = np.empty((0, 0, 0), np.uint8)
        self.commands["configure"] = self.configure

    def configure(
        self,
        kind: Literal["full", "rois"] = "full",
        every: int = 1,
        origins: Sequence[Sequence[int]] = (),
        windows_px: Sequence[int] = (),
    ) -> None:
        """Say what to record.

        Args:
            kind: "full" frames, or "rois", windows of them.
            every: record every k-th asked frame.
            origins: top left pixel of each window, x and y [px].
            windows_px: side of each window [px].

        Raises:
            ValueError: another kind, a number below 1, a window outside the frame, or no window at all.
            RuntimeError: something else than during the recording that is going on.
        """
        wanted = (kind, every, [(int(x), int(y)) for x, y in origins], [int(side) for side in windows_px])
        if self.recording:
            if wanted == (self._kind, self._every, self._origins, self._windows_px):
                return
            raise RuntimeError("Cannot record something else during a recording: wait for its end")
        if kind not in ("full", "rois"):
            raise ValueError(f"Cannot record {kind!r}: it is 'full' or 'rois'")
        if every < 1:
            raise ValueError(f"Cannot record every {every}th frame: it is every 1st or more")
        if len(windows_px) != len(origins):
            raise ValueError(f"Cannot record {len(origins)} windows of {len(windows_px)} sizes: give one for each")
        if kind == "rois" and not (origins and min(windows_px) > 0):
            raise ValueError(f"Cannot record {len(origins)} windows of {list(windows_px)} px: choose beads first")
        rows, columns = self.ring.frame_shape
        for (x, y), side in zip(origins, windows_px, strict=True):
            if x < 0 or y < 0 or x + side > columns or y + side > rows:
                raise ValueError(
                    f"Cannot record the window of {side} px at ({x}, {y}) px: "
                    f"it reaches outside the frame of {columns} x {rows} px"
                )
        self._kind, self._every, self._origins, self._windows_px = wanted

    def make_store(self, path: Path, attributes: Mapping[str, Any]) -> Store:
        self._count = 0
        self._kept_stamps.clear()
        shape, windows = self.ring.frame_shape, {}
        if self._kind == "rois":
            shape = (len(self._origins), max(self._windows_px), max(self._windows_px))
            windows = {"window_origin_px": np.array(self._origins, dtype=np.int32), "window_px": self._windows_px}
        store = VideoStore(path, shape, self.ring.dtype, {**attributes, **windows})
        self.room = int(np.clip(ROOM_BYTES // (np.prod(shape) * self.ring.dtype.itemsize), 2, BATCH))
        # Taken once: memory for a copy of each frame would cost more than the copy.
        self._kept_frames = np.zeros((self.room, *shape), self.ring.dtype)
        return store

    def wants(self, stamp: RingStamp) -> bool:
        self._count += 1
        return (self._count - 1) % self._every == 0

    def take(self, seq: int, stamp: RingStamp) -> bool:
        self._copy(self.ring.pixels(seq), self._kept_frames[len(self._kept_stamps)])
        if not self.ring.holds(seq):
            return False
        self._kept_stamps.append(stamp)
        if not self.lock_step:  # where the host's clock says nothing
            self.latencies.add((time.monotonic() - stamp.host_time_s) * 1000)
        return True

    def _copy(self, pixels: NDArray[Any], room: NDArray[Any]) -> None:
        if self._kind == "full":
            room[...] = pixels
            return
        for window, (x, y), side in zip(room, self._origins, self._windows_px, strict=True):
            window[:side, :side] = pixels[y : y + side, x : x + side]

    def missed(self, stamp: RingStamp) -> None:
        self._fail(
            RuntimeError(
                f"frame {stamp.id} was overwritten before it was recorded: the disk is too slow for these frames; "
                "lower the frame rate, record a smaller part of the sensor, or windows only"
            )
        )

    def write(self, store: Store) -> None:
        if self._kept_stamps:
            stamps = stamp_columns(self._kept_stamps, self.ring.epoch_offset_s)
            store.append({**stamps, "video": self._kept_frames[: len(self._kept_stamps)]})
            self._kept_stamps.clear()
