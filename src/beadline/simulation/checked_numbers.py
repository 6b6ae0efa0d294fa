"""Settings from plain data, checked."""

import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

Ranges = Mapping[str, tuple[float, float, str]]
"""Least and greatest value of settings, and their unit."""


def checked(what: str, kind: type, plain: Mapping[str, Any], ranges: Ranges) -> dict[str, Any]:
    """Return plain data with which a dataclass of settings can be made.

    Args:
        what: has these settings, to begin the sentence: "The simulated light path".
        kind: the dataclass; only a field that is None by default may be None.
        plain: the data.
        ranges: of those fields that are numbers.

    Raises:
        ValueError: a setting is unknown or out of range.
        TypeError: a setting is of the wrong kind.
    """
    known = {each.name: each for each in fields(kind)}
    if unknown := sorted(set(plain) - set(known)):
        raise ValueError(f"{what} has no setting {', '.join(unknown)}: it has {', '.join(known)}")
    for name, (low, high, unit) in ranges.items():
        if name in plain and not (plain[name] is None and known[name].default is None):
            number(name, plain[name], low, high, unit, whole=known[name].type is int)
    return dict(plain)


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
