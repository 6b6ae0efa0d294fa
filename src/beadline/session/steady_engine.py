"""Bluesky's RunEngine, which no interruption leaves hanging, and whose stop documents say why a run was interrupted."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Literal

from bluesky import Msg
from bluesky.run_engine import RunEngine
from bluesky.utils import TransitionError  # type: ignore[reportPrivateImportUsage] - nowhere else is it public

from .attentive import AttentiveWait

LOOK_S = 0.002
NotNow = TransitionError
"""What is raised for an interruption that is not possible at this moment."""
Begin = Callable[[], Coroutine[Any, Any, Any]]


class SteadyEngine(RunEngine):
    """A RunEngine that can be interrupted at any moment, from any thread but its own.

    Differs from its parent in this: an interruption waits while a pause is being made; one that comes when the plan
    is over does not break its cleaning up off; where messages must not be replayed, a pause waits for the next
    checkpoint; at that it comes at once rather than after half a second; the reason of an abort, a stop or a halt is in
    the stop document of the run.
    """

    state_hook: Any
    _why = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Begin as a `RunEngine` does, but for how its caller waits: signals are handled meanwhile."""
        super().__init__(*args, during_task=AttentiveWait(), **kwargs)

    @property
    def why(self) -> str:
        """Why the present plan, or the last one, was interrupted; empty when it was not."""
        return self._why

    @property
    def plan_name(self) -> str:
        """Name of the present plan, or of the last one."""
        return getattr(self._plan, "__name__", None) or type(self._plan).__name__

    def is_own_thread(self) -> bool:
        """Tell whether this is the thread on which plans and callbacks run."""
        return threading.current_thread() is self._th

    def _clear_call_cache(self) -> None:
        super()._clear_call_cache()
        self._why = ""

    # -- ending a plan --------------------------------------------------------------------------------------

    def abort(self, reason: str = "") -> Any:
        """Abort the plan: its clean-up runs, and its run ends as `abort`.

        Args:
            reason: kept in the stop document.

        Raises:
            TransitionError: there is no plan, or it is ending already.
            RuntimeError: asked on the RunEngine's own thread, for example by a callback; it would wait for itself.
        """
        return self._interrupt("abort", partial(super()._abort_coro, reason), reason)

    def stop(self, reason: str = "") -> Any:
        """End the plan as a success: its clean-up runs; otherwise as `abort`."""
        return self._interrupt("stop", super()._stop_coro, reason)

    def halt(self, reason: str = "") -> Any:
        """End the plan without its clean-up; otherwise as `abort`."""
        return self._interrupt("halt", super()._halt_coro, reason)

    def abort_if(self, still: Callable[[], bool], reason: str) -> None:
        """Abort the plan if a condition holds at that very moment; see `abort`.

        Raises:
            TransitionError: it does not hold.
        """
        self._interrupt("abort", partial(super()._abort_coro, reason), reason, still)

    def _interrupt(
        self, what: str, begin: Begin, reason: str, still: Callable[[], bool] = lambda: True
    ) -> tuple[str, ...] | Any:
        if self.is_own_thread():
            raise RuntimeError(
                f"Cannot {what} a plan on the RunEngine's own thread, where it would wait for itself: a callback calls "
                "session.cancel(reason)"
            )
        if self.state == "panicked":
            raise RuntimeError("The RunEngine has panicked: call session.stop_all(), then start beadline again")
        beginning = asyncio.run_coroutine_threadsafe(self._begin(begin, reason, still), self.loop)
        uids, was_paused = beginning.result()
        if was_paused:
            self._resume_task()  # its clean-up needs somebody who waits
        return uids

    async def _begin(self, begin: Begin, reason: str, still: Callable[[], bool]) -> tuple[Any, bool]:
        while self.state == "pausing":  # noqa: ASYNC110 - what it moves is being stopped, and no event tells the end
            await asyncio.sleep(LOOK_S)
        if not (self._plan_stack and still()):
            raise TransitionError("There is no plan to interrupt: it is over")
        was_paused = self.state == "paused"
        uids = await begin()
        self._why = self._reason = reason
        return uids, was_paused

    async def _close_run(self, msg: Msg) -> Any:
        said = msg.kwargs.get("reason") or ""
        if self._why and self._why not in said:
            reason = "; ".join(filter(None, (self._why, said)))
            msg = msg._replace(kwargs={**msg.kwargs, "reason": reason})
        return await super()._close_run(msg)

    # -- pausing --------------------------------------------------------------------------------------------

    def ask_for_pause(self, still: Callable[[], bool]) -> None:
        """Pause at the next checkpoint, if a condition holds when the event loop comes to it; returns at once."""

        def ask() -> None:
            if still() and self._can_pause():
                self._deferred_pause_requested = True

        self.loop.call_soon_threadsafe(ask)

    def take_pause_back(self, too_late: Callable[[], None]) -> None:
        """Forget a pause that has not come yet, or tell that it has; returns at once.

        Args:
            too_late: called on the event loop if the plan pauses already.
        """

        def forget() -> None:
            self._deferred_pause_requested = False
            if self.state in ("pausing", "paused"):
                too_late()

        self.loop.call_soon_threadsafe(forget)

    async def pause_soon(self, at_once: Callable[[], bool]) -> Literal["now", "later", "over"]:
        """Pause now if that is asked for and messages can be replayed, otherwise at the next checkpoint; say which.

        To be awaited on the event loop of the RunEngine.
        """
        if not self._can_pause():
            return "over"
        if at_once() and self.resumable and self.rewindable:
            await super()._request_pause_coro(defer=False)
            return "now"
        self._deferred_pause_requested = True
        return "later"

    def _can_pause(self) -> bool:
        return bool(self._plan_stack) and self.state == "running"

    async def _request_pause_coro(self, defer: bool = False) -> None:  # noqa: FBT002 - as its parent has it
        if not self._plan_stack:
            raise TransitionError("There is no plan to pause: it is over")
        if not defer and not self.resumable:
            self._why = "a pause was asked for where the plan cannot be paused"
        await super()._request_pause_coro(defer or not self.rewindable)

    async def _checkpoint(self, msg: Msg) -> None:
        wanted, self._deferred_pause_requested = self._deferred_pause_requested, False
        await super()._checkpoint(msg)
        if wanted and self.resumable and self.rewindable:
            await super()._request_pause_coro(defer=False)
        elif wanted:
            self._deferred_pause_requested = True  # it may come later, and who asked is told if it does not
