"""Paths: the ways an axis can go from one place to another."""

import math
from dataclasses import dataclass
from typing import Protocol


class Path(Protocol):
    """One way from somewhere to somewhere."""

    @property
    def duration_s(self) -> float:
        """Time until it counts as arrived [s]."""
        ...

    def position(self, elapsed_s: float) -> float:
        """Return where it is after a time."""
        ...


@dataclass(frozen=True)
class Rest:
    """Stays where it is."""

    place: float
    duration_s: float = 0.0

    def position(self, elapsed_s: float) -> float:
        """Return the place, whatever the time."""
        return self.place


@dataclass(frozen=True)
class Approach:
    """Nears its target exponentially, as a piezo under control does.

    Attributes:
        start: where it begins.
        target: where it ends.
        time_constant_s: time to a distance e times smaller [s].
        tolerance: distance at which it counts as arrived.
    """

    start: float
    target: float
    time_constant_s: float
    tolerance: float

    @property
    def duration_s(self) -> float:
        """Time until it is within the tolerance [s]."""
        distance = abs(self.target - self.start)
        return self.time_constant_s * math.log(distance / self.tolerance) if distance > self.tolerance else 0.0

    def position(self, elapsed_s: float) -> float:
        """Return where it is after a time [s]."""
        return self.target + (self.start - self.target) * math.exp(-elapsed_s / self.time_constant_s)


@dataclass(frozen=True)
class Trapezoid:
    """Speeds up, runs, and slows down, as a motor does.

    Attributes:
        start: where it begins, at rest.
        target: where it ends, at rest.
        speed: greatest [unit/s].
        acceleration: [unit/s²].
    """

    start: float
    target: float
    speed: float
    acceleration: float

    @property
    def _ramp_s(self) -> float:
        return min(self.speed / self.acceleration, math.sqrt(abs(self.target - self.start) / self.acceleration))

    @property
    def duration_s(self) -> float:
        """Time of the whole way [s]."""
        ramp_s = self._ramp_s
        return ramp_s + abs(self.target - self.start) / (self.acceleration * ramp_s) if ramp_s > 0 else 0.0

    def position(self, elapsed_s: float) -> float:
        """Return where it is after a time [s]."""
        ramp_s, duration_s = self._ramp_s, self.duration_s
        if elapsed_s >= duration_s:
            return self.target
        up_s, down_s = min(elapsed_s, ramp_s), max(elapsed_s - (duration_s - ramp_s), 0.0)
        gone = self.acceleration * (0.5 * up_s**2 + ramp_s * (elapsed_s - up_s) - 0.5 * down_s**2)
        gone = min(gone, abs(self.target - self.start))
        return self.start + math.copysign(gone, self.target - self.start)
