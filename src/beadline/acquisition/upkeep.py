"""Noticing that a worker has died or hangs, and starting it again as its policy says."""

import math
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import replace
from typing import Any

from beadline.status import WorkerStatus, WorkerVitals

from .background import in_background
from .vitals import Vitals
from .worker_handle import Worker

SAMPLE_EVERY_S = 1.0
Background = Callable[[Callable[[], Any], str], "Future[Any]"]


class Upkeep:
    """Looks after one worker; `look` never waits, and is called by one thread."""

    def __init__(
        self,
        worker: Worker,
        log: Callable[[str], None],
        *,
        clock: Callable[[], float] = time.monotonic,
        background: Background = in_background,
    ) -> None:
        """Begin with a worker that runs.

        Args:
            worker: to look after.
            log: told in one line what happens to it.
            clock: on which restarts are put off [s].
            background: runs a restart, which takes seconds.
        """
        self.worker = worker
        self._log = log
        self._clock = clock
        self._background = background
        self._due_s: float | None = None
        self._restarting: Future[Any] | None = None
        self._told = ""
        self._vitals = Vitals(worker, clock)
        self._sampled_s = -math.inf
        self._sample: WorkerVitals | None = None
        self.given_up = False
        self.last_error = ""

    def look(self) -> None:
        """See how it is, and do what is due."""
        now_s = self._clock()
        if now_s - self._sampled_s >= SAMPLE_EVERY_S:
            self._sampled_s, self._sample = now_s, self._vitals.sample()
        if self._is_restarting() or self.given_up or self.worker.stopped:
            return
        if self._due_s is not None:
            if self._clock() >= self._due_s:
                self._due_s = None
                self._restarting = self._background(self._restart, f"restart {self.worker.name}")
            return
        if not self.worker.alive:
            self._ended(self.worker.obituary(), crashed=self.worker.crashed)
        elif self.worker.hangs:
            self._ended(self.worker.hanging(), crashed=True)

    def _is_restarting(self) -> bool:
        return self._restarting is not None and not self._restarting.done()

    def _ended(self, sentence: str, *, crashed: bool) -> None:
        restarts, what = self.worker.restarts, sentence.partition(":")[0]
        self.last_error = sentence
        if not restarts.policy.wants(crashed=crashed):
            if what != self._told:
                self._told = what
                self._log(f"{sentence}; it is not restarted")
            return
        if restarts.exhausted:
            self.given_up = True
            policy = restarts.policy
            self._log(f"{sentence}; it is given up after {policy.limit} restarts within {policy.within_s:.0f} s")
            return
        delay_s = restarts.delay_s()
        self._due_s = self._clock() + delay_s
        self._log(f"{sentence}; it is restarted in {delay_s:.1f} s")

    def _restart(self) -> None:
        worker = self.worker
        try:
            worker.restart()
        except Exception as error:  # noqa: BLE001 - whatever prevents a start, it is told and tried again
            if not worker.stopped:
                self.last_error = str(error)
                self._log(f"The worker {worker.name} could not be restarted: {error}")
        else:
            self._log(f"The worker {worker.name} is there again, in generation {worker.generation}")

    def status(self) -> WorkerStatus:
        """Return how the worker is, and what becomes of it."""
        restarts = self.worker.restarts.count
        status = replace(self.worker.status(), restarts=restarts, last_error=self.last_error, vitals=self._sample)
        if self.worker.stopped:
            return status
        if self.given_up:
            return replace(status, state="failed")
        if self._is_restarting():
            return replace(status, state="starting")
        if self._due_s is not None:
            return replace(status, state="waiting", restart_in_s=max(0.0, self._due_s - self._clock()))
        return status

    def settle(self, timeout_s: float) -> None:
        """Wait for a restart that is going on."""
        if self._restarting is not None:
            wait([self._restarting], timeout_s)
