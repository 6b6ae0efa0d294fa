"""Where the surface is: the height of a bead that touches it, from which extensions count."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

TOUCH_S = 0.1
"""A bead touches the surface where its mean over this is lowest [s]: over 1 s even its weight of 0.1 pN lets it rise by
20 nm, and over single frames the noise of the tracker makes the surface 3 nm too low."""
LARGEST_BEYOND = 0.01
"""With more of its frames beyond the look-up table, the lowest height that was measured is that of the table's end."""


def touch_frames(frame_s: float) -> int:
    """Return over how many frames to average when the surface is looked for."""
    return max(1, round(TOUCH_S / frame_s))


def ends_above_surface(beyond: ArrayLike) -> NDArray[np.bool_]:
    """Tell of which beads the look-up table ends above the surface, so that it cannot be found, shape (beads,).

    Args:
        beyond: whether the height was outside the table, while the magnets were up, shape (frames, beads).
    """
    outside = np.asarray(beyond, dtype=bool)
    return outside.sum(axis=0) > LARGEST_BEYOND * len(outside)


def touching_height_nm(z_nm: ArrayLike, *, average_frames: int) -> Floats:
    """Return the height at which each bead touches the surface: the lowest it came while hardly anything pulled [nm].

    Few frames are averaged: the lowest mean over a second lies above the surface, by 45 nm for a MyOne bead on 8 kb.

    Args:
        z_nm: heights without drift, with the magnets up, shape (frames, beads) [nm]; NaN where a bead was not seen.
        average_frames: over how many to average; see `touch_frames`.

    Returns:
        Heights, shape (beads,) [nm]; NaN for a bead that was never seen so many frames in a row.

    Raises:
        ValueError: shapes do not fit, or there are fewer frames than are averaged.
    """
    heights = np.asarray(z_nm, dtype=np.float64)
    if heights.ndim != 2 or not 1 <= average_frames <= len(heights):
        raise ValueError(
            f"Cannot find the surface in heights of shape {heights.shape}, {average_frames} frames at a time: they are "
            "(frames, beads), and at least as many as are averaged"
        )
    means = np.lib.stride_tricks.sliding_window_view(heights, average_frames, axis=0).mean(axis=-1)
    unseen = np.isnan(means)
    lowest = np.where(unseen, np.inf, means).min(axis=0)
    return np.where(np.isinf(lowest), np.nan, lowest)
