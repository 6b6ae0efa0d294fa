"""A thread that looks at something again and again."""

import logging
import threading
from collections.abc import Callable

log = logging.getLogger("beadline.workers")


class Watch:
    """Calls `look` every so often until it is stopped; what it raises is logged once, and the watch goes on."""

    def __init__(self, look: Callable[[], None], period_s: float, name: str = "watch") -> None:
        self._look = look
        self._period_s = period_s
        self._name = name
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._last_error = ""

    def start(self) -> None:
        """Begin; harmless when it has begun."""
        if self._thread is None:
            self._over.clear()
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while not self._over.wait(self._period_s):
            self.look()

    def look(self) -> None:
        """Look once, now."""
        try:
            self._look()
        except Exception as error:
            sentence = f"{type(error).__name__}: {error}"
            if sentence != self._last_error:
                self._last_error = sentence
                log.warning("%s goes on after an error: %s", self._name, sentence, exc_info=error)

    def stop(self) -> None:
        """End it and wait for it, but not for itself; harmless when it has ended."""
        thread, self._thread = self._thread, None
        self._over.set()
        if thread is not None and thread is not threading.current_thread():
            thread.join()
