"""Live mode: the camera runs outside runs, for preview and for choosing beads."""

from bluesky import plan_stubs as bps
from bluesky.utils import MsgGenerator

from beadline.devices import Camera

from .arguments import plan


@plan
def live(camera: Camera, on: bool = True) -> MsgGenerator[None]:  # noqa: FBT002 - queue servers pass it by name
    """Start the camera's live stream, or stop it; writes no file and makes no run.

    Args:
        camera: which camera.
        on: False stops it.
    """
    yield from bps.abs_set(camera.live, on, wait=True)
