"""The frame ring: frames in shared memory, one writer, many readers, no locks."""

import time
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from beadline.hardware import FrameArray, FrameStamp

from .shared_block import PAGE, SharedBlock, attach_block, bytes_of, create_block

STAMPS = 65536
"""How many stamps are kept: many more than frames, so that a lapped reader knows which ids it missed."""
DEFAULT_BYTES = 256 * 2**20
MIN_SLOTS, MAX_SLOTS = 32, 1024
MAGIC = b"beadline frames 1"
_HEADER = np.dtype(
    [
        ("magic", "S32"),
        ("slots", "i8"),
        ("rows", "i8"),
        ("columns", "i8"),
        ("itemsize", "i8"),
        ("epoch_offset_s", "f8"),
    ]
)
_STAMP = np.dtype([("id", "i8"), ("window", "i8"), ("lost", "i8"), ("device_time_s", "f8"), ("host_time_s", "f8")])


class RingStamp(NamedTuple):
    """What the ring keeps of a frame beside its pixels.

    Attributes:
        id: the camera's counter.
        window: number of the recording it belongs to, 0 for none.
        lost: how many frames of the recording the camera lost directly after the frame before this one.
        device_time_s: start of the exposure on the camera's clock [s].
        host_time_s: end of the exposure on the host's monotonic clock [s].
    """

    id: int
    window: int
    lost: int
    device_time_s: float
    host_time_s: float


def epoch_offset_s() -> float:
    """Return what to add to the host's monotonic clock to have Unix time [s]; ask once per session."""
    return time.time() - time.monotonic()  # noqa: TID251 - this is where wall-clock time enters, once


class FrameRing:
    """Frames by sequence number: frame `seq` is in slot `seq % slots` until frame `seq + slots` is begun.

    The writer is never waited for and waits for nobody.
    """

    def __init__(self, block: SharedBlock) -> None:
        self._block = block
        self._header = block.arrays["header"][0]
        self._counters = block.arrays["counters"]
        self._stamps = block.arrays["stamps"]
        self._pixels: FrameArray = block.arrays["pixels"]
        self.slots = int(self._header["slots"])
        self._touched = 0

    @classmethod
    def create(
        cls, rows: int, columns: int, dtype: np.dtype[Any], *, epoch_offset_s: float, size: int = DEFAULT_BYTES
    ) -> Self:
        """Create a ring for frames of one shape and type, with as many slots as `size` bytes hold."""
        slots = int(np.clip(size // (rows * columns * dtype.itemsize), MIN_SLOTS, MAX_SLOTS))
        layout = _layout(slots, rows, columns, dtype)
        block = SharedBlock(create_block(SharedBlock.size(layout)), layout, owner=True)
        block.arrays["header"][0] = (MAGIC, slots, rows, columns, dtype.itemsize, epoch_offset_s)
        return cls(block)

    @classmethod
    def attach(cls, name: str) -> Self:
        """Attach the ring of another process.

        Raises:
            FileNotFoundError: there is none of that name.
            ValueError: it is something else.
        """
        memory = attach_block(name)
        header = np.frombuffer(bytes_of(memory), _HEADER, count=1).copy()[0]
        if header["magic"] != MAGIC:
            memory.close()
            raise ValueError(f"Cannot attach {name}: it is not a frame ring of this version of beadline")
        dtype = np.dtype(np.uint8 if header["itemsize"] == 1 else np.uint16)
        layout = _layout(int(header["slots"]), int(header["rows"]), int(header["columns"]), dtype)
        return cls(SharedBlock(memory, layout, owner=False))

    @property
    def name(self) -> str:
        """The name by which other processes attach it."""
        return self._block.name

    @property
    def frame_shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return int(self._header["rows"]), int(self._header["columns"])

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of a pixel."""
        return self._pixels.dtype

    @property
    def epoch_offset_s(self) -> float:
        """What to add to a host time to have Unix time [s]."""
        return float(self._header["epoch_offset_s"])

    @property
    def written(self) -> int:
        """How many frames are complete: the sequence number of the next one."""
        return int(self._counters[1])

    # -- the writer -----------------------------------------------------------------------------------------

    def touch(self) -> bool:
        """Have the system provide the memory of one more slot now, which takes a while; False when all have theirs.

        Otherwise it would do so at the first frame in each slot, and a fast camera would lose frames meanwhile.
        """
        if self._touched == self.slots:
            return False
        pages = self._pixels[self._touched].reshape(-1)[:: PAGE // self._pixels.itemsize]
        pages |= 0
        self._touched += 1
        return True

    def begin(self) -> FrameArray:
        """Return the slot of the next frame, to be filled; whoever still reads it will notice."""
        seq = self.written
        self._counters[0] = seq + 1
        return self._pixels[seq % self.slots]

    def commit(self, stamp: FrameStamp, window: int, lost: int = 0) -> int:
        """Publish the frame that was begun, and return its sequence number.

        Args:
            stamp: when it was taken.
            window: the recording it belongs to, 0 for none.
            lost: how many frames of the recording the camera lost directly after the frame before this one.
        """
        seq = self.written
        self._stamps[seq % STAMPS] = (stamp.id, window, lost, stamp.device_time_s, stamp.host_time_s)
        self._counters[1] = seq + 1
        return seq

    # -- readers --------------------------------------------------------------------------------------------

    def pixels(self, seq: int) -> FrameArray:
        """Return a frame without copying it; ask `holds` afterwards whether it was whole."""
        return self.pixels_from(seq, 1)[0]

    def pixels_from(self, seq: int, most: int) -> FrameArray:
        """Return a frame and those that lie behind it in memory without copying them, shape (frames, rows, columns).

        At least one, at most `most` that are complete; ask `holds` of each afterwards.
        """
        slot = seq % self.slots
        count = max(1, min(most, self.written - seq, self.slots - slot))
        view = self._pixels[slot : slot + count]
        view.flags.writeable = False
        return view

    def holds(self, seq: int) -> bool:
        """Tell whether a frame is complete and not being overwritten."""
        return seq < self.written and int(self._counters[0]) <= seq + self.slots

    def oldest(self) -> int:
        """Return the oldest frame that is still whole, with a margin for the time it takes to read it."""
        return max(0, int(self._counters[0]) - self.slots + max(1, self.slots // 16))

    def stamps(self, start: int, stop: int) -> NDArray[Any]:
        """Return the stamps of frames start to stop: id, window, lost, device_time_s, host_time_s.

        Raises:
            RuntimeError: they are so old that even their stamps are gone.
        """
        stamps = self._stamps[np.arange(start, stop) % STAMPS]
        if start < int(self._counters[0]) - STAMPS:
            raise RuntimeError(
                f"Cannot tell which frames were missed since frame {start} of the ring: "
                f"only the stamps of the last {STAMPS} are kept"
            )
        return stamps

    def close(self) -> None:
        """Let go of the memory."""
        self._pixels = self._pixels[:0].copy()
        self._header = self._header.copy()
        self._counters, self._stamps = self._counters.copy(), self._stamps[:0].copy()
        self._block.close()


def _layout(slots: int, rows: int, columns: int, dtype: np.dtype[Any]) -> dict[str, tuple[tuple[int, ...], Any]]:
    return {
        "header": ((1,), _HEADER),
        "counters": ((2,), np.int64),  # begun, written
        "stamps": ((STAMPS,), _STAMP),
        "pixels": ((slots, rows, columns), dtype),
    }
