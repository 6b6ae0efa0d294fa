"""How long after its exposure a frame was dealt with, over the last frames."""

import time
from collections import deque
from collections.abc import Callable

import numpy as np

from .board import Board

KEPT = 1000
PUBLISH_EVERY_S = 1.0
SHARES = {"latency_p50_ms": 50, "latency_p95_ms": 95, "latency_p99_ms": 99, "latency_max_ms": 100}
FIELDS = ("latency_ms", *SHARES)


class Latencies:
    """Keeps the latencies of the last frames, and publishes their percentiles once a second."""

    def __init__(self, board: Board, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin without any.

        Args:
            board: has the fields `latency_ms` of the newest frame, and `latency_p50_ms` to `latency_max_ms` [ms].
            clock: on which seconds are counted [s].
        """
        self._board = board
        self._clock = clock
        self._kept: deque[float] = deque(maxlen=KEPT)
        self._published_s = clock()

    def add(self, latency_ms: float) -> None:
        """Take a frame into account [ms]."""
        self._kept.append(latency_ms)
        self._board["latency_ms"] = latency_ms

    def publish(self) -> None:
        """Publish the percentiles, if it is time to."""
        now_s = self._clock()
        if not self._kept or now_s - self._published_s < PUBLISH_EVERY_S:
            return
        self._published_s = now_s
        for field, value in zip(SHARES, np.percentile(self._kept, list(SHARES.values())), strict=True):
            self._board[field] = float(value)
