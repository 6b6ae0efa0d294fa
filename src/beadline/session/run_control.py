"""Who may say what to the RunEngine, from any thread: start, pause, resume, cancel; and what it is doing."""

import logging
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from bluesky import Msg
from bluesky.utils import MsgGenerator, RunEngineInterrupted

from beadline.status import PlanStatus

from .attentive import wait_attentively
from .checked_plan import checked_plan
from .run_watch import Background, RunWatch
from .status_feed import StatusFeed
from .steady_engine import NotNow, SteadyEngine

log = logging.getLogger("beadline.session")
LOOK_S = 0.05


class RunControl:
    """Follows every plan of a RunEngine, whoever has called it, and runs plans on a thread of their own.

    Attributes:
        watch: of the present plan, or of the last one; None before the first.
    """

    def __init__(self, engine: SteadyEngine, background: Background = lambda: ({}, ())) -> None:
        """Follow a RunEngine from now on.

        Args:
            engine: nothing may be running on it.
            background: returns what waits beside the plan, and what has failed there.
        """
        self.watch: RunWatch | None = None
        self._engine = engine
        self._background = background
        self._starting = threading.Lock()
        self._changed = threading.Condition()
        self._pending: tuple[threading.Thread, RunWatch] | None = None
        self._feeds: dict[RunWatch, StatusFeed] = {}
        engine.preprocessors.append(self._follow)
        engine.context_managers.insert(0, self._until_it_is_over)
        engine.subscribe(self._hear)
        engine.state_hook = self._engine_is

    # -- following ------------------------------------------------------------------------------------------

    def _follow(self, body: Generator[Msg, Any, Any]) -> MsgGenerator[Any]:
        """Be told by the RunEngine that it begins with a plan; on the thread of who called it."""
        if self._pending is not None and self._pending[0] is threading.current_thread():
            watch = self._pending[1]
        else:
            watch = self.watch = self._new_watch(self._engine.plan_name)
        return watch.follow(body)

    def _new_watch(self, name: str) -> RunWatch:
        def changed() -> None:
            feed.changed()
            with self._changed:
                self._changed.notify_all()

        watch = RunWatch(self._engine, name, self._background, changed)
        feed = StatusFeed(watch.status)
        self._feeds = {watch: feed}
        return watch

    @contextmanager
    def _until_it_is_over(self, _: Any) -> Iterator[None]:
        """Around each call of the RunEngine, and around all its other context managers."""
        error: BaseException | None = None
        try:
            yield
        except BaseException as raised:
            error = raised
            raise
        finally:
            watch, state = self.watch, self._engine.state
            if watch is not None and not watch.driven:
                if state in ("idle", "panicked"):
                    watch.finish(error)
                elif watch.cancelled_because is not None:  # it was cancelled while it paused: the clean-up is elsewhere
                    wait_attentively(watch.ended)

    def _hear(self, name: str, document: dict[str, Any]) -> None:
        if self.watch is not None:
            try:
                self.watch.heard(name, document)
            except Exception:  # a run does not end because nobody can tell how it goes
                log.exception("the status does not understand a %s document", name)

    def _engine_is(self, new: str, old: str) -> None:
        if self.watch is not None and not self.watch.ended.is_set():
            self.watch.engine_is(str(new), str(old))

    def feed(self, watch: RunWatch) -> StatusFeed:
        """Return what tells of the changes of a plan."""
        return self._feeds.get(watch) or StatusFeed(watch.status)

    # -- starting -------------------------------------------------------------------------------------------

    def start(self, plan_function: Callable[..., Any], *args: Any, md: dict[str, Any], **kwargs: Any) -> RunWatch:
        """Check a plan and have it run on a thread of its own; returns at once.

        Args:
            plan_function: returns the plan.
            args: its arguments.
            md: metadata for its runs.
            kwargs: its further arguments.

        Raises:
            RuntimeError: another plan is not over.
            Exception: what the plan raises for arguments it refuses.
        """
        with self._starting:
            self.refuse_if_busy(getattr(plan_function, "__name__", "a plan"))
            plan = checked_plan(plan_function(*args, **kwargs))
            watch = self._new_watch(getattr(plan_function, "__name__", "plan"))
            watch.driven, self.watch = True, watch
            threading.Thread(target=self._drive, args=(watch, plan, md), name="plan", daemon=True).start()
        return watch

    def refuse_if_busy(self, what: str) -> None:
        """Refuse to start something while a plan is not over.

        Raises:
            RuntimeError: with the plan, and what to do.
        """
        watch = self.watch
        if watch is not None and not watch.ended.is_set():
            raise RuntimeError(f"Cannot start {what}: {watch.status().sentence()}; wait for its end or cancel it")
        if self._engine.state != "idle":
            raise RuntimeError(f"Cannot start {what}: the RunEngine is {self._engine.state}")

    def _drive(self, watch: RunWatch, plan: MsgGenerator[Any], md: dict[str, Any]) -> None:
        """Run a plan to its end, through all its pauses."""
        error: BaseException | None = None
        try:
            if watch.cancelled_because is None:
                self._pending = threading.current_thread(), watch
                self._call(self._engine, plan, **md)
            while self._engine.state == "paused":
                self._go_on(watch)
        except BaseException as raised:  # noqa: BLE001 - whoever waits for the plan is told
            error = raised
        finally:
            self._pending = None
            plan.close()
            with self._changed:  # somebody else may have aborted it while it was paused, and be at its clean-up
                self._changed.wait_for(lambda: self._engine.state in ("idle", "panicked", "paused"))
            watch.finish(error)

    def _go_on(self, watch: RunWatch) -> None:
        """Wait in a pause until somebody wants something, and do it."""
        with self._changed:
            self._changed.wait_for(
                lambda: watch.resume_asked or watch.cancelled_because is not None or self._engine.state != "paused"
            )
        if watch.cancelled_because is not None:
            self._call(self._engine.abort, watch.cancelled_because)
        elif watch.resume_asked:
            self._call(self._engine.resume)
        else:
            with self._changed:
                self._changed.wait_for(lambda: self._engine.state in ("idle", "panicked", "paused"))

    @staticmethod
    def _call(act: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        # Paused or aborted, or somebody else was faster: the state says which.
        with suppress(RunEngineInterrupted, NotNow):
            act(*args, **kwargs)

    # -- commands, which return at once ---------------------------------------------------------------------

    def cancel(self, watch: RunWatch, reason: str) -> bool:
        """End a plan; from any thread, also from a callback. Harmless when it has been cancelled or is over.

        Returns:
            Whether this call is the one that ends it.
        """
        with self._changed:
            if watch.over or watch.ended.is_set() or watch.cancelled_because is not None:
                return False
            watch.cancelled_because = reason
        self.feed(watch).changed()
        threading.Thread(target=self._abort, args=(watch, reason), name="cancel", daemon=True).start()
        return True

    def _abort(self, watch: RunWatch, reason: str) -> None:
        """Abort a plan as soon as the RunEngine can: neither on its thread, nor on that of who asked for it."""
        while not (watch.over or watch.ended.is_set()):
            state = self._engine.state
            paused_in_driver = state == "paused" and watch.driven
            if self.watch is watch and state in ("running", "paused") and not paused_in_driver:
                try:
                    self._engine.abort_if(lambda: not watch.over, reason)
                except NotNow:
                    log.debug("the plan was not to be aborted at that moment")
            with self._changed:
                self._changed.notify_all()
                self._changed.wait(LOOK_S)

    def pause(self, watch: RunWatch) -> bool:
        """Pause a plan at its next checkpoint; return whether it can still come to one."""
        with self._changed:
            if watch.over or watch.ended.is_set() or watch.cancelled_because is not None:
                return False
            if self._engine.state == "paused" and self.watch is watch and not watch.resume_asked:
                return True
            watch.pause_asked = True
        self.feed(watch).changed()
        self._engine.ask_for_pause(lambda: self.watch is watch and watch.pause_asked and not watch.over)
        return True

    def resume(self, watch: RunWatch, *, catch_up: bool) -> None:
        """Let a plan go on, or take a pause back that has not come yet; harmless otherwise.

        Raises:
            RuntimeError: it is paused, and was started with `RE(...)`, which has to go on with it.
        """
        if not watch.driven and self._engine.state == "paused" and not watch.ended.is_set():
            raise RuntimeError("This plan was started with RE(...): go on with RE.resume()")
        watch.pause_asked = False

        def go_on() -> None:
            if not watch.over:
                watch.pauses.catch_up = catch_up
                watch.resume_asked = True
                with self._changed:
                    self._changed.notify_all()

        self._engine.take_pause_back(go_on)
        self.feed(watch).changed()

    def on_engine_thread(self) -> bool:
        """Tell whether this is the RunEngine's own thread, on which its callbacks are called."""
        return self._engine.is_own_thread()

    def status(self) -> PlanStatus | None:
        """Return the status of the present plan, or of the last one; None before the first."""
        return None if self.watch is None else self.watch.status()

    def close(self, reason: str, timeout_s: float = 30.0) -> None:
        """Cancel the present plan and wait for its clean-up; harmless when nothing runs.

        Args:
            reason: kept in the stop document.
            timeout_s: how long the clean-up may take [s]; what takes longer is left behind, and that is said.
        """
        watch = self.watch
        if watch is None or watch.ended.is_set() or self.on_engine_thread():
            return
        self.cancel(watch, reason)
        if not watch.ended.wait(timeout_s):
            log.error("%s did not end within %g s after it was cancelled", watch.status().plan, timeout_s)
