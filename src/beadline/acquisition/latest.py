"""The newest tracks in shared memory, for whoever decides or looks."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from beadline.tracks import COLUMNS

from .shared_block import SharedBlock, attach_block, bytes_of, create_block

SLOTS = 4096
MARGIN = 16
"""Frames that a reader leaves alone because the writer is about to overwrite them."""
_HEADER = np.dtype([("slots", "i8"), ("beads", "i8"), ("columns", "i8")])
_STAMP = np.dtype([("id", "i8"), ("device_time_s", "f8"), ("host_time_s", "f8"), ("done_time_s", "f8")])


@dataclass(frozen=True)
class TrackBlock:
    """Tracks of consecutive tracked frames.

    Attributes:
        frame_id: shape (frames,).
        device_time_s: start of exposure on the camera's clock, shape (frames,) [s].
        host_time_s: end of exposure on the host's monotonic clock, shape (frames,) [s].
        done_time_s: when the tracks were ready, on the same clock, shape (frames,) [s].
        tracks: shape (frames, beads, columns).
        flags: shape (frames, beads).
    """

    frame_id: NDArray[np.int64]
    device_time_s: NDArray[np.float64]
    host_time_s: NDArray[np.float64]
    done_time_s: NDArray[np.float64]
    tracks: NDArray[np.float32]
    flags: NDArray[np.uint16]

    def head(self, count: int) -> "TrackBlock":
        """Return the first `count` frames."""
        return TrackBlock(**{name: values[:count] for name, values in self.__dict__.items()})

    def where(self, chosen: NDArray[np.bool_]) -> "TrackBlock":
        """Return the chosen frames."""
        return TrackBlock(**{name: values[chosen] for name, values in self.__dict__.items()})


class LatestTracks:
    """A ring of the newest tracks: the tracker writes, anyone reads copies that are whole."""

    def __init__(self, block: SharedBlock) -> None:
        self._block = block
        self._counters = block.arrays["counters"]
        self._stamps = block.arrays["stamps"]
        self._tracks = block.arrays["tracks"]
        self._flags = block.arrays["flags"]
        self._slots = len(self._stamps)

    @classmethod
    def create(cls, beads: int, slots: int = SLOTS) -> Self:
        """Create a ring for a number of beads; `slots` frames, 4 s at 1000 frames a second by default."""
        layout = _layout(slots, beads, len(COLUMNS))
        block = SharedBlock(create_block(SharedBlock.size(layout)), layout, owner=True)
        block.arrays["header"][0] = (slots, beads, len(COLUMNS))
        return cls(block)

    @classmethod
    def attach(cls, name: str) -> Self:
        """Attach the ring of the tracker."""
        memory = attach_block(name)
        header = np.frombuffer(bytes_of(memory), _HEADER, count=1).copy()[0]
        layout = _layout(int(header["slots"]), int(header["beads"]), int(header["columns"]))
        return cls(SharedBlock(memory, layout, owner=False))

    @property
    def name(self) -> str:
        """The name by which other processes attach it."""
        return self._block.name

    def push(
        self, stamp: tuple[int, float, float, float], tracks: NDArray[np.float32], flags: NDArray[np.uint16]
    ) -> None:
        """Add the tracks of one frame: stamp is id, device_time_s, host_time_s, done_time_s."""
        seq = int(self._counters[1])
        self._counters[0] = seq + 1
        slot = seq % self._slots
        self._tracks[slot], self._flags[slot], self._stamps[slot] = tracks, flags, stamp
        self._counters[1] = seq + 1

    def newest(self, count: int) -> TrackBlock:
        """Return up to `count` of the newest frames, oldest first."""
        stop = int(self._counters[1])
        return self._between(stop - count, stop)

    def since(self, frame_id: int) -> TrackBlock:
        """Return the frames that came after a frame; all of them if it is not known (any more)."""
        start, stop = self._known()
        ids = self._stamps["id"][np.arange(start, stop) % self._slots]
        found = np.flatnonzero(ids == frame_id)
        # The camera's counter may have restarted, so later frames need not have greater ids.
        return self._between(start + int(found[-1]) + 1 if len(found) else start, stop)

    def since_time(self, host_time_s: float, most: int = 1024) -> TrackBlock:
        """Return, of the newest frames, those whose exposure ended at a host time [s] or later."""
        start, stop = self._known()
        start = max(start, stop - most)
        times_s = self._stamps["host_time_s"][np.arange(start, stop) % self._slots]
        early = np.flatnonzero(times_s < host_time_s)
        return self._between(start + int(early[-1]) + 1 if len(early) else start, stop)

    def _known(self) -> tuple[int, int]:
        """Return the sequence numbers of the oldest frame, with a margin against the writer, and after the newest."""
        stop = int(self._counters[1])
        return max(0, stop - self._slots + MARGIN), stop

    def _between(self, start: int, stop: int) -> TrackBlock:
        """Copy frames, and leave out those that were overwritten meanwhile."""
        start = max(start, stop - self._slots + MARGIN, 0)
        places = np.arange(start, stop) % self._slots
        stamps = self._stamps[places]
        block = TrackBlock(
            stamps["id"],
            stamps["device_time_s"],
            stamps["host_time_s"],
            stamps["done_time_s"],
            self._tracks[places],
            self._flags[places],
        )
        overwritten = int(self._counters[0]) - self._slots
        return block if overwritten <= start else block.where(np.arange(start, stop) >= overwritten)

    def close(self) -> None:
        """Let go of the memory."""
        self._counters, self._stamps = np.zeros(2, np.int64), self._stamps[:0].copy()
        self._tracks, self._flags = self._tracks[:0].copy(), self._flags[:0].copy()
        self._block.close()


def _layout(slots: int, beads: int, columns: int) -> dict[str, tuple[tuple[int, ...], Any]]:
    return {
        "header": ((1,), _HEADER),
        "counters": ((2,), np.int64),  # begun, written
        "stamps": ((slots,), _STAMP),
        "tracks": ((slots, beads, columns), np.float32),
        "flags": ((slots, beads), np.uint16),
    }
