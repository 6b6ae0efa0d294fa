"""The recorder worker: every asked frame goes into the video, or the run fails."""

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
    """Writes full frames, or the windows of the beads."""

    def __init__(self) -> None:
        super().__init__()
        self._kind: Literal["full", "rois"] = "full"
        self._every = 1
        self._count = 0
        self._origins: list[tuple[int, int]] = []
        self._window_px = 0
        self._kept_stamps: list[RingStamp] = []
        self._kept_frames: NDArray[Any] = np.empty((0, 0, 0), np.uint8)
        self.commands["configure"] = self.configure

    def configure(
        self,
        kind: Literal["full", "rois"] = "full",
        every: int = 1,
        origins: Sequence[Sequence[int]] = (),
        window_px: int = 0,
    ) -> None:
        """Say what to record.

        Args:
            kind: "full" frames, or "rois", windows of them.
            every: record every k-th asked frame.
            origins: top left pixel of each window, x and y [px].
            window_px: side of a window [px].

        Raises:
            ValueError: another kind, a number below 1, a window outside the frame, or no window at all.
            RuntimeError: something else than during the recording that is going on.
        """
        wanted = (kind, every, [(int(x), int(y)) for x, y in origins], window_px)
        if self.recording:
            if wanted == (self._kind, self._every, self._origins, self._window_px):
                return
            raise RuntimeError("Cannot record something else during a recording: wait for its end")
        if kind not in ("full", "rois"):
            raise ValueError(f"Cannot record {kind!r}: it is 'full' or 'rois'")
        if every < 1:
            raise ValueError(f"Cannot record every {every}th frame: it is every 1st or more")
        if kind == "rois" and not (origins and window_px > 0):
            raise ValueError(f"Cannot record {len(origins)} windows of {window_px} px: choose beads first")
        rows, columns = self.ring.frame_shape
        for x, y in origins:
            if x < 0 or y < 0 or x + window_px > columns or y + window_px > rows:
                raise ValueError(
                    f"Cannot record the window of {window_px} px at ({x}, {y}) px: "
                    f"it reaches outside the frame of {columns} x {rows} px"
                )
        self._kind, self._every, self._origins, self._window_px = wanted

    def make_store(self, path: Path, attributes: Mapping[str, Any]) -> Store:
        self._count = 0
        self._kept_stamps.clear()
        side = self._window_px
        shape = self.ring.frame_shape if self._kind == "full" else (len(self._origins), side, side)
        origins = {"window_origin_px": np.array(self._origins, dtype=np.int32)} if self._kind == "rois" else {}
        store = VideoStore(path, shape, self.ring.dtype, {**attributes, **origins})
        self.room = int(np.clip(ROOM_BYTES // (np.prod(shape) * self.ring.dtype.itemsize), 2, BATCH))
        # Taken once: memory for a copy of each frame would cost more than the copy.
        self._kept_frames = np.empty((self.room, *shape), self.ring.dtype)
        return store

    def wants(self, stamp: RingStamp) -> bool:
        self._count += 1
        return (self._count - 1) % self._every == 0

    def take(self, seq: int, stamp: RingStamp) -> bool:
        self._copy(self.ring.pixels(seq), self._kept_frames[len(self._kept_stamps)])
        if not self.ring.holds(seq):
            return False
        self._kept_stamps.append(stamp)
        return True

    def _copy(self, pixels: NDArray[Any], room: NDArray[Any]) -> None:
        if self._kind == "full":
            room[...] = pixels
            return
        side = self._window_px
        for window, (x, y) in zip(room, self._origins, strict=True):
            window[...] = pixels[y : y + side, x : x + side]

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
