"""Ask devices something that is no reading."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from bluesky import plan_stubs as bps
from bluesky.utils import MsgGenerator

ATTEMPTS = 3
"""A pause takes the answer away; who only lists the messages of a plan never gives one."""


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
