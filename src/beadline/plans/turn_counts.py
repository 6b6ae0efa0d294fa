"""Decide which count of the turns is right."""

from typing import Literal

from bluesky import plan_stubs as bps
from bluesky.utils import MsgGenerator

from beadline.devices import MagnetTurns

from .arguments import plan


@plan
def trust_turns(turns: MagnetTurns, source: Literal["stored", "controller"]) -> MsgGenerator[None]:
    """Say whether the store or the controller is right about the turns of the magnets.

    Moves nothing; from now on turns are counted from that number.

    Args:
        turns: the magnet rotation.
        source: "stored" if the controller has lost its count, as after its power was off; "controller" if the magnets
            were turned by other means than beadline.

    Raises:
        ValueError: neither of them.
    """
    if source not in ("stored", "controller"):
        raise ValueError(f'source cannot be {source!r}: say "stored" or "controller"')
    yield from bps.abs_set(turns.trusted, source, wait=True)
