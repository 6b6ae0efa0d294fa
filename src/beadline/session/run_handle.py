"""The handle of a plan that runs on a thread of its own."""

import time
from collections.abc import Callable

from beadline.status import PlanStatus

from .progress_line import wait_and_tell
from .run_control import RunControl
from .run_watch import RunWatch

Drain = Callable[[RunWatch, float], list[str]]


class RunHandle:
    """Says how a plan goes, and lets one pause, resume or cancel it; from any thread, also from a callback.

    Commands return at once and are harmless when they come twice or too late; a handle never reaches another plan.
    """

    def __init__(self, control: RunControl, watch: RunWatch, drain: Drain) -> None:
        """Made by `session.start`.

        Args:
            control: gives the commands.
            watch: follows the plan.
            drain: waits at most so long [s], when a plan is over, and returns what is not level with it.
        """
        self._control = control
        self._watch = watch
        self._drain = drain

    def __repr__(self) -> str:
        return f"<{self.status().sentence()}>"

    @property
    def uids(self) -> tuple[str, ...]:
        """The runs it has begun."""
        return tuple(self._watch.uids)

    def status(self) -> PlanStatus:
        """Return how it goes, as plain data; cheap."""
        return self._watch.status()

    def subscribe(self, told: Callable[[PlanStatus], object]) -> Callable[[], None]:
        """Have a function called with each new status, the last one included, on a thread of its own.

        Returns:
            A function that ends this.
        """
        return self._control.feed(self._watch).subscribe(told)

    def pause(self) -> bool:
        """Pause at the next checkpoint, when all frames asked for so far are in the files; returns at once.

        Returns:
            False if it has been cancelled or is over. If it ends before a checkpoint comes, its status says so.
        """
        return self._control.pause(self._watch)

    def resume(self, *, catch_up: bool = False) -> None:
        """Go on, or take back a pause that has not come yet; returns at once.

        Args:
            catch_up: shorten waits beside recordings until the time of the pause is made up for; by default everything
                comes later by the pause. The run says which, in its stream `pauses`.
        """
        self._control.resume(self._watch, catch_up=catch_up)

    def cancel(self, reason: str = "cancelled") -> bool:
        """Abort: what moves is stopped, what was recorded is kept, the clean-up of the plan runs; returns at once.

        Args:
            reason: kept in the stop document.

        Returns:
            False if it had been cancelled before or is over.
        """
        return self._control.cancel(self._watch, reason)

    def wait(self, timeout_s: float | None = None) -> PlanStatus:
        """Wait for its end and return its last status. Ctrl-C ends the waiting and not the plan.

        On a terminal a line says once a second how it goes.

        Args:
            timeout_s: how long to wait at most [s]; by default without end.

        Raises:
            TimeoutError: it is not over yet, and goes on.
            RuntimeError: asked on the RunEngine's own thread, which would wait for itself.
            Exception: what ended the plan, if it failed.
        """
        if self._control.on_engine_thread() and not self._watch.ended.is_set():
            raise RuntimeError("Cannot wait for a plan in one of its callbacks: it would wait for itself")
        if not wait_and_tell(self._watch.ended, timeout_s, lambda: self.status().sentence()):
            raise TimeoutError(f"Not over after {timeout_s:g} s, and goes on: {self.status().sentence()}")
        if self._watch.error is not None:
            raise self._watch.error
        return self.status()

    def finish(self, timeout_s: float = 300.0) -> PlanStatus:
        """Wait for its end, and until callbacks and catalogue have all its documents; return its last status.

        Nothing is torn down before or after; it can be called again.

        Args:
            timeout_s: how long to wait at most [s].

        Raises:
            TimeoutError: something is not level yet; the message says what.
            Exception: what ended the plan, if it failed.
        """
        deadline_s = time.monotonic() + timeout_s
        status = self.wait(timeout_s)
        behind = self._drain(self._watch, max(0.0, deadline_s - time.monotonic()))
        if behind:
            raise TimeoutError(f"{status.plan} is over, but not level after {timeout_s:g} s: {', '.join(behind)}")
        return status
