"""The books of one consumer over one recording: which frames are in its file, and which are not."""

from collections import deque
from collections.abc import Iterable
from typing import Any

from .board import Board

FIELDS = ("written", "delivered", "missed", "dropped", "unasked", "decimated")


class Books:
    """Counts each frame once: delivered, missed, dropped by the camera, or unasked.

    A frame that was delivered but is lost with the file before it is flushed is missed after all.
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        self.begin()

    def begin(self) -> None:
        """Begin anew."""
        self._missed_ids: list[int] = []
        self._dropped_ids: dict[int, None] = {}
        self._unflushed_ids: deque[int] = deque()
        for field in FIELDS:
            self._board[field] = 0

    def deliver(self, frame_id: int) -> None:
        """A frame is on its way to the file."""
        self._unflushed_ids.append(frame_id)
        self._board.add("delivered")

    def miss(self, frame_id: int) -> None:
        """A frame was asked for and could not be had."""
        self._missed_ids.append(frame_id)
        self._board.add("missed")

    def drop(self, frame_ids: Iterable[int]) -> list[int]:
        """The camera lost frames that were asked for; return those not known yet."""
        new = [each for each in frame_ids if each not in self._dropped_ids]
        self._dropped_ids |= dict.fromkeys(new)
        self._board.add("dropped", len(new))
        return new

    def pass_over(self, *, decimated: bool = False) -> None:
        """A frame was not asked for, or is not one of every k."""
        self._board.add("decimated", int(decimated))
        self._board.add("unasked")

    def acknowledge(self, rows: int) -> None:
        """So many frames survive the death of this process."""
        for _ in range(rows - int(self._board["written"])):
            self._unflushed_ids.popleft()
        self._board["written"] = rows

    def lose_unflushed(self) -> None:
        """The file failed: what was not flushed is missed."""
        self._board["delivered"] = self._board["written"]
        self._missed_ids += self._unflushed_ids
        self._board["missed"] = len(self._missed_ids)
        self._unflushed_ids.clear()

    def as_plain(self) -> dict[str, Any]:
        """Return the books as plain data."""
        return {
            "delivered": self._board["delivered"],
            "written": self._board["written"],
            "unasked": self._board["unasked"],
            "decimated": self._board["decimated"],
            "missed": self._board["missed"],
            "missed_ids": sorted(self._missed_ids),
            "dropped_ids": sorted(self._dropped_ids),
        }
