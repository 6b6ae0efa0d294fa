"""Which process of a worker takes a recording, and whether it still does."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import TimeoutError as NotInTime

from beadline.acquisition import Board, Supervisor, Worker

log = logging.getLogger("beadline.workers")
RETURN_PATIENCE_S = 30.0
"""How long the next recording waits for a worker that is being started again [s]."""
TELL_PATIENCE_S = 120.0
POLL_S = 0.02


class Life:
    """One process of a worker; the next one has another board, and knows nothing of a file."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._generation = worker.generation
        self._given_up = ""
        self.board: Board = worker.board
        """What this process publishes; stays readable when it is gone."""

    @property
    def end(self) -> str:
        """Why it takes no more frames; empty while it does."""
        if self._given_up:
            return self._given_up
        if self._worker.generation != self._generation:
            return self._worker.last_end
        if not self._worker.alive:
            return self._worker.obituary()
        return self._worker.hanging() if self._worker.hangs else ""

    def give_up(self, why: str) -> None:
        """Have it take no more frames: it is killed, and started again if that is its policy."""
        self._given_up = why
        if self._worker.generation == self._generation:
            self._worker.kill()


async def wait_for_return(workers: Supervisor, worker: Worker) -> None:
    """Wait while a worker that has died is being started again.

    Raises:
        RuntimeError: it is gone for good; the message says why.
    """
    deadline_s = time.monotonic() + RETURN_PATIENCE_S
    while not worker.alive and time.monotonic() < deadline_s:
        comes_back = worker.restarts.policy.wants(crashed=worker.crashed)
        if not comes_back or workers.status(worker.name).state in ("failed", "stopped"):
            break
        await asyncio.sleep(POLL_S)
    worker.check()


def tell_again(worker: Worker, tell: Callable[[], Awaitable[None]]) -> None:
    """Have `tell` called on this event loop whenever the worker has been started anew."""
    loop = asyncio.get_running_loop()

    async def told() -> None:
        await tell()

    def returned() -> None:
        asked = asyncio.run_coroutine_threadsafe(told(), loop)
        try:
            asked.result(TELL_PATIENCE_S)
        except (RuntimeError, ValueError, OSError, NotInTime) as error:
            log.warning("%s is there again and could not be told what to do: %s", worker.name, error)

    worker.on_return(returned)
