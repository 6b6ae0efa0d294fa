"""Set the force."""

from bluesky import plan_stubs as bps
from bluesky.utils import MsgGenerator

from beadline.devices import Force

from .arguments import plan
from .checks import check_moves


@plan
def set_force(force: Force, force_pn: float) -> MsgGenerator[None]:
    """Move the magnets to the height of a force and wait until they are there.

    The force and the height it needs are checked before anything moves. Ends with the magnets at that height. The
    height is by the law that the axis follows: in a session, that of the latest valid calibration.

    Args:
        force: the force axis, for example `magnets.force`.
        force_pn: force to set [pN].
    """
    yield from check_moves(force, [force_pn])
    yield from bps.mv(force, force_pn)
