"""Ask devices something that is no reading."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from bluesky import plan_stubs as bps
from bluesky.utils import MsgGenerator

ATTEMPTS = 3
"""A pause takes the answer away; who only lists the messages of a plan never gives one."""
QUESTIONS = ("ask", "check_steps")
"""Names of the calls that only ask whether something can be done; they begin nothing, and can be asked beforehand."""


def asks_only(call: Callable[[], Awaitable[Any]]) -> bool:
    """Tell whether a call of `all_of` begins nothing."""
    return getattr(call, "__name__", "") in QUESTIONS


def all_of(calls: Sequence[Callable[[], Awaitable[Any]]]) -> MsgGenerator[None]:
    """Wait for calls of devices, all at once; they are repeated when a pause comes between, and must bear that.

    Raises:
        Exception: what one of those that failed raised.
    """
    done = None
    for _ in range(ATTEMPTS):
        done = yield from bps.wait_for(calls)
        if done is not None:
            break
    for each in done or ():
        each.result()
