"""The recorder worker: every asked frame goes into the video, or the run fails."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from .consumer import Consumer
from .stores import Store, VideoStore


class RecorderLoop(Consumer):
    """Writes full frames, or the windows of the beads."""

    def __init__(self) -> None:
        super().__init__()
        self._kind: Literal["full", "rois"] = "full"
        self._every = 1
        self._count = 0
        self._origins: list[tuple[int, int]] = []
        self._window_px = 0
        self._kept: list[tuple[Any, NDArray[Any]]] = []
        self.commands["configure"] = self.configure

    def configure(
        self,
        kind: Literal["full", "rois"] = "full",
        every: int = 1,
        origins: Sequence[Sequence[int]] = (),
        window_px: int = 0,
    ) -> None:
        """Say what to record.

        Raises:
            ValueError: a window outside the frame.
        """
        rows, columns = self.ring.frame_shape
        for x, y in origins:
            if x < 0 or y < 0 or x + window_px > columns or y + window_px > rows:
                raise ValueError(
                    f"Cannot record the window of {window_px} px at ({x}, {y}) px: "
                    f"it reaches outside the frame of {columns} x {rows} px"
                )
        self._kind, self._every, self._window_px = kind, every, window_px
        self._origins = [(int(x), int(y)) for x, y in origins]

    def make_store(self, path: Path, attributes: Mapping[str, Any]) -> Store:
        self._count = 0
        self._kept.clear()
        side = self._window_px
        shape = self.ring.frame_shape if self._kind == "full" else (len(self._origins), side, side)
        origins = {"window_origin_px": np.array(self._origins, dtype=np.int32)} if self._kind == "rois" else {}
        return VideoStore(path, shape, self.ring.dtype, {**attributes, **origins})

    def wants(self, stamp: Any) -> bool:
        self._count += 1
        return (self._count - 1) % self._every == 0

    def take(self, seq: int, stamp: Any) -> bool:
        pixels = self.ring.pixels(seq)
        frame = pixels.copy() if self._kind == "full" else self._cut(pixels)
        if not self.ring.holds(seq):
            self._fail(RuntimeError(f"frame {int(stamp['id'])} was overwritten before it was recorded: disk too slow"))
            return False
        self._kept.append((stamp, frame))
        return True

    def _cut(self, pixels: NDArray[Any]) -> NDArray[Any]:
        side = self._window_px
        return np.stack([pixels[y : y + side, x : x + side] for x, y in self._origins])

    def _miss(self, frame_id: int) -> None:
        super()._miss(frame_id)
        if not self.board["failed"]:
            self._fail(RuntimeError(f"frame {frame_id} was overwritten before it was recorded: disk too slow"))

    def write(self, store: Store) -> None:
        if not self._kept:
            return
        stamps = np.array([stamp for stamp, _ in self._kept])
        offset_s = self.ring.epoch_offset_s
        block = {
            "frame_id": stamps["id"],
            "device_time_s": stamps["device_time_s"],
            "host_time_s": stamps["host_time_s"] + offset_s,
            "video": [frame for _, frame in self._kept],
        }
        self._kept.clear()
        store.append(block)
