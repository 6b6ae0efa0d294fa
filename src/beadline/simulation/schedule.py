"""The schedule of the camera: which frame is exposed when, and which are never delivered."""

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Schedule:
    """Frames that follow each other at a fixed rate.

    Attributes:
        first_id: of the first frame.
        began_s: start of its exposure [s].
        period_s: from one to the next [s].
        exposure_s: duration of each [s].
    """

    first_id: int
    began_s: float
    period_s: float
    exposure_s: float

    def start_s(self, frame_id: int) -> float:
        """Return when the exposure of a frame starts [s]."""
        return self.began_s + (frame_id - self.first_id) * self.period_s

    def end_s(self, frame_id: int) -> float:
        """Return when the exposure of a frame ends [s]."""
        return self.start_s(frame_id) + self.exposure_s

    def next_end_id(self, now_s: float) -> int:
        """Return the first frame whose exposure has not ended."""
        ended = math.floor((now_s - self.began_s - self.exposure_s) / self.period_s) + 1
        frame_id = self.first_id + max(ended, 0)
        # the division may be off by a rounding error in either direction
        while frame_id > self.first_id and self.end_s(frame_id - 1) > now_s:
            frame_id -= 1
        while self.end_s(frame_id) <= now_s:
            frame_id += 1
        return frame_id


class DroppedFrames:
    """Frames that somebody asked the camera to lose; safe from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids: set[int] = set()

    def add(self, ids: Sequence[int]) -> None:
        """Lose these frames."""
        with self._lock:
            self._ids.update(ids)

    def next_kept(self, frame_id: int) -> int:
        """Return the first frame from this one on that is not lost."""
        with self._lock:
            while frame_id in self._ids:
                frame_id += 1
            return frame_id

    def forget_before(self, frame_id: int) -> None:
        """Forget frames that are over."""
        with self._lock:
            if self._ids:
                self._ids = {each for each in self._ids if each >= frame_id}
