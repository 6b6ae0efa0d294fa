"""What tracker and recorder have in common: take frames from the ring, keep the books, write a file."""

import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .board import Board
from .ring import FrameRing
from .stores import Store

log = logging.getLogger("beadline.consumer")
FIELDS = (
    "heartbeat_s",
    "failed",
    "written",
    "delivered",
    "missed",
    "dropped",
    "unasked",
    "settled_seq",
    "latency_ms",
    "behind",
)
IDLE_S = 0.0005
FLUSH_PERIOD_S = 0.25
FLUSH_WHEN_LEVEL_S = 0.01
BATCH = 64


class Consumer(ABC):
    """A loop over the frames of the ring.

    A frame is asked for when it belongs to a recording after `window_after` and a file is open. Each frame it
    sees is delivered, missed or unasked; each frame the camera lost between two asked ones is dropped.
    """

    def __init__(self) -> None:
        self.board = Board.create(FIELDS)
        self.poisoned = False
        self._ring: FrameRing | None = None
        self._seq = 0
        self._store: Store | None = None
        self._window_after = 0
        self._missed_ids: list[int] = []
        self._dropped_ids: list[int] = []
        self._previous_id: int | None = None
        self._flushed_at = 0.0
        self._failure = ""
        self.commands: dict[str, Any] = {
            "attach": self.attach,
            "prepare": self.prepare,
            "finish": self.finish,
            "counts": self.counts,
            "failure": lambda: self._failure,
        }
        self.prompt_commands: dict[str, Any] = {}

    # -- what a consumer fills in ---------------------------------------------------------------------------

    @abstractmethod
    def make_store(self, path: Path, attributes: Mapping[str, Any]) -> Store:
        """Create the file of a recording."""

    @abstractmethod
    def take(self, seq: int, stamp: Any) -> bool:
        """Take one asked frame; False when it was overwritten meanwhile. What it keeps goes out at `write`."""

    @abstractmethod
    def write(self, store: Store) -> None:
        """Write what was kept."""

    def wants(self, stamp: Any) -> bool:
        """Tell whether an asked frame is one of every k."""
        return True

    def glance(self, seq: int, stamp: Any) -> None:  # noqa: B027 - looking is optional
        """Look at the newest frame outside recordings."""

    # -- commands -------------------------------------------------------------------------------------------

    @property
    def ring(self) -> FrameRing:
        """The frame ring.

        Raises:
            RuntimeError: not attached.
        """
        if self._ring is None:
            raise RuntimeError("There are no frames: attach a frame ring first")
        return self._ring

    def attach(self, ring: str) -> None:
        """Take frames from this ring, from the next one on."""
        if self._ring is not None:
            self._ring.close()
        self._ring = FrameRing.attach(ring)
        self._seq = self._ring.written
        self.board["settled_seq"] = self._seq

    def prepare(self, path: str, window_after: int, attrs: Mapping[str, Any]) -> None:
        """Open a file; frames of recordings after `window_after` go into it."""
        if self._store is not None:
            raise RuntimeError("Cannot open a file: the last recording is not finished")
        self._failure = ""
        self.board["failed"] = 0
        self._store = self.make_store(Path(path), attrs)
        self._window_after = window_after
        self._missed_ids, self._dropped_ids, self._previous_id = [], [], None
        for field in ("written", "delivered", "missed", "dropped", "unasked"):
            self.board[field] = 0

    def finish(self, dropped_ids: Sequence[int] | None = None) -> dict[str, Any]:
        """Close the file and return the books.

        Args:
            dropped_ids: what the camera says it lost; it alone knows of frames lost at the very end.
        """
        if self._store is None:
            return self.counts()
        store, self._store = self._store, None
        if not self.poisoned:
            late = [each for each in dropped_ids or () if each not in self._dropped_ids]
            self._dropped_ids += late
            try:
                self.write(store)
                store.list_ids("dropped_frame_id", late)
                store.close()
                self.board["written"] = store.flushed
            except (OSError, RuntimeError, ValueError) as error:
                self._fail(error)
        return self.counts()

    def counts(self) -> dict[str, Any]:
        """Return the books of the recording."""
        return {
            "delivered": self.board["delivered"],
            "written": self.board["written"],
            "unasked": self.board["unasked"],
            "missed_ids": list(self._missed_ids),
            "dropped_ids": list(self._dropped_ids),
        }

    # -- the loop -------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Take the next frames, or wait for them; flush now and then, and whenever there is nothing else to do."""
        if self._ring is None or self._seq == self._ring.written:
            self._settle(FLUSH_WHEN_LEVEL_S)
            time.sleep(IDLE_S)
            return
        ring, start = self._ring, self._seq
        stop = min(ring.written, start + BATCH)
        self.board["behind"] = ring.written - start
        try:
            stamps = ring.stamps(start, stop)
            for seq, stamp in zip(range(start, stop), stamps, strict=True):
                self._consider(ring, seq, stamp, newest=seq == stop - 1)
            self._seq = stop
            if self._store is not None:
                self.write(self._store)
            self._settle(FLUSH_PERIOD_S)
        except (OSError, RuntimeError, ValueError) as error:
            self._seq = ring.written
            self._fail(error)

    def _consider(self, ring: FrameRing, seq: int, stamp: Any, *, newest: bool) -> None:
        asked = self._store is not None and stamp["window"] > self._window_after and not self.board["failed"]
        if not asked:
            self._previous_id = None
            if self._store is not None:
                self.board.add("unasked")
            if newest and seq >= ring.oldest():
                self.glance(seq, stamp)
            return
        self._count_gap(int(stamp["id"]))
        if not self.wants(stamp):
            self.board.add("unasked")
        elif seq >= ring.oldest() and self.take(seq, stamp):
            self.board.add("delivered")
        else:
            self._miss(int(stamp["id"]))

    def _count_gap(self, frame_id: int) -> None:
        lost = [] if self._previous_id is None else list(range(self._previous_id + 1, frame_id))
        self._previous_id = frame_id
        if lost and self._store is not None:
            self._dropped_ids += lost
            self._store.list_ids("dropped_frame_id", lost)
            self.board.add("dropped", len(lost))

    def _miss(self, frame_id: int) -> None:
        self._missed_ids.append(frame_id)
        self.board.add("missed")
        if self._store is not None:
            self._store.list_ids("missed_frame_id", [frame_id])

    def _settle(self, period_s: float) -> None:
        """Flush, then say so; not more often than every `period_s`."""
        now = time.monotonic()
        store = self._store
        if store is not None and not self.board["failed"]:
            if store.rows != store.flushed:
                if now - self._flushed_at < period_s:
                    return
                store.flush()
                self._flushed_at = now
            self.board["written"] = store.flushed
        self.board["settled_seq"] = self._seq

    def _fail(self, error: Exception) -> None:
        self._failure = f"{type(error).__name__}: {error}"
        log.error("recording failed after %d frames: %s", self.board["written"], self._failure)
        self.board["failed"] = 1
        # HDF5 crashes when a file whose disk is full is closed; it is left as it is, and readable.
        self.poisoned = True

    def close(self) -> None:
        """Close the file and let go of the memory."""
        try:
            self.finish()
        finally:
            if self._ring is not None:
                self._ring.close()
            self.board.close()
