"""The supervisor: starts workers, watches them, stops them in order."""

import logging
import math
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Literal

from beadline.status import WorkerStatus

from .background import in_background
from .process_body import start_process
from .restarts import NEVER, RestartPolicy
from .thread_body import ThreadBody
from .upkeep import Upkeep
from .watch import Watch
from .worker_handle import HUNG_AFTER_S, Body, Worker

logger = logging.getLogger("beadline.workers")
Transport = Literal["process", "thread"]
WATCH_EVERY_S = 0.1
SILENT_S = 2.0
"""Who has given no sign of life for so long is told to stop after all others [s]."""


class Supervisor:
    """Owns the workers of one session."""

    def __init__(
        self,
        log: Callable[[str], None] = logger.info,
        transport: Transport = "process",
        *,
        hung_after_s: float = HUNG_AFTER_S,
        watch_every_s: float | None = WATCH_EVERY_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start with no workers.

        Args:
            log: told each line a worker says, with the worker's name and generation, and what becomes of it.
            transport: "thread" runs the same loops in this process, for tests.
            hung_after_s: a worker that gives no sign of life for this long hangs [s].
            watch_every_s: how often a thread looks after the workers [s]; None leaves that to whoever calls `look`.
            clock: on which restarts are put off and counted [s].
        """
        self._log = log
        self._transport: Transport = transport
        self._hung_after_s = hung_after_s
        self._clock = clock
        self._upkeep: dict[str, Upkeep] = {}
        self._stops = 0
        self._guard = threading.Lock()
        self._watch = None if watch_every_s is None else Watch(self.look, watch_every_s, "supervisor")

    @property
    def workers(self) -> Mapping[str, Worker]:
        """The workers by name."""
        return {name: upkeep.worker for name, upkeep in self._upkeep.copy().items()}

    def statuses(self) -> list[WorkerStatus]:
        """Return how each worker is."""
        return [upkeep.status() for upkeep in self._upkeep.copy().values()]

    def status(self, name: str) -> WorkerStatus:
        """Return how one worker is.

        Raises:
            ValueError: there is none of that name.
        """
        upkeep = self._upkeep.get(name)
        if upkeep is None:
            raise ValueError(f"There is no worker {name!r}: there are {', '.join(self._upkeep) or 'none'}")
        return upkeep.status()

    def look(self) -> None:
        """Notice who has died or hangs, and start again who is due."""
        for upkeep in self._upkeep.copy().values():
            upkeep.look()

    def start(
        self,
        name: str,
        loop: str,
        arguments: Mapping[str, Any],
        timeout_s: float = 60.0,
        *,
        background: bool = False,
        restart: RestartPolicy = NEVER,
        leave_within_s: float = math.inf,
    ) -> Worker:
        """Start a worker and wait for its handshake.

        Args:
            name: for people, logs and messages.
            loop: `module:class` of its `Loop`.
            arguments: plain keyword data for it.
            timeout_s: how long the handshake may take [s].
            background: leave the processor to the others when they want it.
            restart: what becomes of it when it dies or hangs.
            leave_within_s: when all are stopped it is made to leave after this time [s], whatever it does: nothing is
                lost by that, as for one whose work can be done again.

        Raises:
            RuntimeError: a worker of that name runs already, or this one could not start; the message says why.
            TimeoutError: it was not ready in time.
            Exception: what its loop raised while it was built.
        """
        with self._guard:
            old, stops = self._upkeep.get(name), self._stops
        if old is not None and old.worker.alive:
            raise RuntimeError(f"Cannot start {name}: a worker of that name is running")

        def body(generation: int) -> Body:
            if self._transport == "thread":
                return ThreadBody(name, loop, arguments)
            task = {"name": name, "loop": loop, "arguments": dict(arguments), "background": background}
            return start_process({**task, "generation": generation}, timeout_s, self._log)

        worker = Worker(name, body, hung_after_s=self._hung_after_s, policy=restart, clock=self._clock)
        worker.leave_within_s = leave_within_s
        with self._guard:
            if stops == self._stops:
                if old is not None:
                    old.worker.stop(0.0)
                self._upkeep[name] = Upkeep(worker, self._log, clock=self._clock)
                if self._watch is not None:
                    self._watch.start()
                return worker
        worker.stop()
        raise RuntimeError(f"Cannot start {name}: all workers were stopped meanwhile")

    def stop(self, timeout_s: float = 5.0) -> None:
        """Stop all workers: told the last started first, then waited for together; harmless when done.

        Args:
            timeout_s: how long all of them together may take [s]; who has not left by then is made to.
        """
        began_s = time.monotonic()

        def left_s(worker: Worker) -> float:
            return max(0.0, began_s + min(timeout_s, worker.leave_within_s) - time.monotonic())

        with self._guard:
            upkeep = list(self._upkeep.values())
            self._upkeep.clear()
            self._stops += 1
        if self._watch is not None:
            self._watch.stop()
        workers = [each.worker for each in reversed(upkeep)]
        # who is silent, or may be busy for long, may not answer at all: nobody else is kept waiting for it
        hasty = [worker for worker in workers if worker.leave_within_s < timeout_s]
        beside = [in_background(partial(each.dismiss, left_s(each)), f"dismiss {each.name}") for each in hasty]
        workers.sort(key=lambda worker: worker.silence_s > SILENT_S)
        for worker in workers:
            if worker not in hasty:
                worker.dismiss(left_s(worker))
        for told in beside:
            told.result()
        for worker in workers:
            worker.end(left_s(worker))
        for each in upkeep:
            each.settle(timeout_s)
