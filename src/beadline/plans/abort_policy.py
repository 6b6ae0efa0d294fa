"""What becomes of the magnets when a plan is aborted: they hold, or go away from the sample, and never turn."""

from collections.abc import Generator
from typing import Any

from bluesky import Msg
from bluesky import plan_stubs as bps
from bluesky import preprocessors as bpp
from bluesky.utils import MsgGenerator, RequestStop

from beadline.devices import Magnets

from .arguments import plan
from .endings import add_to

BEGINNINGS = ("open_run", "kickoff")


@plan
def with_abort_policy(body: Generator[Msg, Any, Any], magnets: Magnets) -> MsgGenerator[Any]:
    """Run the messages of `body`; if they are aborted or fail, do with the magnets what `magnets.on_abort` says.

    A session puts it around every plan. It comes after all that the plan itself does at its end. A plan that was
    stopped has done what was wanted, and a halt leaves everything as it is; so does a plan that was refused, or ended
    otherwise, before it has opened a run, begun a recording, or moved an axis.

    Args:
        body: any plan.
        magnets: hold, go up, or go to a low force; never toward the sample, and never turn.
    """
    begun: list[Msg] = []

    def watched(message: Msg) -> Msg:
        if not begun and _begins(message):
            begun.append(message)
        return message

    try:
        return (yield from bpp.msg_mutator(body, watched))
    except (GeneratorExit, RequestStop):
        raise
    except BaseException as first:
        if not begun:
            raise
        try:
            yield from leave_safely(magnets)
        except Exception as later:  # noqa: BLE001 - whatever fails at the end, the first error is what is raised
            add_to(first, later)
        raise


def _begins(message: Msg) -> bool:
    """Whether more than a question has been asked, after this message."""
    moves = message.command == "set" and hasattr(message.obj, "check_value")
    return moves or message.command in BEGINNINGS


@plan
def leave_safely(magnets: Magnets) -> MsgGenerator[None]:
    """Stop the magnets, then do with them what `magnets.on_abort` says, unless that would bring them nearer."""
    yield from bps.stop(magnets.height)
    yield from bps.stop(magnets.turns)
    policy = yield from bps.rd(magnets.on_abort)
    if policy == "retract":
        yield from move_away(magnets, magnets.up_mm)
    elif policy == "park_force":
        force_pn = yield from bps.rd(magnets.park_force_pn)
        yield from move_away(magnets, float(magnets.force.law.height_mm(force_pn)))


@plan
def move_away(magnets: Magnets, height_mm: float) -> MsgGenerator[None]:
    """Move the magnets up to a height [mm]; if they are there or higher, they stay."""
    now_mm = yield from bps.rd(magnets.height)
    if height_mm > now_mm:
        yield from bps.mv(magnets.height, height_mm)
