"""The clock on which moves, waits and frames take place: the host's own, or that of a microscope in lock-step."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from beadline.acquisition import Worker

A = TypeVar("A")
S = TypeVar("S")
POLL_S, POLL_AT_MOST_S = 0.001, 0.01
QUIET_TURNS = 50
"""So often the event loop goes round without anybody waking up before time goes on: to see who does takes a few."""


class InstrumentClock(Protocol):
    """What devices and plans ask of a clock."""

    lock_step: bool
    collect_period_s: float
    """How often a recording tells what it has got, on this clock [s]."""
    look_period_s: float
    """How often the host looks whether the frames of a recording are there [s]."""
    paused: bool
    """Whether the plan stands still at the command of a person, who may want to move something meanwhile."""

    def now(self) -> float:
        """Return what time it is on the clock of `host_time_s` [s]."""
        ...

    async def sleep(self, duration_s: float) -> None:
        """Wait [s]."""
        ...

    async def ask(self, question: Callable[..., A], *args: Any, **kwargs: Any) -> A:
        """Ask a worker or the hardware something, on a thread: this takes none of the instrument's time."""
        ...

    async def poll(self, period_s: float, at_least_s: float) -> None:
        """Wait before looking again whether something has happened that takes at least so long [s]."""
        ...

    def limit_s(self, duration_s: float | None) -> float | None:
        """Return how long the host waits for what has to happen within a duration [s]; None is without limit."""
        ...

    def takes_time(self, status: S) -> S:
        """Say that something is going on which waits on this clock, until its status is done; return the status."""
        ...

    def wanting_frames(self) -> Any:
        """Return a context in which frames of a recording are waited for."""
        ...

    def behind_another(self) -> Any:
        """Return a context in which what is going on waits for something else that takes time and says so itself."""
        ...

    async def require(self, worker: Worker) -> None:
        """Lose no frame before this worker has taken it, if the clock can wait."""
        ...

    def check(self) -> None:
        """Raise when a worker is gone for which time waits."""
        ...


class HostClock:
    """The host's monotonic clock."""

    lock_step = False
    collect_period_s = 0.25
    look_period_s = 0.002
    paused = False

    def now(self) -> float:
        return time.monotonic()

    async def sleep(self, duration_s: float) -> None:
        await asyncio.sleep(duration_s)

    async def ask(self, question: Callable[..., A], *args: Any, **kwargs: Any) -> A:
        return await asyncio.to_thread(question, *args, **kwargs)

    async def poll(self, period_s: float, at_least_s: float) -> None:
        await asyncio.sleep(period_s)

    def limit_s(self, duration_s: float | None) -> float | None:
        return duration_s

    def takes_time(self, status: S) -> S:
        return status

    @contextmanager
    def wanting_frames(self) -> Iterator[None]:
        yield

    @contextmanager
    def behind_another(self) -> Iterator[None]:
        yield

    async def require(self, worker: Worker) -> None:
        pass

    def check(self) -> None:
        pass


