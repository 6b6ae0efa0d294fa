"""SIGTERM and SIGHUP, as when a terminal is closed: the plan is aborted, then the process ends."""

import contextlib
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType

log = logging.getLogger("beadline.session")
NAMES = ("SIGTERM", "SIGHUP")
UNWIND_S = 5.0
"""How long the main thread may take to end the program by itself [s]."""


class OrderlyEnd:
    """Ends a session when the process is asked to end; only in the main thread, and where nobody else has a say."""

    def __init__(self, end: Callable[[str], None]) -> None:
        """Begin without taking a signal.

        Args:
            end: ends the session for a reason, on a thread of its own.
        """
        self._end = end
        self._before: dict[int, object] = {}
        self._ending = False
        self._ended = False

    def take(self) -> None:
        """Take the signals from now on."""
        if threading.current_thread() is not threading.main_thread():
            return
        for name in NAMES:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is signal.SIG_DFL:
                self._before[number] = signal.signal(number, self._taken)

    def give_back(self) -> None:
        """Leave them as they were; harmless when done, and on other threads."""
        if threading.current_thread() is threading.main_thread() and not self._ending:
            for number in self._before:
                signal.signal(number, signal.SIG_DFL)
            self._before.clear()

    def _taken(self, number: int, _: FrameType | None) -> None:
        if self._ended:
            raise SystemExit(128 + number)
        if not self._ending:
            self._ending = True
            threading.Thread(target=self._work, args=(number,), name="orderly end", daemon=True).start()

    def _work(self, number: int) -> None:
        name = signal.Signals(number).name
        try:
            self._end(f"ended by {name}")
        except Exception:
            log.exception("the session could not be ended in order after %s", name)
        self._ended = True
        os.kill(os.getpid(), number)  # the main thread ends the program, from wherever it is
        time.sleep(UNWIND_S)
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(128 + number)
