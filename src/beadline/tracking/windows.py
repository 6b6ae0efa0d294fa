"""Where the windows of the beads lie, and how they follow."""

import numpy as np
from numpy.typing import NDArray

from beadline.tracks import Flag, column_index, valid

Sizes = int | NDArray[np.integer]
FOLLOW_SHARE = 0.05
"""So far from the middle, as a share of the side of its window, a bead is still found in (almost) every frame."""

_X, _Y = column_index("x_px"), column_index("y_px")


def window_origins(x_px: NDArray[np.floating], y_px: NDArray[np.floating], window_px: Sizes) -> NDArray[np.int32]:
    """Return the top left pixels of windows centred on beads.

    Args:
        x_px: centres along a row [px], shape (beads,).
        y_px: centres along a column [px], shape (beads,).
        window_px: side of a window [px], or of each, shape (beads,).

    Returns:
        x and y [px], shape (beads, 2); a window may reach over the edge of the frame.
    """
    centres = np.stack((np.asarray(x_px, np.float64), np.asarray(y_px, np.float64)), axis=-1)
    sides = np.asarray(window_px)[..., None]
    # the centre of a window of even side lies between two pixels
    return np.rint(centres - (sides - 1) / 2).astype(np.int32)


def next_origins(
    origins: NDArray[np.int32],
    tracks: NDArray[np.float32],
    flags: NDArray[np.uint16],
    frame_shape: tuple[int, ...],
    window_px: Sizes,
    *,
    follow_px: float = 3.0,
) -> NDArray[np.int32]:
    """Return the windows for the next frame: centred again on beads that moved, as they were for all others.

    Args:
        origins: windows of this frame, x and y [px], shape (beads, 2).
        tracks: what was measured in them, shape (beads, columns).
        flags: flags of the tracks, shape (beads,); a lost bead keeps its window.
        frame_shape: rows and columns of the frame; windows stay inside.
        window_px: side of a window [px], or of each, shape (beads,).
        follow_px: how far a bead may be from the middle of its window, along either axis [px]; in a small window no
            more than a twentieth of its side, as less is left of the rings on one side.

    Returns:
        x and y [px], shape (beads, 2).
    """
    rows, columns = frame_shape[-2:]
    sides = np.broadcast_to(np.asarray(window_px), len(origins))
    moved = _moved(origins, tracks, flags, sides, follow_px)
    new = origins.copy()
    new[moved] = window_origins(tracks[moved, _X], tracks[moved, _Y], sides[moved])
    new[moved] = np.clip(new[moved], 0, np.array((columns, rows)) - sides[moved, None])
    return new


def frames_in_place(
    origins: NDArray[np.int32],
    tracks: NDArray[np.float32],
    flags: NDArray[np.uint16],
    window_px: Sizes,
    *,
    follow_px: float = 3.0,
) -> int:
    """Return how many frames, measured in the same windows, would be so if `next_origins` were asked after each.

    Args:
        origins: their windows, x and y [px], shape (beads, 2).
        tracks: what was measured in them, shape (frames, beads, columns).
        flags: flags of the tracks, shape (frames, beads).
        window_px: as for `next_origins`.
        follow_px: as for `next_origins`.
    """
    moved = np.flatnonzero(_moved(origins, tracks, flags, np.asarray(window_px), follow_px).any(axis=-1))
    return int(moved[0]) + 1 if moved.size else len(tracks)


def _moved(
    origins: NDArray[np.int32],
    tracks: NDArray[np.float32],
    flags: NDArray[np.uint16],
    sides: NDArray[np.integer],
    follow_px: float,
) -> NDArray[np.bool_]:
    """Return which beads are too far from the middle of their windows."""
    centres = tracks[..., [_X, _Y]].astype(np.float64)
    offsets = np.abs(centres - (origins + (sides[..., None] - 1) / 2)).max(axis=-1)
    # a bead at the edge of the frame, out of the table's range or beside another one is still there
    known = valid(flags & ~np.uint16(Flag.EDGE | Flag.Z_RANGE | Flag.CHI_SQUARE)) & np.isfinite(centres).all(axis=-1)
    return known & (offsets > np.minimum(follow_px, FOLLOW_SHARE * sides))
