"""Which frames of the stream a recording asks for."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from beadline.hardware import FrameStamp

from .board import Board


@dataclass
class WindowBooks:
    """What the recordings of a run that are over came to."""

    produced: int = 0
    delivered: int = 0
    dropped_ids: list[int] = field(default_factory=list)
    repeated_before: int = 0
    out_of_order_before: int = 0


class AskedWindow:
    """Marks frames from the first one whose exposure began after the recording was asked for.

    Counted on the camera's own counter, a frame the camera loses is one of those asked for, and missing; counted
    by delivery, the recording goes on until the number has arrived. While held, frames are not asked for.
    """

    def __init__(self, board: Board, on_rest: Callable[[], None] = lambda: None) -> None:
        """Ask for nothing yet.

        Args:
            board: shows how the recording goes.
            on_rest: called when no more frames are asked for, for good or until `release`.
        """
        self._board = board
        self._on_rest = on_rest
        self._frames: int | None = None
        self._by_counter = True
        self._from_s = 0.0
        self._previous_was_asked = False
        self._held = False
        self._produced = 0
        self._delivered = 0
        self._dropped_ids: list[int] = []
        self._settled = WindowBooks()
        self._unpublished: dict[str, int] = {}
        self.lost = 0
        self.done = True

    def open(self, frames: int | None, count: str, now_s: float) -> int:
        """Begin a recording and return its number.

        Raises:
            ValueError: a count that is not "counter" or "delivered", or no frames at all.
            RuntimeError: another recording is going on.
        """
        if count not in ("counter", "delivered"):
            raise ValueError(f"Cannot count frames by {count!r}: it is 'counter' or 'delivered'")
        if frames is not None and frames < 1:
            raise ValueError(f"Cannot record {frames} frames: at least one is needed")
        if not self.done:
            raise RuntimeError(
                "Cannot begin a recording: another one is going on; close it or wait until it has all its frames"
            )
        self._frames, self._by_counter, self._from_s = frames, count == "counter", now_s
        self._previous_was_asked = self._held = self.done = False
        self._settled.produced += self._produced
        self._settled.delivered += self._delivered
        self._settled.dropped_ids += self._dropped_ids
        self._produced = self._delivered = 0
        self._dropped_ids = []
        for number in (
            "window_first_id",
            "window_produced",
            "window_delivered",
            "window_dropped",
            "window_done",
            "held",
        ):
            self._board[number] = 0
        self._board["window_end_seq"] = -1
        self._board.add("window")
        return int(self._board["window"])

    def mark(self, stamp: FrameStamp, gap: int, exposure_s: float, seq: int) -> int:
        """Return the number of the recording a frame belongs to, 0 for none; `publish` when the frame is in the ring.

        Afterwards `lost` is how many frames of the recording were lost directly before it.

        Args:
            stamp: of the frame.
            gap: how many frames the camera lost directly before it.
            exposure_s: how long it was exposed [s].
            seq: its place in the ring.
        """
        self.lost = 0
        if self.done or self._held or stamp.host_time_s - exposure_s < self._from_s:
            self._previous_was_asked = False
            return 0
        if self._previous_was_asked:
            self._count_gap(stamp.id, gap)
            if self._complete():
                # A consumer has to see this frame, which is not asked for, to know what was lost before it.
                self._finish(seq + 1)
                return 0
        self._count(stamp)
        if self._complete():
            self._finish(seq + 1)
        return int(self._board["window"])

    def publish(self) -> None:
        """Show on the board what the last frame has changed: a worker that dies before claims no frame it had in hand.

        One that dies between the ring and this call has handed on a frame, at most one, that it does not claim.
        """
        if not self._unpublished:
            return
        for number, value in self._unpublished.items():
            self._board[number] = value
        finished = "window_done" in self._unpublished
        self._unpublished.clear()
        if finished:
            self._on_rest()

    def _count_gap(self, frame_id: int, gap: int) -> None:
        lost = list(range(frame_id - gap, frame_id))
        if self._by_counter and self._frames is not None:
            lost = lost[: self._frames - self._produced]
        if not lost:
            return
        self.lost = len(lost)
        self._dropped_ids.extend(lost)
        self._produced += len(lost)
        self._unpublished |= {"window_dropped": len(self._dropped_ids), "window_produced": self._produced}

    def _count(self, stamp: FrameStamp) -> None:
        if not self._delivered:
            self._unpublished["window_first_id"] = stamp.id
        self._produced += 1
        self._delivered += 1
        self._previous_was_asked = True
        self._unpublished |= {"window_produced": self._produced, "window_delivered": self._delivered}

    def _complete(self) -> bool:
        return self._frames is not None and (self._produced if self._by_counter else self._delivered) >= self._frames

    def _finish(self, end_seq: int) -> None:
        self.done = True
        self._previous_was_asked = False
        # in this order: whoever sees that it is over finds where it ends
        self._unpublished |= {"window_end_seq": end_seq, "window_done": 1}

    def hold(self) -> None:
        """Ask for no frames until `release`."""
        self._held = True
        self._board["held"] = 1
        self._on_rest()

    def release(self, now_s: float) -> None:
        """Ask for frames again, exposed from now on."""
        self._held = False
        self._from_s = max(self._from_s, now_s)
        self._board["held"] = 0

    def close(self, written: int) -> None:
        """End the recording now; harmless when it has ended."""
        if not self.done:
            self._finish(written)
            self.publish()

    def interrupt(self) -> None:
        """Say that the stream was interrupted: what the counter does meanwhile is not a loss."""
        self._previous_was_asked = False

    def begin_books(self) -> None:
        """Begin the books of a run, which may have several recordings."""
        self._settled = WindowBooks(
            repeated_before=int(self._board["repeated"]), out_of_order_before=int(self._board["out_of_order"])
        )
        self._produced = self._delivered = 0
        self._dropped_ids = []

    def report(self) -> dict[str, Any]:
        """Return what the recordings of the run asked for, and what came of it."""
        settled = self._settled
        return {
            "produced": settled.produced + self._produced,
            "delivered": settled.delivered + self._delivered,
            "dropped_ids": settled.dropped_ids + self._dropped_ids,
            "repeated": self._board["repeated"] - settled.repeated_before,
            "out_of_order": self._board["out_of_order"] - settled.out_of_order_before,
        }
