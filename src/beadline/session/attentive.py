"""Waiting on the main thread so that no signal has to wait for the end of a plan.

Python runs the handler of a signal on its main thread, when that next runs any Python. The operating system may deliver
the signal to another thread, or a moment before the main thread falls asleep: then a main thread that waits without
limit handles Ctrl-C or SIGTERM only when what it waits for has come.
"""

import threading
import time

from bluesky.utils import DefaultDuringTask

TICK_S = 0.05


def wait_attentively(event: threading.Event, timeout_s: float | None = None) -> bool:
    """Wait for an event and let Python handle signals all the while.

    Args:
        event: waited for.
        timeout_s: how long at most [s]; by default without end.

    Returns:
        Whether it is set.
    """
    if timeout_s is None:
        while not event.wait(TICK_S):
            pass
        return True
    until_s = time.monotonic() + timeout_s
    while not event.wait(min(TICK_S, max(0.0, until_s - time.monotonic()))):
        if time.monotonic() >= until_s:
            return event.is_set()
    return True


class AttentiveWait(DefaultDuringTask):
    """How the RunEngine waits for its plan: windows of matplotlib stay alive, signals are handled."""

    def block(self, blocking_event: threading.Event) -> None:
        """Return when the plan pauses or is over.

        Args:
            blocking_event: set by the RunEngine at that moment.
        """
        super().block(_InTicks(blocking_event))


class _InTicks:
    """An event that is waited for attentively."""

    def __init__(self, event: threading.Event) -> None:
        self._event = event

    def wait(self, timeout: float | None = None) -> bool:
        return wait_attentively(self._event, timeout)
