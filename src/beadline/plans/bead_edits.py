"""Add, move and remove beads by hand, and say what they are for."""

from collections.abc import Sequence

from bluesky import plan_stubs as bps
from bluesky.utils import MsgGenerator

from beadline.devices import Bead, Role, Tracker, with_bead, with_place, with_role, without

from .arguments import plan


@plan
def add_bead(
    tracker: Tracker,
    x_px: float,
    y_px: float,
    role: Role = "tether",
    allow_overlap: bool = False,  # noqa: FBT002 - arguments of a plan come by name
    window_px: int | None = None,
) -> MsgGenerator[int]:
    """Track another bead, and return its id, which no bead has had before.

    Moves nothing. The window need not be centred: it follows the bead.

    Args:
        tracker: takes the bead.
        x_px: where it is, along a row [px].
        y_px: where it is, along a column [px].
        role: "tether", "reference" or "ignored".
        allow_overlap: whether its window may overlap that of another bead.
        window_px: side of its window [px], even; that of the tracker by default.

    Raises:
        ValueError: the size is out of range, or the window would overlap another one or the edge of the frame.
    """
    bead = Bead(tracker.beads.next_id, x_px, y_px, role, window_px=window_px)
    beads = with_bead(tracker.beads.value, bead, tracker.tracker_options["window_px"], allow_overlap=allow_overlap)
    yield from bps.abs_set(tracker.beads, beads, wait=True)
    return bead.id


@plan
def move_bead(
    tracker: Tracker,
    bead: int,
    x_px: float,
    y_px: float,
    allow_overlap: bool = False,  # noqa: FBT002 - arguments of a plan come by name
) -> MsgGenerator[None]:
    """Look for a bead at another place; it keeps its id, its role, its window and its look-up table.

    Moves no motor.

    Args:
        tracker: has the bead.
        bead: its id.
        x_px: where it is, along a row [px].
        y_px: where it is, along a column [px].
        allow_overlap: whether its window may overlap that of another bead.

    Raises:
        ValueError: there is no such bead, or its window would overlap another one or the edge of the frame.
    """
    window_px = tracker.tracker_options["window_px"]
    beads = with_place(tracker.beads.value, bead, x_px, y_px, window_px, allow_overlap=allow_overlap)
    yield from bps.abs_set(tracker.beads, beads, wait=True)


@plan
def remove_beads(tracker: Tracker, beads: Sequence[int]) -> MsgGenerator[None]:
    """Forget beads; the others keep their ids, and theirs are not given again.

    Moves nothing.

    Args:
        tracker: has the beads.
        beads: ids of those to forget.

    Raises:
        ValueError: there is no such bead.
    """
    yield from bps.abs_set(tracker.beads, without(tracker.beads.value, beads), wait=True)


@plan
def set_role(
    tracker: Tracker,
    beads: Sequence[int],
    role: Role,
    allow_overlap: bool = False,  # noqa: FBT002 - arguments of a plan come by name
) -> MsgGenerator[None]:
    """Say what beads are for.

    Moves nothing.

    Args:
        tracker: has the beads.
        beads: their ids.
        role: "tether" is studied, "reference" is stuck and tells drift, "ignored" is not tracked.
        allow_overlap: let the window of a bead that was ignored overlap another.

    Raises:
        ValueError: there is no such bead or role, or the window of one that was ignored would overlap another.
    """
    window_px = tracker.tracker_options["window_px"]
    changed = with_role(tracker.beads.value, beads, role, window_px, allow_overlap=allow_overlap)
    yield from bps.abs_set(tracker.beads, changed, wait=True)
