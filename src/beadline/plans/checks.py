"""What a plan checks before its first message, and before anything moves."""

import math
from collections.abc import Iterable
from typing import Any

from bluesky import plan_stubs as bps
from bluesky.utils import MsgGenerator, plan


def at_least(name: str, value: float, least: float, unit: str = "") -> None:
    """Refuse an argument below its least value, or not finite.

    Raises:
        ValueError: with the argument's name, its value and what is allowed.
    """
    if not math.isfinite(value) or value < least:
        shown = f"{value:g} {unit}".strip()
        raise ValueError(f"{name} cannot be {shown}: it is at least {least:g} {unit}".strip())


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
    """Ask an axis whether it would go to each position, before any motion.

    Raises:
        ValueError: the axis refuses one of them.
    """
    check = getattr(axis, "check_value", None)
    if check is None:
        raise TypeError(f"Cannot use {axis.name} as an axis here: it has no check_value to ask for its limits")

    async def ask() -> None:
        for position in positions:
            answer = check(position)
            if hasattr(answer, "__await__"):
                await answer

    (asked,) = yield from bps.wait_for([ask])
    asked.result()
