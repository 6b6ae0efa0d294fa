"""What tracker and recorder have in common: take frames from the ring, keep the books, write a file."""

import logging
import os
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from . import books
from .board import Board
from .books import Books
from .latencies import FIELDS as LATENCIES
from .latencies import Latencies
from .ring import FrameRing, RingStamp
from .stores import Store

log = logging.getLogger("beadline.consumer")
FIELDS = ("heartbeat_s", "failed", *books.FIELDS, "settled_seq", "taken_seq", "behind", *LATENCIES)
IDLE_S, IDLE_AT_MOST_S = 0.0005, 0.002
IDLE_IN_LOCK_STEP_S = 0.004
"""Nobody waits for a single frame in lock-step, and several at a time cost hardly more than one."""
FLUSH_PERIOD_S = 0.25
FLUSH_WHEN_LEVEL_S = 0.01
FLUSH_SHARE = 0.05
"""At most this share of the time is spent on flushing while frames come ..."""
UNFLUSHED_AT_MOST_S = 2.0
"""... unless that puts the next flush off by more: whoever waits for the frames of a step waits 10 s at most."""
BATCH, BATCH_S = 64, 0.02
SKIPPED_SHARE = 4
"""Who is overtaken by the camera leaves out this part of the ring, one in so many."""
DRAIN_S, LEAVE_S = 8.0, 1.0
FILE_ERRORS = (OSError, RuntimeError, ValueError)


