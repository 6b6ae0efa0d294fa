"""How hard a worker works, measured from outside about once a second."""

import time
from collections.abc import Callable

import psutil

from beadline.status import WorkerVitals

from .latencies import SHARES
from .worker_handle import Worker

COUNTED = ("frames", "taken_seq")
"""What a worker counts up for each frame, the first of these that its board has."""


class Vitals:
    """Samples one worker; rates and load are those since the last sample, so that the first has none."""

    def __init__(self, worker: Worker, clock: Callable[[], float] = time.monotonic) -> None:
        self._worker = worker
        self._clock = clock
        self._last: tuple[int, float, float, int] | None = None

    def sample(self) -> WorkerVitals | None:
        """Return how hard it works; None when it is gone."""
        worker = self._worker
        if not worker.alive:
            self._last = None
            return None
        generation, now_s, board = worker.generation, self._clock(), worker.board
        cpu_s, memory_bytes = self._processor(worker.status().pid)
        counted = next((int(board[field]) for field in COUNTED if field in board.fields), None)
        rate_hz = cpu_percent = None
        if self._last is not None and self._last[0] == generation and now_s > self._last[1]:
            elapsed_s = now_s - self._last[1]
            if cpu_s is not None:
                cpu_percent = 100 * (cpu_s - self._last[2]) / elapsed_s
            if counted is not None and counted >= self._last[3]:
                rate_hz = (counted - self._last[3]) / elapsed_s
        self._last = (generation, now_s, cpu_s or 0.0, counted or 0)
        return WorkerVitals(
            rate_hz=rate_hz,
            queue=int(board["behind"]) if "behind" in board.fields else None,
            cpu_percent=cpu_percent,
            memory_bytes=memory_bytes,
            silence_s=worker.silence_s,
            latency_ms={field[8:-3]: float(board[field]) for field in SHARES if field in board.fields},
        )

    def _processor(self, pid: int | None) -> tuple[float | None, int | None]:
        """Return processor time [s] and memory of a process; None of a thread, which has no numbers of its own."""
        if pid is None:
            return None, None
        try:
            process = psutil.Process(pid)
            times = process.cpu_times()
            return times.user + times.system, process.memory_info().rss
        except psutil.Error:
            return None, None  # it has just died
