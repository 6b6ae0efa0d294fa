"""Before a run: whether it may begin. Between the blocks of a recording: whether it may go on."""

import asyncio
from collections.abc import Callable
from typing import Any

from bluesky.utils import MsgGenerator, plan

from beadline.devices import Camera
from beadline.status import Finding

from .asking import all_of
from .planned import Planned, planned_by, put_away


class RunRefused(RuntimeError):
    """A run cannot begin; the message says all that prevents it."""


class GuardTripped(RuntimeError):
    """A guard has ended a run early; what was recorded until then is there."""


@plan
def look_at_guards(camera: Camera) -> MsgGenerator[None]:
    """Ask the guards of the camera's workbench whether a recording may go on.

    Raises:
        GuardTripped: with the sentences of those that end it.
    """
    workbench = camera.workbench
    guards = [*([workbench.disk] if workbench.disk is not None else []), *workbench.guards]
    if not guards:
        return
    said: list[str] = []

    async def ask() -> None:
        said[:] = [sentence for guard in guards if (sentence := await guard(camera))]

    yield from all_of([ask])
    if said:
        raise GuardTripped("; ".join(said))


@plan
def checked_first(
    body: Any, findings: Callable[[Planned], list[Finding]], tell: Callable[[list[Finding]], Any]
) -> MsgGenerator[Any]:
    """Look around before the first message of a plan that uses a camera, and refuse it if something prevents a run.

    Args:
        body: the plan, fresh.
        findings: returns what is found of what its arguments say; called on a thread.
        tell: told what is found and prevents nothing.

    Raises:
        RunRefused: with the sentences of all that prevents it.
    """
    planned, found = planned_by(body), list[Finding]()
    if not planned.cameras:
        return (yield from body)

    async def look() -> None:
        found[:] = await asyncio.to_thread(findings, planned)

    yield from all_of([look])
    if prevents := [each for each in found if each.prevents_run]:
        put_away(body)
        sentences = "; ".join(f"{each.where}: {each.sentence}" for each in prevents)
        raise RunRefused(f"Cannot begin {planned.name}: {sentences}")
    tell(found)
    return (yield from body)