class LockStepClock:
    """The clock of a camera worker in lock-step, which is told how far time may pass.

    Time passes while nothing goes on but waiting: each move, recording or fresh reading that takes time counts as
    going on until it waits on this clock, and so do a question to a worker and a plan between its waits. So what a
    plan does happens at the same instrument time however long the host takes for it.
    """

    lock_step = True
    collect_period_s = 2.0  # no more often for the host, for whom it passes several times as fast
    look_period_s = 0.01

    def __init__(self, camera: Callable[[], Worker]) -> None:
        """Describe the clock.

        Args:
            camera: returns the camera worker.
        """
        self._camera = camera
        self._takers: list[Worker] = []
        self._going_on = 0
        self._wanting = 0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []
        self._turn = 0
        self._driver: asyncio.Task[None] | None = None
        self.plan_goes_on = False
        self.paused = False

    def now(self) -> float:
        return float(self._camera().board["clock_s"])

    async def sleep(self, duration_s: float) -> None:
        await self.sleep_until(self.now() + duration_s)

    async def ask(self, question: Callable[..., A], *args: Any, **kwargs: Any) -> A:
        self._count(+1)
        try:
            return await asyncio.to_thread(question, *args, **kwargs)
        finally:
            self._count(-1)

    async def poll(self, period_s: float, at_least_s: float) -> None:
        await self.sleep(max(period_s, at_least_s))

    def limit_s(self, duration_s: float | None) -> float | None:
        return None

    async def sleep_until(self, wake_s: float) -> None:
        """Wait until it is so late [s]; what waits is not going on meanwhile."""
        woken = asyncio.get_running_loop().create_future()
        self._sleepers.append((wake_s, woken))
        self._count(-1)
        self._drive()
        try:
            await woken
        finally:
            self._count(+1)
            self._sleepers = [each for each in self._sleepers if each[1] is not woken]

    async def sleep_of_plan(self, duration_s: float) -> None:
        """Wait as a plan does, which is said to go on by `plan_goes_on` [s]."""
        self._count(+1)
        try:
            await self.sleep(duration_s)
        finally:
            self._count(-1)

    def takes_time(self, status: S) -> S:
        self._count(+1)
        status.add_callback(lambda _: self._count(-1))  # type: ignore[reportAttributeAccessIssue] - any status has it
        return status

    @contextmanager
    def wanting_frames(self) -> Iterator[None]:
        self._wanting += 1
        self._count(-1)
        self._drive()
        try:
            yield
        finally:
            self._wanting -= 1
            self._count(+1)

    @contextmanager
    def behind_another(self) -> Iterator[None]:
        self._count(-1)
        try:
            yield
        finally:
            self._count(+1)

    async def require(self, worker: Worker) -> None:
        await self.ask(self._camera().call, "require", name=worker.name, board=worker.board.name)
        self._takers = [each for each in self._takers if each.name != worker.name] + [worker]

    def check(self) -> None:
        for worker in (self._camera(), *self._takers):
            worker.check()

    # -- letting time pass ----------------------------------------------------------------------------------

    def _count(self, change: int) -> None:
        self._going_on += change
        self._turn += 1

    def _drive(self) -> None:
        if self._driver is None or self._driver.done():
            self._driver = asyncio.get_running_loop().create_task(self._let_time_pass())

    async def _let_time_pass(self) -> None:
        """Let time pass from one event to the next while somebody waits for it."""
        while self._sleepers or self._wanting:
            try:
                await self._pass_to_next_event()
            except (RuntimeError, TimeoutError) as error:
                for _, woken in self._sleepers:
                    if not woken.done():
                        woken.set_exception(error)
                await asyncio.sleep(POLL_S)

    async def _pass_to_next_event(self) -> None:
        self.check()
        if not (await self._quiet() and (self._sleepers or self._frames_to_come())):
            await asyncio.sleep(POLL_S)
            return
        board, until_s = self._camera().board, min((wake_s for wake_s, _ in self._sleepers), default=None)
        if until_s is None or until_s > self.now():
            await asyncio.to_thread(self._camera().prompt, "allow_time", until_s=until_s)
            pause_s = POLL_S
            while not board["clock_idle"]:
                self.check()
                await asyncio.sleep(pause_s)
                pause_s = min(1.5 * pause_s, POLL_AT_MOST_S)
        now_s = self.now()
        for wake_s, woken in self._sleepers:
            if wake_s <= now_s and not woken.done():
                woken.set_result(None)

    def _frames_to_come(self) -> bool:
        board = self._camera().board
        return bool(self._wanting and not board["window_done"] and not board["held"])

    async def _quiet(self) -> bool:
        """Tell whether nothing goes on but waiting, and nobody is just about to wake up."""
        turn = self._turn
        for _ in range(QUIET_TURNS):
            if self._busy() or turn != self._turn:
                return False
            await asyncio.sleep(0)
        return True

    def _busy(self) -> bool:
        recorded = self._wanting and self._camera().board["window_done"]
        return bool(self._going_on > 0 or recorded or (self.plan_goes_on and not self.paused))
