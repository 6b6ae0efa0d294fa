"""The supervisor: starts workers, watches them, stops them in order."""

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any, Literal

from beadline.status import WorkerStatus

from .process_body import start_process
from .thread_body import ThreadBody
from .worker_handle import HUNG_AFTER_S, Body, Worker

logger = logging.getLogger("beadline.workers")
Transport = Literal["process", "thread"]


class Supervisor:
    """Owns the workers of one session."""

    def __init__(
        self,
        log: Callable[[str], None] = logger.info,
        transport: Transport = "process",
        *,
        hung_after_s: float = HUNG_AFTER_S,
    ) -> None:
        """Start with no workers.

        Args:
            log: told each line a worker says, with the worker's name.
            transport: "thread" runs the same loops in this process, for tests.
            hung_after_s: a worker that gives no sign of life for this long hangs [s].
        """
        self._log = log
        self._transport: Transport = transport
        self._hung_after_s = hung_after_s
        self._workers: dict[str, Worker] = {}
        self._stops = 0
        self._guard = threading.Lock()

    @property
    def workers(self) -> Mapping[str, Worker]:
        """The workers by name."""
        return dict(self._workers)

    def statuses(self) -> list[WorkerStatus]:
        """Return how each worker is."""
        return [worker.status() for worker in self._workers.values()]

    def start(
        self,
        name: str,
        loop: str,
        arguments: Mapping[str, Any],
        timeout_s: float = 60.0,
        *,
        background: bool = False,
    ) -> Worker:
        """Start a worker and wait for its handshake.

        Args:
            name: for people, logs and messages.
            loop: `module:class` of its `Loop`.
            arguments: plain keyword data for it.
            timeout_s: how long the handshake may take [s].
            background: leave the processor to the others when they want it.

        Raises:
            RuntimeError: a worker of that name runs already, or this one could not start; the message says why.
            TimeoutError: it was not ready in time.
            Exception: what its loop raised while it was built.
        """
        with self._guard:
            old, stops = self._workers.get(name), self._stops
        if old is not None and old.alive:
            raise RuntimeError(f"Cannot start {name}: a worker of that name is running")

        def body() -> Body:
            if self._transport == "thread":
                return ThreadBody(name, loop, arguments)
            task = {"name": name, "loop": loop, "arguments": dict(arguments), "background": background}
            return start_process(task, timeout_s, self._log)

        worker = Worker(name, body, hung_after_s=self._hung_after_s)
        with self._guard:
            if stops == self._stops:
                self._workers[name] = worker
                return worker
        worker.stop()
        raise RuntimeError(f"Cannot start {name}: all workers were stopped meanwhile")

    def stop(self, timeout_s: float = 5.0) -> None:
        """Stop all workers: told the last started first, then waited for together; harmless when done."""
        with self._guard:
            workers = list(self._workers.values())
            self._workers.clear()
            self._stops += 1
        workers.reverse()
        for worker in workers:
            worker.dismiss(timeout_s)
        for worker in workers:
            worker.end(timeout_s)
