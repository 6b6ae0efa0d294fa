"""A plan on the clock of a microscope in lock-step."""

import asyncio
from collections.abc import Generator
from typing import Any

from bluesky import Msg
from bluesky import preprocessors as bpp
from bluesky.utils import MsgGenerator

from beadline.devices import LockStepClock

from .arguments import plan

WAITS = ("wait", "wait_for")


@plan
def on_instrument_time(body: Generator[Msg, Any, Any], clock: LockStepClock) -> MsgGenerator[Any]:
    """Run the messages of `body` so that time passes only while they wait, and return what `body` returns.

    Its sleeps last as long on the clock of the microscope as they are said to, however long that is for the host.

    Args:
        body: any plan.
        clock: of the camera.
    """

    def waiting(message: Msg) -> MsgGenerator[Any]:
        clock.plan_goes_on = False
        try:
            return (yield message)
        finally:
            clock.plan_goes_on = True

    def sleeping(message: Msg) -> MsgGenerator[None]:
        naps: list[asyncio.Future[None]] = []

        def nap() -> asyncio.Future[None]:
            """Begin to sleep, also again after a pause."""
            _wake(naps)
            naps.append(asyncio.ensure_future(clock.sleep_of_plan(message.args[0])))
            return naps[-1]

        try:
            yield from waiting(Msg("wait_for", None, [nap]))
            if naps[-1].done():  # after a pause there is no answer, and the last nap may have been broken off
                naps[-1].result()
        finally:
            _wake(naps)

    def change(message: Msg) -> tuple[MsgGenerator[Any] | None, None]:
        if message.command == "sleep":
            return sleeping(message), None
        return (waiting(message) if message.command in WAITS else None), None

    clock.plan_goes_on = True
    try:
        return (yield from bpp.plan_mutator(body, change))
    finally:
        clock.plan_goes_on = False


def _wake(naps: "list[asyncio.Future[None]]") -> None:
    """End sleeps that nobody waits for any more; an error of one that is over has been told to others."""
    for each in naps:
        if not each.cancel() and not each.cancelled():
            each.exception()
    naps.clear()
