"""What a plan checks before its first message, and before anything moves."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bluesky.utils import MsgGenerator

from beadline.devices import Camera, Force, RingDetector

from .arguments import plan
from .asking import all_of


def at_least(name: str, value: float, least: float, unit: str = "") -> None:
    """Refuse an argument below its least value, or not finite.

    Raises:
        ValueError: with the argument's name, its value and what is allowed.
    """
    if not math.isfinite(value) or value < least:
        shown = f"{value:g} {unit}".strip()
        raise ValueError(f"{name} cannot be {shown}: it is at least {least:g} {unit}".strip())


def above_zero(unit: str = "", **values: float) -> None:
    """Refuse arguments that are not finite and above zero.

    Raises:
        ValueError: with the argument's name, its value and what is allowed.
    """
    for name, value in values.items():
        if not (math.isfinite(value) and value > 0):
            raise ValueError(f"{name} cannot be {value:g} {unit}".rstrip() + f": it is above 0 {unit}".rstrip())


def not_empty(name: str, values: Sequence[Any], what: str) -> None:
    """Refuse an empty list.

    Raises:
        ValueError: with the argument's name and what to say.
    """
    if len(values) == 0:
        raise ValueError(f"{name} cannot be empty: say {what}")


def grid(start: float, stop: float, step: float, unit: str) -> list[float]:
    """Return positions from start to stop, both included, in either direction.

    Raises:
        ValueError: a number is not finite, the step is not above 0, or is not a whole part of the way.
    """
    for name, value in {"start": start, "stop": stop, "step": step}.items():
        if not math.isfinite(value):
            raise ValueError(f"{name} cannot be {value} {unit}: it is a finite number")
    above_zero(unit, step=step)
    ratio = abs(stop - start) / step
    count = round(ratio)
    if count < 1 or abs(ratio - count) > 1e-6 * count:
        raise ValueError(
            f"Cannot go from {start:g} to {stop:g} {unit} in steps of {step:g} {unit}: "
            "the way is a whole number of steps, one at least"
        )
    return [start + (stop - start) * number / count for number in range(count + 1)]


def something_to_do(consumers: Sequence[RingDetector]) -> None:
    """Refuse a recording that nobody takes.

    Raises:
        ValueError: there are no consumers.
    """
    if not consumers:
        raise ValueError("consumers cannot be empty: give the tracker, the recorder, or both")


def names(camera: Camera, consumers: Sequence[RingDetector]) -> Mapping[str, Any]:
    """Return the part of a start document that names the detectors."""
    return {"detectors": [camera.name, *(consumer.name for consumer in consumers)]}


def frames_asked(frames: int | None, duration_s: float | None) -> None:
    """Refuse anything but exactly one of a number of frames and a duration.

    Raises:
        ValueError: both or none given, or not positive.
    """
    if (frames is None) == (duration_s is None):
        raise ValueError("Say either frames or duration_s: how many frames, or for how many seconds")
    if frames is not None:
        at_least("frames", frames, 1)
    if duration_s is not None and not duration_s > 0:
        raise ValueError(f"duration_s cannot be {duration_s:g} s: it is more than 0 s")


@plan
def check_moves(axis: Any, positions: Iterable[float]) -> MsgGenerator[None]:
    """Ask an axis whether it would go to each position, one after the other, before any motion.

    Raises:
        ValueError: the axis refuses one of them.
    """
    yield from check_course([(axis, position) for position in positions])


def check_course(moves: Iterable[tuple[Any, float]]) -> MsgGenerator[None]:
    """Ask all axes whether they would make these moves, in this order, before any motion.

    Forces are heights: both count as moves of the magnets. Whether those may go down depends on where they are then.

    Raises:
        ValueError: an axis refuses one of them.
    """
    courses: dict[int, tuple[Any, list[float]]] = {}
    for axis, position in moves:
        if not hasattr(axis, "check_value"):
            raise TypeError(f"Cannot use {axis.name} as an axis here: it has no check_value to ask for its limits")
        is_force = isinstance(axis, Force) and hasattr(axis.height, "check_value")
        mover, place = (axis.height, axis.height_for(position)) if is_force else (axis, position)
        courses.setdefault(id(mover), (mover, []))[1].append(place)

    async def ask() -> None:
        for mover, places in courses.values():
            await ask_course(mover, places)

    yield from all_of([ask])


async def ask_course(axis: Any, positions: Sequence[float], *start: float) -> None:
    """Ask one axis, from where it is or will be by then.

    Raises:
        ValueError: it refuses one of them.
    """
    if hasattr(axis, "check_course"):
        await axis.check_course(positions, *start)
        return
    for position in dict.fromkeys(positions):
        answer = axis.check_value(position)
        if hasattr(answer, "__await__"):
            await answer
