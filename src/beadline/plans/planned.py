"""What can be told of a plan before its first message: the arguments it was made with."""

import inspect
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bluesky.utils import Plan

from beadline.devices import Camera, RingDetector


@dataclass(frozen=True)
class Planned:
    """The arguments of a plan, and what they say.

    Attributes:
        name: of the plan's function; empty when it is not known.
        arguments: by name; empty when the plan has begun already, or is not a generator.
    """

    name: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def values(self) -> list[Any]:
        """The arguments, and what is in those that are lists."""
        return list(_flat(self.arguments.values()))

    @property
    def consumers(self) -> list[RingDetector]:
        """Those that are to take the frames of a recording."""
        return [each for each in self.values if isinstance(each, RingDetector)]

    @property
    def cameras(self) -> list[Camera]:
        """The cameras that are used, also by way of their consumers."""
        known = [each for each in self.values if isinstance(each, Camera)]
        return list(dict.fromkeys([*known, *(each.camera for each in self.consumers)]))

    @property
    def moves(self) -> tuple[Any, list[float]]:
        """The axis that is moved and where to; None and nothing when the arguments do not say."""
        axis, positions = self.arguments.get("axis"), self.arguments.get("positions")
        if not hasattr(axis, "check_value") or not isinstance(positions, Iterable):
            return None, []
        return axis, [float(each) for each in positions]

    def frames(self, rate_hz: float) -> float | None:
        """Return how many frames are recorded at a frame rate [Hz]; None when the arguments do not say."""
        frames, duration_s = self.arguments.get("frames"), self.arguments.get("duration_s")
        if isinstance(frames, int | float):
            return float(frames) * max(1, len(self.moves[1]))
        return None if not isinstance(duration_s, int | float) else float(duration_s) * rate_hz


def planned_by(plan: Any) -> Planned:
    """Look at a plan without taking anything from it.

    Only one that has not begun shows its arguments, or one that has them beside it as its argument `planned`.
    """
    generator = getattr(_within(plan), "_iter", _within(plan))
    if not _is_fresh(generator):
        return Planned()
    arguments = dict(generator.gi_frame.f_locals)
    noted = arguments.get("planned")
    return noted if isinstance(noted, Planned) else Planned(generator.__name__, arguments)


def put_away(plan: Any) -> None:
    """Close a plan that is not run after all; bluesky would complain of one that was forgotten."""
    _within(plan).close()
    plan.close()


def _within(plan: Any) -> Any:
    """Return the plan in a generator that does nothing but go through it, as the RunEngine makes one."""
    inner = plan.gi_frame.f_locals.get("self") if _is_fresh(plan) else None
    return inner if isinstance(inner, Plan) else plan


def _is_fresh(plan: Any) -> bool:
    return inspect.isgenerator(plan) and inspect.getgeneratorstate(plan) == inspect.GEN_CREATED


def _flat(values: Iterable[Any]) -> Iterator[Any]:
    for each in values:
        if isinstance(each, list | tuple):
            yield from _flat(each)
        else:
            yield each
