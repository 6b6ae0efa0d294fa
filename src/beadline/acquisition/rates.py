"""How fast frames come, on the camera's clock and on the host's."""

from collections import deque

from beadline.hardware import FrameStamp

from .board import Board

SPAN = 256
EVERY = 16


class Rates:
    """Rates over the last frames, by the camera's counter."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._stamps: deque[FrameStamp] = deque(maxlen=SPAN)
        self._count = 0

    def reset(self) -> None:
        """Forget what was: the stream starts anew."""
        self._stamps.clear()

    def count(self, stamp: FrameStamp) -> None:
        """Take a frame into account."""
        self._stamps.append(stamp)
        self._count += 1
        if self._count % EVERY or len(self._stamps) < 2:
            return
        first = self._stamps[0]
        frames = stamp.id - first.id
        for field, elapsed_s in (
            ("device_rate_hz", stamp.device_time_s - first.device_time_s),
            ("host_rate_hz", stamp.host_time_s - first.host_time_s),
        ):
            if elapsed_s > 0:
                self._board[field] = frames / elapsed_s
