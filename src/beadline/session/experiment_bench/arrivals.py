"""When frames arrive, seen from outside of the camera: their own stamps say when they were due."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

LOOK_EVERY_S = 0.0005


class Arrivals:
    """Notes at which moment of the host's clock each frame was first seen in the ring."""

    def __init__(self, written: Callable[[], float]) -> None:
        """Begin without looking.

        Args:
            written: tells how many frames have been written to the ring.
        """
        self._written = written
        self._seen_s: list[float] = []

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Look for new frames on a thread of its own."""
        over = threading.Event()
        looking = threading.Thread(target=self._look, args=(over,), name="arrivals", daemon=True)
        looking.start()
        try:
            yield
        finally:
            over.set()
            looking.join()

    def _look(self, over: threading.Event) -> None:
        last = self._written()
        while not over.wait(LOOK_EVERY_S):
            now, now_s = self._written(), time.monotonic()
            self._seen_s += [now_s] * int(now - last)  # of several at once, all but the first follow at once
            last = now

    def intervals_s(self) -> NDArray[np.float64]:
        """Return the time from each frame to the next, shape (frames - 1,) [s]; a late look makes it longer."""
        return np.diff(self._seen_s)
