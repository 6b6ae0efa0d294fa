"""What a plan moves."""

from typing import Any, Protocol

from bluesky.protocols import Movable, Readable


class Axis(Readable[Any], Movable[float], Protocol):
    """Any positioner: ours, an EPICS motor, a classic ophyd one; it reads its position under its own name."""
