"""The supervisor: starts workers, watches them, stops them in order."""

import json
import logging
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection, Listener
from pathlib import Path
from typing import Any, Literal

from beadline.status import WorkerStatus

from .worker_handle import ProcessBody, ThreadBody, Worker

log = logging.getLogger("beadline.workers")
Transport = Literal["process", "thread"]


class Supervisor:
    """Owns the workers of one session."""

    def __init__(self, log: Callable[[str], None] = log.info, transport: Transport = "process") -> None:
        """Start with no workers.

        Args:
            log: told each line a worker says, with the worker's name.
            transport: "thread" runs the same loops in this process, for tests.
        """
        self._log = log
        self._transport: Transport = transport
        self._workers: dict[str, Worker] = {}
        self._guard = threading.Lock()

    @property
    def workers(self) -> Mapping[str, Worker]:
        """The workers by name."""
        return dict(self._workers)

    def statuses(self) -> list[WorkerStatus]:
        """Return how each worker is."""
        return [worker.status() for worker in self._workers.values()]

    def start(self, name: str, loop: str, arguments: Mapping[str, Any], timeout_s: float = 60.0) -> Worker:
        """Start a worker and wait for its handshake.

        Args:
            name: for people, logs and messages.
            loop: `module:class` of its `Loop`.
            arguments: plain keyword data for it.
            timeout_s: how long the handshake may take [s].

        Raises:
            RuntimeError: a worker of that name runs already, or this one could not start; the message says why.
        """
        with self._guard:
            old = self._workers.get(name)
        if old is not None and old.alive:
            raise RuntimeError(f"Cannot start {name}: a worker of that name is running")
        worker = Worker(name, lambda: self._body(name, loop, arguments, timeout_s))
        with self._guard:
            self._workers[name] = worker
        return worker

    def _body(self, name: str, loop: str, arguments: Mapping[str, Any], timeout_s: float) -> Any:
        if self._transport == "thread":
            return ThreadBody(name, loop, arguments)
        return start_process(name, loop, arguments, timeout_s, self._log)

    def stop(self, timeout_s: float = 5.0) -> None:
        """Stop all workers, the last started first; harmless when done."""
        with self._guard:
            workers = list(self._workers.values())
            self._workers.clear()
        for worker in reversed(workers):
            worker.stop(timeout_s)


def start_process(
    name: str, loop: str, arguments: Mapping[str, Any], timeout_s: float, log: Callable[[str], None]
) -> ProcessBody:
    """Start the process of a worker and shake hands.

    Raises:
        RuntimeError: it did not start.
        TimeoutError: it did not answer in time.
    """
    folder = tempfile.mkdtemp(prefix="beadline-")
    authkey = secrets.token_bytes(32)
    address = rf"\\.\pipe\beadline-{secrets.token_hex(8)}" if os.name == "nt" else str(Path(folder) / "socket")
    try:
        with Listener(address, authkey=authkey) as listener:
            process = subprocess.Popen(
                [sys.executable, "-m", "beadline.acquisition.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
            body = ProcessBody(name, process, log)
            task = {"address": address, "authkey": authkey.hex(), "loop": loop, "arguments": arguments, "name": name}
            body.tell(json.dumps(task))
            connections = _accept_two(listener, body, timeout_s)
            body.shake_hands(*connections, timeout_s=timeout_s)
            return body
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _accept_two(listener: Listener, body: ProcessBody, timeout_s: float) -> tuple[Connection, Connection]:
    """Accept the worker's two connections, or find out that it will never come."""
    accepted: list[Connection] = []

    def accept() -> None:
        try:
            while len(accepted) < 2:
                accepted.append(listener.accept())
        except OSError:
            return

    waiting = threading.Thread(target=accept, name=f"accept {body.name}", daemon=True)
    waiting.start()
    for _ in range(int(timeout_s / 0.05)):
        waiting.join(0.05)
        if len(accepted) == 2:
            return accepted[0], accepted[1]
        if not body.alive:
            break
    reason = body.last_words() if not body.alive else f"it did not answer within {timeout_s:.0f} s"
    body.kill()
    raise RuntimeError(f"The worker {body.name} did not start: {reason}")
