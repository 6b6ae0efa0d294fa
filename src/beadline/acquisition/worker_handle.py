"""A worker as its session sees it."""

import contextlib
import math
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, Protocol

from beadline.status import WorkerState, WorkerStatus

from .board import Board
from .questions import ManyAtOnce, OneAtATime
from .restarts import NEVER, RestartPolicy, Restarts

HUNG_AFTER_S = 60.0


class Body(Protocol):
    """A worker's process, or the thread that stands for it in tests."""

    @property
    def board(self) -> Board:
        """What it publishes."""
        ...

    @property
    def calls(self) -> Connection:
        """To the loop's own thread."""
        ...

    @property
    def prompts(self) -> Connection:
        """To the thread that answers at once."""
        ...

    @property
    def stops(self) -> Connection:
        """To the thread that answers nothing but stops, all at once."""
        ...

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        ...

    @property
    def pid(self) -> int | None:
        """Of its process."""
        ...

    @property
    def crashed(self) -> bool:
        """Whether it is gone and did not leave by itself."""
        ...

    def last_words(self) -> str:
        """Why it is gone, as far as it said."""
        ...

    def end(self, timeout_s: float) -> None:
        """Wait for it to leave, and make it leave."""
        ...


class Worker:
    """A running worker: commands, board, health. May be used from any thread."""

    def __init__(
        self,
        name: str,
        start: Callable[[int], Body],
        *,
        hung_after_s: float = HUNG_AFTER_S,
        policy: RestartPolicy = NEVER,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start it.

        Args:
            name: for people, logs and messages.
            start: starts the process of a generation.
            hung_after_s: when it gives no sign of life for this long, it hangs [s].
            policy: how often it may be restarted.
            clock: on which restarts are counted [s].
        """
        self.name = name
        self.generation = 1
        self.last_end = ""
        """Why the generation before this one ended; empty in the first."""
        self.leave_within_s = math.inf
        """How long to wait for it at most when it is to leave [s]: nothing is lost when it is made to."""
        self.restarts = Restarts(policy, clock)
        self._start = start
        self._hung_after_s = hung_after_s
        self._body = start(1)
        self._started_s = time.monotonic()
        self._stopped = self._ended = False
        self._changing = threading.Lock()
        self._on_return: list[Callable[[], None]] = []
        self._calls = OneAtATime(self, lambda: self._body.calls)
        self._prompts = OneAtATime(self, lambda: self._body.prompts)
        self._stops = ManyAtOnce(self, lambda: self._body.stops)

    @property
    def board(self) -> Board:
        """The numbers it publishes; they stay readable when it has died."""
        return self._body.board

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return not self._stopped and self._body.alive

    @property
    def stopped(self) -> bool:
        """Whether it was told to leave."""
        return self._stopped

    @property
    def crashed(self) -> bool:
        """Whether it is gone and did not leave by itself."""
        return self._body.crashed

    @property
    def hangs(self) -> bool:
        """Whether it runs and has given no sign of life for too long."""
        return self.alive and self.silence_s > self._hung_after_s

    @property
    def uptime_s(self) -> float:
        """How long its present generation has run [s]."""
        return time.monotonic() - self._started_s

    @property
    def busy(self) -> bool:
        """Whether it is doing what it was told to."""
        return self._calls.busy

    @property
    def silence_s(self) -> float:
        """How long it has given no sign of life [s]; 0 while it is busy."""
        return 0.0 if self.busy else time.monotonic() - max(self.board["heartbeat_s"], self._started_s)

    def call(self, command: str, timeout_s: float = 30.0, **arguments: Any) -> Any:
        """Have the worker do something between two steps, and return what it answers.

        Raises:
            RuntimeError: the worker is dead.
            TimeoutError: it did not answer in time.
            Exception: what the command raised.
        """
        return self._calls.ask(command, timeout_s, arguments)

    def prompt(self, command: str, timeout_s: float = 10.0, **arguments: Any) -> Any:
        """Have the worker do something at once, also while it is busy; otherwise like `call`."""
        return self._prompts.ask(command, timeout_s, arguments)

    def urge(self, command: str, timeout_s: float = 10.0, **arguments: Any) -> Any:
        """Have the worker stop something now, whatever else it was asked to do or to stop; otherwise like `prompt`."""
        return self._stops.ask(command, timeout_s, arguments)

    def check(self) -> None:
        """Raise when the worker is dead or hangs.

        Raises:
            RuntimeError: with its name and its last words.
        """
        if not self.alive:
            raise RuntimeError(self.obituary())
        if self.hangs:
            raise RuntimeError(self.hanging())

    def hanging(self) -> str:
        """Say that it hangs."""
        return f"The worker {self.name} hangs: no sign of life for {self.silence_s:.0f} s"

    def obituary(self) -> str:
        """Say how it ended."""
        if self._stopped:
            return f"The worker {self.name} has been stopped"
        return f"The worker {self.name} has died ({self._body.last_words()})"

    def status(self) -> WorkerStatus:
        """Return how it is."""
        state: WorkerState = "stopped" if self._stopped else "running" if self._body.alive else "died"
        message = self.obituary() if state == "died" else ""
        if state == "running" and self.hangs:
            state, message = "hung", f"no sign of life for {self.silence_s:.0f} s"
        return WorkerStatus(self.name, state, self.generation, self._body.pid, message, uptime_s=self.uptime_s)

    def on_return(self, tell: Callable[[], None]) -> None:
        """Have `tell` called, on the thread that restarts it, whenever it has been started anew."""
        self._on_return.append(tell)

    def restart(self) -> None:
        """Start it anew; what it was told before must be told again, see `on_return`.

        Raises:
            RuntimeError: it was stopped, or has been restarted too often.
        """
        self._may_restart()
        if self.restarts.exhausted:
            policy = self.restarts.policy
            raise RuntimeError(
                f"Cannot restart the worker {self.name}: it was restarted {policy.limit} times within "
                f"{policy.within_s:.0f} s ({self._body.last_words()})"
            )
        self.restarts.note()
        self.last_end = self.hanging() if self.hangs else self.obituary()
        self._body.end(0.0 if self.hangs else 2.0)
        body = self._start(self.generation + 1)
        with self._changing:
            if not self._stopped:
                self._body, self._started_s = body, time.monotonic()
                self.generation += 1
        if self._body is not body:
            body.end(0.0)
            self._may_restart()
        for tell in self._on_return:
            tell()

    def kill(self) -> None:
        """Make it leave at once; as its policy says, it is started again."""
        self._body.end(0.0)

    def _may_restart(self) -> None:
        if self._stopped:
            raise RuntimeError(f"Cannot restart the worker {self.name}: it has been stopped")

    def stop(self, timeout_s: float = 5.0) -> None:
        """Have it finish and leave; harmless when it is gone."""
        self.dismiss(timeout_s)
        self.end(timeout_s)

    def dismiss(self, timeout_s: float = 5.0) -> None:
        """Tell it to finish and leave, and do not wait until it has; it takes no more commands."""
        if self._stopped:
            return
        if self._body.alive:
            with contextlib.suppress(RuntimeError, TimeoutError):
                self.call("stop", timeout_s=timeout_s)
        with self._changing:
            self._stopped = True

    def end(self, timeout_s: float = 5.0) -> None:
        """Wait until a dismissed worker has left, and make it leave; harmless when it is gone."""
        if not self._ended:
            self._ended = True
            self._body.end(timeout_s)
