"""What a plan does at its end, whatever ended it: the first error stays the error."""

import inspect
import logging
from collections.abc import Callable, Generator, Sequence
from typing import Any

from bluesky import Msg
from bluesky import plan_stubs as bps
from bluesky.utils import FailedStatus, MsgGenerator, Plan, root_ancestor, separate_devices

from .arguments import plan

log = logging.getLogger("beadline.plans")


@plan
def ended_by(body: Generator[Msg, Any, Any], ending: Callable[[], Generator[Msg, Any, Any]]) -> MsgGenerator[Any]:
    """Run the messages of `body`, then those of `ending` whatever has happened, and return what `body` returns.

    Bluesky's own `finalize_wrapper` lets an error of the ending take the place of the error that ended the body. Here
    it is logged and added to the first error as a note. A halt runs no ending.
    """
    try:
        result = yield from body
    except GeneratorExit:
        raise
    except BaseException as first:
        try:
            yield from ending()
        except Exception as later:  # noqa: BLE001 - whatever fails at the end, the first error is what is raised
            add_to(first, later)
        raise
    yield from ending()
    return result


@plan
def staged(body: Generator[Msg, Any, Any], devices: Sequence[Any]) -> MsgGenerator[Any]:
    """Run the messages of `body` with devices staged, and unstage them in reverse order whatever has happened."""
    roots = separate_devices(root_ancestor(device) for device in devices)

    def stage() -> MsgGenerator[Any]:
        yield from or_set_aside(body, bps.stage_all(*roots))
        return (yield from body)

    return (yield from ended_by(stage(), lambda: bps.unstage_all(*reversed(roots))))


def or_set_aside(body: Generator[Msg, Any, Any], before: Generator[Msg, Any, Any]) -> MsgGenerator[Any]:
    """Run the messages that come before `body`; if they do not end well, give `body` up, and return what they return.

    Bluesky warns of a plan that nobody has begun, as if `yield from` had been forgotten.
    """
    try:
        return (yield from before)
    except BaseException:
        _set_aside(body)
        raise


def _set_aside(body: Any) -> None:
    """Close a plan that has not begun, and those it was to run."""
    made = body._iter if isinstance(body, Plan) else body  # noqa: SLF001 - there is no other way to it
    if inspect.isgenerator(made) and inspect.getgeneratorstate(made) == inspect.GEN_CREATED:
        for each in inspect.getgeneratorlocals(made).values():
            if inspect.isgenerator(each) or isinstance(each, Plan):
                _set_aside(each)
    body.close()


def add_to(first: BaseException, later: Exception) -> None:
    """Keep what failed after the first error: in the log, and as a note of that error."""
    sentence = f"afterwards this failed too: {root_cause(later)}"
    log.warning("%s; %s", root_cause(first), sentence)
    first.add_note(sentence)


def root_cause(error: BaseException) -> str:
    """Return the sentence of the error that ended a plan; a failed status only says that something failed."""
    while isinstance(error, FailedStatus) and error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, KeyError) and error.args:
        return str(error.args[0])  # as text it would be in quotes
    return str(error) or type(error).__name__
