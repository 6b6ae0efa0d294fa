"""Courses: how an axis or a lamp went, so that a frame can be drawn for the moment it was exposed."""

import math
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from .paths import Path, Rest

_KEPT = 4096


@dataclass(frozen=True)
class _Leg:
    """One path, and what is left behind on it.

    Attributes:
        began_s: when it begins [s].
        path: where the controller believes to be.
        behind: how far the motor was from that at the beginning, by steps it had lost.
        lost_share: share of the way that is lost on this path.
        carried: where the load was at the beginning.
    """

    began_s: float
    path: Path
    behind: float
    lost_share: float
    carried: float

    def place(self, time_s: float) -> float:
        return self.path.position(time_s - self.began_s if math.isfinite(self.began_s) else 0.0)

    def behind_at(self, time_s: float) -> float:
        if not self.lost_share:
            return self.behind
        return self.behind - self.lost_share * (self.place(time_s) - self.path.position(0.0))


class Course:
    """One path after another, each from a moment on; safe to read and to change from several threads.

    Of an axis there are two courses: that of the controller, which it tells, and that of what the axis carries. They
    differ by the steps that the motor has lost, and by the play between motor and load. On a path that runs one way
    the load stands still until the motor has taken up the play, and is drawn along from there.
    """

    def __init__(
        self,
        place: float,
        clock: Callable[[], float],
        *,
        play: float = 0.0,
        stops: tuple[float, float] = (-math.inf, math.inf),
    ) -> None:
        """Begin at rest.

        Args:
            place: where.
            clock: the host's monotonic time [s].
            play: way of the motor, after it has turned back, before the load follows.
            stops: least and greatest place of the load, whatever the motor does.
        """
        self._clock = clock
        self._half = play / 2
        self._stops = stops
        self._lost_share = 0.0
        self._lock = threading.Lock()
        self._legs: deque[_Leg] = deque([_Leg(-math.inf, Rest(place), 0.0, 0.0, place)], maxlen=_KEPT)

    def now(self) -> tuple[float, bool]:
        """Return the place its controller tells now, and whether it is still on its way."""
        with self._lock:
            return self._now(self._clock())

    def at(self, time_s: float) -> float:
        """Return the place of the load at a moment, also one before the newest path began."""
        with self._lock:
            return self._load(time_s)

    def changes(self, begin_s: float, end_s: float) -> list[float]:
        """Return the moments between two at which a path begins or arrives [s], rising."""
        moments: set[float] = set()
        with self._lock:
            for leg in reversed(self._legs):
                moments |= {leg.began_s, leg.began_s + leg.path.duration_s}
                if leg.began_s <= begin_s:
                    break
        return sorted(each for each in moments if begin_s < each < end_s)

    def load_now(self) -> float:
        """Return the place of the load now."""
        with self._lock:
            return self._load(self._clock())

    def follow(self, *paths_from: Callable[[float], Path]) -> None:
        """Begin a path now, from the present place, and each further one when that before has arrived."""
        with self._lock:
            begin_s = self._clock()
            for path_from in paths_from:
                path = path_from(self._leg(begin_s).place(begin_s))
                self._append(begin_s, path)
                begin_s += path.duration_s

    def stop(self) -> None:
        """Stay where it is now; harmless at rest."""
        with self._lock:
            now_s = self._clock()
            place, moving = self._now(now_s)
            if moving:
                self._append(now_s, Rest(place))

    def lose(self, share: float) -> None:
        """Lose a share of the way of all paths that begin from now on; what is lost stays lost."""
        with self._lock:
            self._lost_share = share

    @property
    def lost_share(self) -> float:
        """Share of the way of each path that is lost."""
        return self._lost_share

    def _append(self, begin_s: float, path: Path) -> None:
        behind, load = self._leg(begin_s).behind_at(begin_s), self._load(begin_s)
        self._legs.append(_Leg(begin_s, path, behind, self._lost_share, load))

    def _now(self, now_s: float) -> tuple[float, bool]:
        last = self._legs[-1]
        return self._leg(now_s).place(now_s), now_s - last.began_s < last.path.duration_s

    def _load(self, time_s: float) -> float:
        leg = self._leg(time_s)
        motor = leg.place(time_s) + leg.behind_at(time_s)
        load = min(max(leg.carried, motor - self._half), motor + self._half)
        return min(max(load, self._stops[0]), self._stops[1])

    def _leg(self, time_s: float) -> _Leg:
        for leg in reversed(self._legs):
            if leg.began_s <= time_s:
                return leg
        return self._legs[0]
