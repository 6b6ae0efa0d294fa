"""The axes of the simulated microscope."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass

from beadline.hardware import AxisInfo, AxisState

from .courses import Course
from .instrument_settings import InstrumentSettings
from .paths import Approach, Path, Trapezoid
from .random_numbers import mixed, normals

FOCUS_LOW_UM, FOCUS_HIGH_UM = 0.0, 100.0
FOCUS_TOLERANCE_UM = 0.002
HEIGHT_LOW_MM, HEIGHT_HIGH_MM = 0.4, 20.0
STAGE_REACH_UM, STAGE_SPEED, STAGE_ACCELERATION = 10000.0, 1000.0, 10000.0
_PER_SECOND = 1e9
DEFAULTS = InstrumentSettings()


@dataclass
class AxisFaults:
    """What is wrong with an axis now.

    Attributes:
        stuck: it takes commands and does not move.
        overshoot: how far it runs beyond each target, before it comes back.
        broken: it answers nothing.
        noise: root-mean-square error of what it reads back.
    """

    stuck: bool = False
    overshoot: float = 0.0
    broken: bool = False
    noise: float = 0.0


class SimulatedAxis:
    """An axis that follows its path exactly unless it has faults; the path is kept, so a frame knows where it was."""

    def __init__(
        self,
        name: str,
        info: AxisInfo,
        course: Course,
        path: Callable[[float, float, float], Path],
        *,
        noise: float = 0.0,
        clock: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """Describe the axis.

        Args:
            name: for messages.
            info: limits and so on.
            course: where it was and is.
            path: from a place to a target, no faster than a speed.
            noise: root-mean-square noise of the read-back.
            clock: the host's monotonic time [s], of which that noise is a function.
        """
        self.course = course
        self.faults = AxisFaults(noise=noise)
        self._name = name
        self._info = info
        self._path = path
        self._usual_noise = noise
        self._clock = clock
        self._key = mixed(sum(map(ord, name)), 0)

    @property
    def unit(self) -> str:
        """Unit of its positions."""
        return self._info.unit

    def open(self) -> AxisInfo:
        """Describe the axis; moves nothing."""
        self._must_answer()
        return self._info

    def state(self) -> AxisState:
        """Read position and motion.

        Raises:
            OSError: it is broken.
        """
        self._must_answer()
        position, moving = self.course.now()
        if self.faults.noise:
            moment = mixed(self._key, round(self._clock() * _PER_SECOND))
            position += self.faults.noise * float(normals(moment, 1)[0])
        return AxisState(position, moving)

    def move(self, target: float, speed: float | None = None) -> None:
        """Start a move and return at once, no faster than `speed` if one is given.

        Raises:
            ValueError: the target is outside the limits, or no number, or the speed not above 0.
            OSError: it is broken.
        """
        self._must_answer()
        low, high, unit = self._info.low, self._info.high, self._info.unit
        if not math.isfinite(target):
            raise ValueError(f"Cannot move {self._name} to {target} {unit}: a target is a finite number")
        if (low is not None and target < low) or (high is not None and target > high):
            raise ValueError(f"Cannot move {self._name} to {target:g} {unit}: its range is {low:g} to {high:g} {unit}")
        if speed is not None and not speed > 0:
            raise ValueError(f"Cannot move {self._name} at {speed:g} {unit}/s: a speed is more than 0 {unit}/s")
        if self.faults.stuck:
            return
        fastest = self._info.speed if speed is None else min(speed, self._info.speed)
        self.course.follow(*[lambda start, to=to: self._path(start, to, fastest) for to in self._by_way_of(target)])

    def stop(self) -> None:
        """Stop now, dead; harmless at rest, and one that is broken stands still already."""
        self.course.stop()

    def close(self) -> None:
        """Stop. Harmless when closed."""
        self.course.stop()

    def mend(self) -> None:
        """Have no faults; steps that were lost stay lost."""
        self.faults = AxisFaults(noise=self._usual_noise)
        self.course.lose(0.0)

    def wrong(self) -> dict[str, float]:
        """Return its faults by name; none when it is as it should be."""
        wrong = {**asdict(self.faults), "lost_share": self.course.lost_share}
        return {name: value for name, value in wrong.items() if value and (name, value) != ("noise", self._usual_noise)}

    def _by_way_of(self, target: float) -> list[float]:
        beyond = math.copysign(self.faults.overshoot, target - self.course.now()[0])
        return [target + beyond, target] if beyond else [target]

    def _must_answer(self) -> None:
        if self.faults.broken:
            raise OSError(f"{self._name} does not answer: its controller is silent; check its cable and power")


def focus_axis(course: Course, settings: InstrumentSettings = DEFAULTS) -> SimulatedAxis:
    """Return a focus piezo [µm] that settles exponentially."""
    info = AxisInfo("um", FOCUS_LOW_UM, FOCUS_HIGH_UM, tolerance=FOCUS_TOLERANCE_UM, settle_s=0.01, speed=1000.0)
    time_constant_s = settings.focus_time_constant_s
    return SimulatedAxis(
        "focus", info, course, lambda start, target, _: Approach(start, target, time_constant_s, FOCUS_TOLERANCE_UM)
    )


def height_axis(
    course: Course,
    low_mm: float,
    high_mm: float,
    settings: InstrumentSettings = DEFAULTS,
    clock: Callable[[], float] = lambda: 0.0,
) -> SimulatedAxis:
    """Return a magnet height [mm] with the ramps of a motor."""
    speed, acceleration = settings.magnet_speed_mm_per_s, settings.magnet_acceleration_mm_per_s2
    return SimulatedAxis(
        "magnet_height",
        AxisInfo("mm", low_mm, high_mm, tolerance=0.001, speed=speed),
        course,
        lambda start, target, fastest: Trapezoid(start, target, fastest, acceleration),
        noise=settings.magnet_noise_mm,
        clock=clock,
    )


def turns_axis(course: Course, settings: InstrumentSettings = DEFAULTS) -> SimulatedAxis:
    """Return a magnet rotation [turns] without end."""
    speed, acceleration = settings.turns_per_s, settings.turns_per_s2
    return SimulatedAxis(
        "magnet_turns",
        AxisInfo("turns", None, None, tolerance=0.001, speed=speed),
        course,
        lambda start, target, fastest: Trapezoid(start, target, fastest, acceleration),
    )


def stage_axis(name: str, course: Course) -> SimulatedAxis:
    """Return one axis of the stage [µm]; the sample moves with it."""
    return SimulatedAxis(
        name,
        AxisInfo("um", -STAGE_REACH_UM, STAGE_REACH_UM, tolerance=0.05, speed=STAGE_SPEED),
        course,
        lambda start, target, fastest: Trapezoid(start, target, fastest, STAGE_ACCELERATION),
    )
