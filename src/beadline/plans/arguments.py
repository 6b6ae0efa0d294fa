"""The decorator of every plan: its numbers are checked where it is called, before there is a plan at all."""

import functools
import inspect
import math
import numbers
import typing
from collections.abc import Callable, Generator
from typing import Any, ParamSpec, TypeVar

from bluesky import Msg
from bluesky.utils import plan as warns_if_forgotten

P = ParamSpec("P")
T = TypeVar("T")


def plan(function: Callable[P, Generator[Msg, Any, T]]) -> Callable[P, Generator[Msg, Any, T]]:
    """Make a function a plan: it warns when it is forgotten, and refuses numbers that are none.

    A parameter that is annotated as `float` or `int` takes a finite number, and a whole one for `int`. What else a
    number has to be the plan says itself. Raises where the plan is called, not where it runs.

    Args:
        function: a generator function with annotated parameters.
    """
    make = warns_if_forgotten(function)
    signature = inspect.signature(function)

    @functools.wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> Generator[Msg, Any, T]:
        try:
            given = signature.bind(*args, **kwargs).arguments
        except TypeError as error:
            raise TypeError(f"{function.__name__}: {error}") from None
        for name, kind in _numbers_of(function).items():
            if given.get(name) is not None:
                _check(function.__name__, name, given[name], kind)
        return make(*args, **kwargs)

    return checked


@functools.cache
def _numbers_of(function: Callable[..., Any]) -> dict[str, type]:
    hints = typing.get_type_hints(function).items()
    wanted = ((name, each) for each in (float, int) for name, kind in hints if kind in (each, each | None))
    return {name: each for name, each in wanted if name != "return"}


def _check(plan_name: str, name: str, value: Any, kind: type) -> None:
    wanted = "a whole number" if kind is int else "a finite number"
    refused = f"{plan_name}: {name} cannot be {value!r}: it is {wanted}"
    if not isinstance(value, numbers.Real):
        raise TypeError(refused)
    if not math.isfinite(value) or (kind is int and value != round(value)):
        raise ValueError(refused)
