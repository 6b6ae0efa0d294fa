"""Ctrl-C during a plan: once stops what moves or says where the plan will pause, twice aborts."""

import asyncio
import queue
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import TimeoutError as TookTooLong
from contextlib import contextmanager
from typing import Any

from .run_control import RunControl
from .run_watch import RunWatch
from .steady_engine import SteadyEngine

ANSWER_S = 0.15
"""How long the RunEngine may take to answer before axes are stopped without it [s]."""
_OVER = ""
GO_ON = "RE.resume() goes on, RE.abort() ends it"


class Interrupts:
    """Takes Ctrl-C from Python while the main thread is in a plan; on other threads there is none."""

    def __init__(
        self,
        engine: SteadyEngine,
        control: RunControl,
        stop_axes: Callable[[], object],
        say: Callable[[str], object],
    ) -> None:
        """Begin without taking anything.

        Args:
            engine: on which plans run.
            control: knows the present plan.
            stop_axes: stops all axes without the RunEngine.
            say: told in a line what Ctrl-C did.
        """
        self._engine = engine
        self._control = control
        self._stop_axes = stop_axes
        self._say = say

    @contextmanager
    def during_plans(self, _: Any) -> Iterator[None]:
        """Around each call of the RunEngine: take Ctrl-C, if this is the main thread."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        presses: queue.SimpleQueue[str] = queue.SimpleQueue()  # which a signal handler may put into
        before = signal.signal(signal.SIGINT, lambda *_: presses.put("Ctrl-C"))
        answering = threading.Thread(target=self._answer, args=(presses,), name="Ctrl-C", daemon=True)
        answering.start()
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)
            presses.put(_OVER)

    def _answer(self, presses: "queue.SimpleQueue[str]") -> None:
        first = True
        while presses.get() != _OVER:
            watch = self._control.watch
            if watch is None or watch.over:
                self._say("Ctrl-C: the plan is over, its files and the catalogue are being brought level")
            elif first:
                self._pause(watch)
                first = False
            else:
                self._abort(watch)

    def _pause(self, watch: RunWatch) -> None:
        asked = asyncio.run_coroutine_threadsafe(self._engine.pause_soon(watch.moves.any), self._engine.loop)
        try:
            done = asked.result(ANSWER_S)
        except TookTooLong:
            self._say("Ctrl-C: the plan does not answer, it computes or blocks: all axes are stopped; again aborts it")
            self._stop_axes()
            return
        if done == "now":
            self._say(f"Ctrl-C: what moves is stopped, the plan is paused; {GO_ON}")
        elif done == "later":
            self._say(f"Ctrl-C: pauses at the next checkpoint; again aborts and stops at once ({_where(watch)})")
        else:
            self._say(f"Ctrl-C: {_where(watch)}")

    def _abort(self, watch: RunWatch) -> None:
        if self._control.cancel(watch, "Ctrl-C twice"):
            self._say("Ctrl-C: aborts; what moves is stopped, the clean-up of the plan follows")
        else:
            self._say(f"Ctrl-C: all axes are stopped; {_where(watch)}")
            self._stop_axes()
            return
        taken = threading.Event()
        self._engine.loop.call_soon_threadsafe(taken.set)
        if not taken.wait(ANSWER_S):
            self._say("The plan does not answer, it computes or blocks: all axes are stopped without it")
            self._stop_axes()


def _where(watch: RunWatch) -> str:
    return watch.status().sentence()
