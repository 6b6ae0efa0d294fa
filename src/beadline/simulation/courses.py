"""Courses: how an axis or a lamp went, so that a frame can be drawn for the moment it was exposed."""

import math
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

_KEPT = 4096


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


class Course:
    """One path after another, each from a moment on; safe to read and to change from several threads."""

    def __init__(self, place: float, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._legs: deque[tuple[float, Path]] = deque([(-math.inf, Rest(place))], maxlen=_KEPT)

    def now(self) -> tuple[float, bool]:
        """Return the place now, and whether it is still on its way."""
        with self._lock:
            return self._now(self._clock())

    def at(self, time_s: float) -> float:
        """Return the place at a moment, also one before the newest path began."""
        with self._lock:
            return self._at(time_s)

    def follow(self, path_from: Callable[[float], Path]) -> None:
        """Begin a path now, from the present place."""
        with self._lock:
            now_s = self._clock()
            self._legs.append((now_s, path_from(self._at(now_s))))

    def stop(self) -> None:
        """Stay where it is now; harmless at rest."""
        with self._lock:
            now_s = self._clock()
            place, moving = self._now(now_s)
            if moving:
                self._legs.append((now_s, Rest(place)))

    def _now(self, now_s: float) -> tuple[float, bool]:
        began_s, path = self._legs[-1]
        return self._at(now_s), now_s - began_s < path.duration_s

    def _at(self, time_s: float) -> float:
        for began_s, path in reversed(self._legs):
            if began_s <= time_s:
                return path.position(time_s - began_s) if math.isfinite(began_s) else path.position(0.0)
        return self._legs[0][1].position(0.0)
