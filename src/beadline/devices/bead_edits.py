"""Changes to a set of beads: each takes one and returns another, and sets nothing."""

from collections.abc import Sequence
from dataclasses import replace

from .bead_table import Bead, Role

Beads = tuple[Bead, ...]


def with_bead(beads: Sequence[Bead], bead: Bead, window_px: int, *, allow_overlap: bool = False) -> Beads:
    """Return the beads and another one.

    Args:
        beads: those there are.
        bead: the other one.
        window_px: side of the window of a bead that has no other [px].
        allow_overlap: whether its window may overlap that of another bead.

    Raises:
        ValueError: its window would overlap that of another bead.
    """
    if not allow_overlap:
        _check_overlap(beads, bead, window_px)
    return (*beads, bead)


def with_place(
    beads: Sequence[Bead], number: int, x_px: float, y_px: float, window_px: int, *, allow_overlap: bool = False
) -> Beads:
    """Return the beads with one at another place; it keeps its id, its role and its look-up table.

    Raises:
        ValueError: there is no such bead, or its window would overlap that of another one.
    """
    _check_known(beads, [number])
    moved = tuple(replace(bead, x_px=x_px, y_px=y_px) if bead.id == number else bead for bead in beads)
    if not allow_overlap:
        for bead in moved:
            if bead.id == number:
                _check_overlap(moved, bead, window_px)
    return moved


def without(beads: Sequence[Bead], numbers: Sequence[int]) -> Beads:
    """Return the beads but some; the others keep their ids.

    Raises:
        ValueError: there is no such bead.
    """
    _check_known(beads, numbers)
    return tuple(bead for bead in beads if bead.id not in numbers)


def with_role(
    beads: Sequence[Bead], numbers: Sequence[int], role: Role, window_px: int, *, allow_overlap: bool = False
) -> Beads:
    """Return the beads with the role of some changed.

    Raises:
        ValueError: there is no such bead or role, or the window of one that was ignored would overlap another.
    """
    _check_known(beads, numbers)
    changed = tuple(replace(bead, role=role) if bead.id in numbers else bead for bead in beads)
    if not allow_overlap:
        for before, bead in zip(beads, changed, strict=True):
            if before.role == "ignored":
                _check_overlap(changed, bead, window_px)
    return changed


def overlapping(beads: Sequence[Bead], bead: Bead, window_px: int) -> list[int]:
    """Return the ids of the other beads whose windows a bead's would overlap; an ignored bead has no window.

    Args:
        beads: all beads.
        bead: the one that is asked about.
        window_px: side of the window of a bead that has no other [px].
    """
    return [
        other.id
        for other in beads
        if other.id != bead.id
        and "ignored" not in (bead.role, other.role)
        and apart_px(bead, other) < (_side(bead, window_px) + _side(other, window_px)) / 2
    ]


def apart_px(one: Bead, other: Bead) -> float:
    """Return how far from each other beads are along the axis on which they are farther [px]."""
    return max(abs(one.x_px - other.x_px), abs(one.y_px - other.y_px))


def _side(bead: Bead, window_px: int) -> int:
    return window_px if bead.window_px is None else bead.window_px


def _check_overlap(beads: Sequence[Bead], bead: Bead, window_px: int) -> None:
    if others := overlapping(beads, bead, window_px):
        raise ValueError(
            f"Cannot track bead {bead.id} at ({bead.x_px:.1f}, {bead.y_px:.1f}) px: its window of "
            f"{_side(bead, window_px)} px would overlap that of bead {', '.join(map(str, others))}; "
            "choose another place, or allow_overlap=True"
        )


def _check_known(beads: Sequence[Bead], numbers: Sequence[int]) -> None:
    known = sorted(bead.id for bead in beads)
    if unknown := sorted(set(numbers) - set(known)):
        raise ValueError(f"There is no bead {', '.join(map(str, unknown))}: the beads are {known}")
