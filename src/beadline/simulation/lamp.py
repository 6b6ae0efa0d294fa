"""The lamp of the simulated microscope."""

import threading

from .courses import Course
from .paths import Rest


class SimulatedLamp:
    """A lamp that is as bright as it was set, at once, unless it has failed: then it is dark, and does not know."""

    def __init__(self, course: Course) -> None:
        """Light it.

        Args:
            course: how bright it really was and is [%].
        """
        self._course = course
        self._level_percent = course.now()[0]
        self._failed = False
        self._lock = threading.Lock()

    def level_percent(self) -> float:
        """Read the brightness it was set to [%]."""
        return self._level_percent

    def set_level_percent(self, level_percent: float) -> None:
        """Set the brightness [%].

        Raises:
            ValueError: it is not from 0 to 100 %.
        """
        if not 0 <= level_percent <= 100:
            raise ValueError(f"Cannot set the lamp to {level_percent:g} %: its range is 0 to 100 %")
        self._become(level_percent, failed=self._failed)

    @property
    def failed(self) -> bool:
        """Whether it is dark whatever it was set to."""
        return self._failed

    def fail(self, *, failed: bool = True) -> None:
        """Go dark, or become as bright as it is set again."""
        self._become(self._level_percent, failed=failed)

    def _become(self, level_percent: float, *, failed: bool) -> None:
        with self._lock:
            self._level_percent, self._failed = level_percent, failed
            self._course.follow(lambda _: Rest(0.0 if failed else level_percent))
