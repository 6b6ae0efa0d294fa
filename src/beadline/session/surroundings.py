"""What goes on beside a plan: callbacks of people, and the catalogue."""

import time
from collections.abc import Callable

from beadline.callbacks import GuardedCallback

from .run_watch import RunWatch


class Surroundings:
    """Keeps the guarded callbacks of a session, and says what waits there and what has failed.

    Attributes:
        catalogue_behind: documents that the catalogue lacked when it was last waited for.
    """

    def __init__(self, wait_for_catalogue: Callable[[str, float], int]) -> None:
        """Begin without callbacks.

        Args:
            wait_for_catalogue: waits for a run, at most so long [s], and returns how many of its documents are missing.
        """
        self.catalogue_behind = 0
        self._wait_for_catalogue = wait_for_catalogue
        self._guarded: list[GuardedCallback] = []

    def guard(self, callback: Callable[..., object]) -> GuardedCallback:
        """Put a callback on a thread of its own."""
        guarded = GuardedCallback(callback)
        self._guarded.append(guarded)
        return guarded

    def background(self) -> tuple[dict[str, int], tuple[str, ...]]:
        """Return how many documents wait for each callback, and what has failed."""
        queues = {each.name: each.behind for each in self._guarded}
        errors = [
            f"the callback {each.name} has failed {each.errors} times"
            + (f", and missed {each.missed} documents" if each.quarantined else "")
            for each in self._guarded
            if each.errors or each.quarantined
        ]
        if self.catalogue_behind:
            errors.append(f"the catalogue is {self.catalogue_behind} documents behind")
        return queues, tuple(errors)

    def drain(self, watch: RunWatch, timeout_s: float) -> list[str]:
        """Wait until callbacks and catalogue have all documents of a plan, and return which have not."""
        deadline_s = time.monotonic() + timeout_s

        def left_s() -> float:
            return max(0.0, deadline_s - time.monotonic())

        behind = [
            f"the callback {each.name} is {each.behind} documents behind"
            for each in self._guarded
            if not each.quarantined and not each.drain(left_s())
        ]
        for uid in watch.uids[-1:]:
            missing = self._wait_for_catalogue(uid, left_s())
            if missing:
                behind.append(f"the catalogue is {missing} documents behind")
        return behind

    def close(self) -> None:
        """End the callbacks' threads."""
        for each in self._guarded:
            each.close()
        self._guarded.clear()
