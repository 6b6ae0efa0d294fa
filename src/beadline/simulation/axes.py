"""The axes and the lamp of the simulated microscope."""

import math
from collections.abc import Callable

from beadline.hardware import AxisInfo, AxisState

from .courses import Approach, Course, Path, Rest, Trapezoid

FOCUS_INFO = AxisInfo("um", 0.0, 100.0, tolerance=0.002, settle_s=0.01, speed=1000.0)
TURNS_INFO = AxisInfo("turns", None, None, tolerance=0.001, speed=5.0)
FOCUS_TIME_CONSTANT_S = 0.004
HEIGHT_LOW_MM, HEIGHT_HIGH_MM = 0.4, 20.0
_SPEED, _ACCELERATION = 10.0, 50.0


class SimulatedAxis:
    """An axis that follows its path exactly; the path is kept, so a frame knows where it was."""

    def __init__(self, name: str, info: AxisInfo, course: Course, path: Callable[[float, float], Path]) -> None:
        """Describe the axis.

        Args:
            name: for messages.
            info: limits and so on.
            course: where it was and is.
            path: from a place to a target.
        """
        self._name = name
        self._info = info
        self._course = course
        self._path = path

    def open(self) -> AxisInfo:
        """Describe the axis; moves nothing."""
        return self._info

    def state(self) -> AxisState:
        """Read position and motion."""
        position, moving = self._course.now()
        return AxisState(position, moving)

    def move(self, target: float) -> None:
        """Start a move and return at once.

        Raises:
            ValueError: the target is outside the limits, or no number.
        """
        low, high, unit = self._info.low, self._info.high, self._info.unit
        if not math.isfinite(target):
            raise ValueError(f"Cannot move {self._name} to {target} {unit}: a target is a finite number")
        if (low is not None and target < low) or (high is not None and target > high):
            raise ValueError(f"Cannot move {self._name} to {target:g} {unit}: its range is {low:g} to {high:g} {unit}")
        self._course.follow(lambda start: self._path(start, target))

    def stop(self) -> None:
        """Stop now, dead; harmless at rest."""
        self._course.stop()

    def close(self) -> None:
        """Stop. Harmless when closed."""
        self._course.stop()


class SimulatedLamp:
    """A lamp that is as bright as it was set, at once."""

    def __init__(self, course: Course) -> None:
        self._course = course

    def level_percent(self) -> float:
        """Read the brightness [%]."""
        return self._course.now()[0]

    def set_level_percent(self, level_percent: float) -> None:
        """Set the brightness [%].

        Raises:
            ValueError: it is not from 0 to 100 %.
        """
        if not 0 <= level_percent <= 100:
            raise ValueError(f"Cannot set the lamp to {level_percent:g} %: its range is 0 to 100 %")
        self._course.follow(lambda _: Rest(level_percent))


def focus_axis(course: Course) -> SimulatedAxis:
    """Return a focus piezo [µm] that settles exponentially."""
    return SimulatedAxis(
        "focus",
        FOCUS_INFO,
        course,
        lambda start, target: Approach(start, target, FOCUS_TIME_CONSTANT_S, FOCUS_INFO.tolerance),
    )


def height_axis(course: Course, low_mm: float, high_mm: float) -> SimulatedAxis:
    """Return a magnet height [mm] with the ramps of a motor."""
    info = AxisInfo("mm", low_mm, high_mm, tolerance=0.001, speed=_SPEED)
    return SimulatedAxis(
        "magnet_height", info, course, lambda start, target: Trapezoid(start, target, _SPEED, _ACCELERATION)
    )


def turns_axis(course: Course) -> SimulatedAxis:
    """Return a magnet rotation [turns] without end."""
    return SimulatedAxis(
        "magnet_turns",
        TURNS_INFO,
        course,
        lambda start, target: Trapezoid(start, target, TURNS_INFO.speed, _ACCELERATION),
    )