class Consumer(ABC):
    """A loop over the frames of the ring.

    A frame is asked for when it belongs to a recording after `window_after` and a file is open. Each frame it
    sees is delivered, missed or unasked; each frame the camera lost between two asked ones is dropped.
    """

    room = BATCH
    """How many frames it can keep until they are written."""

    def __init__(self) -> None:
        self.board = Board.create(FIELDS)
        self._books = Books(self.board)
        self.latencies = Latencies(self.board)
        self._ring: FrameRing | None = None
        self._seq = 0
        self._recording = False
        self._store: Store | None = None
        self._window_after = 0
        self._asked_id: int | None = None
        self._skip_to = 0
        self._draining = False
        self._unlisted: dict[str, list[int]] = {}
        self._give_up = False
        self.lock_step = False
        self._flushed_at = 0.0
        self._flush_took_s = 0.0
        self._idle_s = IDLE_S
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
    def take(self, seq: int, stamp: RingStamp) -> bool:
        """Take one asked frame; False when it was overwritten meanwhile.

        What it keeps, at most `room` frames, goes out at `write`.
        """

    @abstractmethod
    def write(self, store: Store) -> None:
        """Write what was kept."""

    def wants(self, stamp: RingStamp) -> bool:
        """Tell whether an asked frame is one of every k."""
        return True

    def glance(self, seq: int, stamp: RingStamp) -> None:  # noqa: B027 - looking is optional
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

    @property
    def recording(self) -> bool:
        """Whether a recording is prepared and not finished."""
        return self._recording

    def attach(self, ring: str, lock_step: bool = False) -> None:  # noqa: FBT002 - a command's arguments come by name
        """Take frames from this ring, from the next one on; harmless when it is the same one.

        In lock-step the camera waits, and every frame is looked at: what comes of it depends on the frames only.
        """
        self.lock_step = lock_step
        if self._ring is not None and self._ring.name == ring:
            return
        if self._recording:
            raise RuntimeError("Cannot change to other frames during a recording: wait for its end")
        attached = FrameRing.attach(ring)
        if self._ring is not None:
            self._ring.close()
        self._ring = attached
        self._seq = attached.written
        self._skip_to = 0
        self.board["settled_seq"] = self.board["taken_seq"] = self._seq

    def prepare(self, path: str, window_after: int, attrs: Mapping[str, Any]) -> None:
        """Open a file; frames of recordings after `window_after` go into it."""
        if self._recording:
            raise RuntimeError("Cannot open a file: the last recording is not finished; finish it first")
        self.forget_failure()
        self._store = self.make_store(Path(path), attrs)
        self._window_after = window_after
        self._asked_id = None
        self._unlisted.clear()
        self._books.begin()
        self._recording = True

    def forget_failure(self) -> None:
        """Begin anew after a failure."""
        self._failure = ""
        self.board["failed"] = 0

    def finish(self, dropped_ids: Sequence[int] = (), patience_s: float = DRAIN_S) -> dict[str, Any]:
        """Take what is in the ring already, close the file and return the books; harmless when done.

        Args:
            dropped_ids: what the camera says it lost; what is not known yet is added.
            patience_s: frames that cannot be taken within this time are missed [s].
        """
        if self._recording:
            self._drain(patience_s)
            self._list("dropped_frame_id", self._books.drop(dropped_ids))
            self._recording = False
            self._attempt(self._close_file)
            self._store = None
        return self.counts()

    def _drain(self, patience_s: float) -> None:
        if self._ring is None:
            return
        stop, deadline = self._ring.written, time.monotonic() + patience_s
        self._draining, self._skip_to = True, 0
        while self._seq < stop:
            self._give_up = time.monotonic() > deadline
            self._advance(self._ring)
        self._draining = self._give_up = False

    def _close_file(self, store: Store) -> None:
        self._write_out(store)
        store.close()
        self._books.acknowledge(store.flushed)

    def counts(self) -> dict[str, Any]:
        """Return the books of the recording."""
        return self._books.as_plain()

    # -- the loop -------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Take the next frames, or wait for them; flush now and then, and whenever there is nothing else to do."""
        self.latencies.publish()
        if self._ring is None or self._seq == self._ring.written:
            self.board["behind"] = 0
            self._settle(FLUSH_WHEN_LEVEL_S)
            time.sleep(IDLE_IN_LOCK_STEP_S if self.lock_step else self._idle_s)
            self._idle_s = min(2 * self._idle_s, IDLE_AT_MOST_S)
        else:
            self._idle_s = IDLE_S
            self._advance(self._ring)
            self._settle(FLUSH_PERIOD_S)

    def _advance(self, ring: FrameRing) -> None:
        """Take a batch of frames."""
        start, written = self._seq, ring.written
        self.board["behind"] = written - start
        try:
            stamps = ring.stamps(start, min(written, start + self.room - self._kept())).tolist()
        except RuntimeError as error:
            self._seq = written
            if self._recording:
                self._fail(error)
            return
        deadline = time.monotonic() + BATCH_S
        for stamp in map(RingStamp._make, stamps):
            self._consider(ring, self._seq, stamp, newest=self._seq + 1 == written)
            self._seq += 1
            if time.monotonic() > deadline:
                break
        if self._kept() >= self.room // 2:
            self._attempt(self._write_out)
        self.board["taken_seq"] = self._seq

    def _kept(self) -> int:
        """Return how many frames are taken and not yet written; a few at a time cost hardly more than one."""
        return 0 if self._store is None else int(self.board["delivered"]) - self._store.rows

    def _consider(self, ring: FrameRing, seq: int, stamp: RingStamp, *, newest: bool) -> None:
        if self._asked_id is not None and stamp.lost:
            first = self._asked_id + 1
            self._list("dropped_frame_id", self._books.drop(range(first, first + stamp.lost)))
        overtaken = seq < ring.oldest()
        if overtaken and not self._draining and not self.has(seq):
            # leave room, or the frames after this one are overwritten too, each just before it is done
            self._skip_to = seq + ring.slots // SKIPPED_SHARE
        lapped = (overtaken or seq < self._skip_to) and not self.has(seq)
        if not self._recording or stamp.window <= self._window_after:
            self._asked_id = None
            if self._recording:
                self._books.pass_over()
            if (newest or self.lock_step) and not lapped and not self.board["failed"]:
                self._try_to(self.glance, seq, stamp)
            return
        self._asked_id = stamp.id
        if not self.wants(stamp):
            self._books.pass_over(decimated=True)
        elif not (lapped or self._give_up or self.board["failed"]) and self._try_to(self.take, seq, stamp):
            self._books.deliver(stamp.id)
        else:
            self._books.miss(stamp.id)
            self._list("missed_frame_id", [stamp.id])
            self.missed(stamp)

    def has(self, seq: int) -> bool:
        """Tell whether a frame is dealt with already, so that it does not matter if it is overwritten."""
        return False

    def missed(self, stamp: RingStamp) -> None:  # noqa: B027 - some consumers just go on
        """Say what a missed frame means."""

    def _try_to(self, look: Callable[[int, RingStamp], bool | None], seq: int, stamp: RingStamp) -> bool:
        try:
            return bool(look(seq, stamp))
        except Exception as error:  # noqa: BLE001 - whatever goes wrong with a frame, the run must be told
            self._fail(error)
            return False

    # -- the file -------------------------------------------------------------------------------------------

    def _list(self, name: str, ids: Sequence[int]) -> None:
        self._unlisted.setdefault(name, []).extend(ids)

    def _write_out(self, store: Store) -> None:
        self.write(store)
        for name, ids in self._unlisted.items():
            store.list_ids(name, ids)
        self._unlisted.clear()

    def _settle(self, period_s: float) -> None:
        """Flush, then say so; not more often than every `period_s`, and not all the time on a slow disk."""
        store = self._store
        if store is not None and (self._kept() or store.rows != store.flushed):
            pause_s = min(self._flush_took_s / FLUSH_SHARE, UNFLUSHED_AT_MOST_S)
            if time.monotonic() - self._flushed_at < max(period_s, pause_s):
                return
            self._attempt(self._flush)
        self.board["settled_seq"] = self._seq

    def _flush(self, store: Store) -> None:
        began = time.monotonic()
        self._write_out(store)
        store.flush()
        self._flushed_at = time.monotonic()
        self._flush_took_s = self._flushed_at - began
        self._books.acknowledge(store.flushed)

    def _attempt(self, work: Callable[[Store], None]) -> None:
        """Do something with the file; when that fails, so does the recording, and the file is left as it is."""
        if self._store is None:
            return
        try:
            work(self._store)
        except FILE_ERRORS as error:
            number = getattr(error, "errno", None)
            reason = os.strerror(number) if number else str(error)
            failure = RuntimeError(f"Cannot write {self._store.path}: {reason}; what the disk had taken before is safe")
            self._store.abandon()
            self._store = None
            self._books.lose_unflushed()
            self._fail(failure)

    def _fail(self, error: Exception) -> None:
        if not self.board["failed"]:
            self._failure = f"{type(error).__name__}: {error}"
            log.error("failed, with %d frames in the file: %s", self.board["written"], self._failure)
            self.board["failed"] = 1

    def close(self) -> None:
        """Close the file and let go of the memory."""
        try:
            self.finish(patience_s=LEAVE_S)
        finally:
            if self._ring is not None:
                self._ring.close()
            self.board.close()
