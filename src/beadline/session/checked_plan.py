"""A plan that is begun by who starts it, as far as it only asks: what it refuses, they are told at once."""

from collections.abc import Awaitable, Callable, Generator
from types import SimpleNamespace
from typing import Any

from bluesky import Msg
from bluesky.run_engine import call_in_bluesky_event_loop
from bluesky.utils import MsgGenerator, ensure_generator
from ophyd_async.core import SignalR, SignalRW

from beadline.plans import Planned, asks_only, planned_by

PATIENCE_S = 10.0
_NOTHING = object()


def checked_plan(plan: Any) -> MsgGenerator[Any]:
    """Run a plan up to the first message that does something, and return the rest of it.

    Messages before that read a setting, or ask an axis whether it would go somewhere; they are answered here, and are
    no part of what is returned.

    Args:
        plan: a fresh plan, while the RunEngine is idle.

    Raises:
        TypeError: it is no plan.
        Exception: what the plan raises for arguments it refuses.
    """
    if not hasattr(plan, "__iter__") and not hasattr(plan, "send"):
        raise TypeError(f"Cannot start {plan!r}: a plan function returns a plan, which is a generator of messages")
    planned, body = planned_by(plan), ensure_generator(plan)
    try:
        message = body.send(None)
        while (answer := _answer(message)) is not _NOTHING:
            message = body.send(answer)
    except StopIteration as end:
        return _ended(end.value)
    return _rest(body, message, planned)


def _answer(message: Msg) -> Any:
    """Ask what a message asks; `_NOTHING` if it does more than that."""
    device = message.obj
    if message.command == "wait_for" and all(asks_only(call) for call in message.args[0]):
        return [_outcome(call) for call in message.args[0]]
    if message.command == "read" and isinstance(device, SignalR):
        return _within_patience(device.read())
    if message.command == "locate" and isinstance(device, SignalRW):
        return _within_patience(device.locate())
    return _NOTHING


def _within_patience(asked: Awaitable[Any]) -> Any:
    try:
        return call_in_bluesky_event_loop(asked, timeout=PATIENCE_S)
    except TimeoutError as error:
        if str(error):
            raise
        raise TimeoutError(
            f"What a plan asks before it begins was not answered within {PATIENCE_S:g} s: this machine is too busy, or "
            "a device does not answer; try again"
        ) from error


def _outcome(call: Callable[[], Any]) -> Any:
    """Return what looks like a task that is done."""

    async def ask() -> Any:
        return await call()

    try:
        value, error = _within_patience(ask()), None
    except Exception as raised:  # noqa: BLE001 - the plan raises it when it looks
        value, error = None, raised
    return SimpleNamespace(result=lambda: _result(value, error))


def _result(value: Any, error: Exception | None) -> Any:
    if error is not None:
        raise error
    return value


def _ended(value: Any) -> MsgGenerator[Any]:
    return value
    yield  # makes it a generator, which has nothing to do


def _rest(body: Generator[Msg, Any, Any], message: Msg, planned: Planned) -> MsgGenerator[Any]:
    """Return the messages of a plan that has been begun, from one on; `planned` is for who looks what it was."""
    error: BaseException | None = None
    answer: Any = None
    while True:
        try:
            answer = yield message
        except GeneratorExit:
            body.close()
            raise
        except BaseException as raised:  # noqa: BLE001 - the plan is told
            error = raised
        try:
            message = body.send(answer) if error is None else body.throw(error)
        except StopIteration as end:
            return end.value
        error = None
