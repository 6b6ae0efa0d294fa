"""Numbers from plain data, checked."""

import math
from typing import Any


def number(name: str, value: Any, low: float, high: float, unit: str, *, whole: bool = False) -> float:
    """Return a number of the settings.

    Raises:
        TypeError: it is no number, or not a whole one.
        ValueError: it is not from `low` to `high`.
    """
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        raise TypeError(f"{name} must be a {'whole ' if whole else ''}number, got {value!r}")
    if not (math.isfinite(value) and low <= value <= high):
        span = f"{low:g} to {high:g} {unit}".rstrip()
        raise ValueError(f"The simulated microscope cannot have {name} = {value:g} {unit}".rstrip() + f": from {span}")
    return value


def row(name: str, values: Any, length: int) -> tuple[Any, ...]:
    """Return a row of numbers of the settings.

    Raises:
        TypeError: there is something else than numbers in it.
        ValueError: there are more or fewer, or one is beyond a million.
    """
    numbers = tuple(values)
    if len(numbers) != length:
        raise ValueError(f"{name} takes {length} numbers each, got {list(numbers)}")
    return tuple(number(name, float(value), -1e6, 1e6, "") for value in numbers)
