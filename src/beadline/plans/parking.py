"""The end of a lab day: magnets up, light off."""

from bluesky import plan_stubs as bps
from bluesky.utils import MsgGenerator

from beadline.devices import Camera, Lamp, Magnets

from .abort_policy import move_away
from .arguments import plan
from .checks import at_least


@plan
def park(
    magnets: Magnets, lamp: Lamp | None = None, camera: Camera | None = None, up_mm: float | None = None
) -> MsgGenerator[None]:
    """Move the magnets up, switch the lamp off, and end the live picture.

    The magnets only move away from the sample, and do not turn: their turns are kept for the next session. Ends with
    them at up_mm, or where they are if that is higher.

    Args:
        magnets: height and turns.
        lamp: to switch off; by default it stays as it is.
        camera: whose live picture ends; by default it stays as it is.
        up_mm: where to [mm]; by default as far up as `magnets.up_mm` says.

    Raises:
        ValueError: up_mm is outside the range of the axis.
    """
    target_mm = magnets.up_mm if up_mm is None else up_mm
    at_least("up_mm", target_mm, 0, "mm")
    high_mm = magnets.height.info.high
    if high_mm is not None and target_mm > high_mm:
        raise ValueError(f"up_mm cannot be {target_mm:g} mm: {magnets.height.name} goes up to {high_mm:g} mm")
    yield from move_away(magnets, target_mm)
    if camera is not None:
        yield from bps.abs_set(camera.live, False, wait=True)
    if lamp is not None:
        yield from bps.mv(lamp.level_percent, 0.0)
