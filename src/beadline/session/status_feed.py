"""Tells whoever has subscribed of every change of a plan, on a thread of its own: nobody waits for them."""

import logging
import threading
from collections.abc import Callable

from beadline.status import PlanStatus

log = logging.getLogger("beadline.session")
PERIOD_S = 0.25
Told = Callable[[PlanStatus], object]


class StatusFeed:
    """A thread that looks when something has changed, and every quarter of a second, until the plan is over.

    Changes that follow each other faster than a subscriber takes them are seen as one; the last status always comes.
    """

    def __init__(self, look: Callable[[], PlanStatus]) -> None:
        """Begin without a thread, which starts with the first subscriber.

        Args:
            look: returns the present status.
        """
        self._look = look
        self._told: list[Told] = []
        self._changed = threading.Condition()
        self._version = 0
        self._thread: threading.Thread | None = None

    def subscribe(self, told: Told) -> Callable[[], None]:
        """Have a function called with each new status; return what ends that."""
        with self._changed:
            self._told.append(told)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="status feed", daemon=True)
                self._thread.start()

        def unsubscribe() -> None:
            with self._changed:
                if told in self._told:
                    self._told.remove(told)

        return unsubscribe

    def changed(self) -> None:
        """Say that something has changed; never waits for a subscriber."""
        with self._changed:
            self._version += 1
            self._changed.notify_all()

    def _work(self) -> None:
        seen, finished = -1, False
        while not finished:
            with self._changed:
                self._changed.wait_for(lambda before=seen: self._version != before, PERIOD_S)
                seen = self._version
                told = tuple(self._told)
            status = self._look()
            for each in told:
                self._tell(each, status)
            with self._changed:
                finished = status.finished and tuple(self._told) == told
                if finished:
                    self._thread = None  # who subscribes later is told the end by a new one

    def _tell(self, told: Told, status: PlanStatus) -> None:
        try:
            told(status)
        except Exception:
            log.exception("a subscriber to the status of %s failed", status.plan)
