"""One line on a terminal that says how a plan goes while a script waits for it."""

import shutil
import sys
import threading
import time
from collections.abc import Callable
from typing import Protocol

from .attentive import wait_attentively

EVERY_S = 1.0


class Terminal(Protocol):
    """What the line is written to."""

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        ...

    def write(self, text: str, /) -> object:
        """Write."""
        ...

    def flush(self) -> object:
        """Have it seen."""
        ...


def wait_and_tell(
    event: threading.Event, timeout_s: float | None, sentence: Callable[[], str], terminal: Terminal | None = None
) -> bool:
    """Wait for an event, and say once a second on a terminal how it goes; elsewhere say nothing.

    Only the main thread says anything. The line stands where the cursor is, and is gone when the wait is over.

    Args:
        event: waited for.
        timeout_s: how long at most [s]; None is without end.
        sentence: says how it goes.
        terminal: by default the error stream.

    Returns:
        Whether the event is set.
    """
    screen: Terminal = terminal or sys.stderr
    if threading.current_thread() is not threading.main_thread() or not screen.isatty():
        return wait_attentively(event, timeout_s)
    until_s = float("inf") if timeout_s is None else time.monotonic() + timeout_s
    width = 0
    try:
        while not wait_attentively(event, min(EVERY_S, max(0.0, until_s - time.monotonic()))):
            if time.monotonic() >= until_s:
                return event.is_set()
            line = sentence()[: shutil.get_terminal_size().columns - 1]
            screen.write(f"{line.ljust(width)}\r")
            screen.flush()
            width = len(line)
        return True
    finally:
        if width:
            screen.write(f"{' ' * width}\r")
            screen.flush()
