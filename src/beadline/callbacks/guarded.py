"""A guard around anybody's callback: whatever it does, the run does not notice."""

import contextlib
import copy
import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

log = logging.getLogger("beadline.callbacks")
Callback = Callable[[str, dict[str, Any]], Any]
_END = object()


class GuardedCallback:
    """Calls a callback on a thread of its own, document after document.

    An error is logged and counted, never raised. After three of them, or when it is so slow that its queue is full,
    the callback is quarantined: it gets no further documents.

    Attributes:
        errors: how often the callback has raised.
        quarantined: whether it gets documents no more.
        missed: documents it did not get.
    """

    def __init__(self, callback: Callback, *, capacity: int = 10_000, quarantine_after: int = 3) -> None:
        """Guard a callback.

        Args:
            callback: called with name and document, of which it gets a copy of its own.
            capacity: how many documents may wait.
            quarantine_after: errors it may raise before it is quarantined.
        """
        self.errors = 0
        self.missed = 0
        self.quarantined = False
        self._callback = callback
        self._quarantine_after = quarantine_after
        self._queue: queue.Queue[Any] = queue.Queue(capacity)
        self._done = threading.Condition()
        self._accepted = self._finished = 0
        self._thread = threading.Thread(target=self._work, name=f"callback {self.name}", daemon=True)
        self._thread.start()

    @property
    def name(self) -> str:
        """What the callback is called."""
        return getattr(self._callback, "__qualname__", type(self._callback).__name__)

    @property
    def behind(self) -> int:
        """Documents that wait, the one being worked on included."""
        return self._accepted - self._finished

    def __call__(self, name: str, document: dict[str, Any]) -> None:
        """Queue a document; returns at once and never raises."""
        if self.quarantined:
            self.missed += 1
            return
        try:
            self._queue.put_nowait((name, copy.deepcopy(document)))
        except queue.Full:
            self.missed += 1
            self._quarantine(f"{self._queue.maxsize} documents wait for it")
            return
        self._accepted += 1

    def drain(self, timeout_s: float) -> bool:
        """Wait until the callback has had every document so far, and tell whether it has."""
        deadline = time.monotonic() + timeout_s
        with self._done:
            return self._done.wait_for(lambda: self.behind == 0, max(0.0, deadline - time.monotonic()))

    def close(self, timeout_s: float = 5.0) -> None:
        """End the thread after what is queued; what the callback has not begun by then it misses, and that is said.

        A callback that never returns is left behind.

        Args:
            timeout_s: how long the callback may still take [s].
        """
        self.drain(timeout_s)
        self.quarantined = True
        unheard = self._give_up_waiting()
        self._queue.put_nowait(_END)
        self._thread.join(0.0 if unheard else timeout_s)
        if unheard:
            self.missed += unheard
            log.error(
                "the callback %s did not get the last %d documents: it was not done with those before them within %g s",
                self.name,
                unheard,
                timeout_s,
            )

    def _give_up_waiting(self) -> int:
        """Empty the queue, and return how many documents were in it."""
        given_up = 0
        with contextlib.suppress(queue.Empty):
            while True:
                given_up += self._queue.get_nowait() is not _END
        with self._done:
            self._finished += given_up
            self._done.notify_all()
        return given_up

    def _work(self) -> None:
        while (item := self._queue.get()) is not _END:
            name, document = item
            if self.quarantined:
                self.missed += 1
            else:
                self._call(name, document)
            with self._done:
                self._finished += 1
                self._done.notify_all()

    def _call(self, name: str, document: dict[str, Any]) -> None:
        try:
            self._callback(name, document)
        except Exception:
            self.errors += 1
            log.exception("the callback %s failed on a %s document", self.name, name)
            if self.errors >= self._quarantine_after:
                self._quarantine(f"it has failed {self.errors} times")

    def _quarantine(self, why: str) -> None:
        self.quarantined = True
        log.error("the callback %s gets no more documents: %s", self.name, why)
