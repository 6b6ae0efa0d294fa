"""Between the blocks of a recording: whether it may go on."""

from bluesky.utils import MsgGenerator, plan

from beadline.devices import Camera

from .asking import all_of


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
