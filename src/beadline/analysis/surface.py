"""Where the surface is: the height of a bead that touches it, from which extensions count."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def touching_height_nm(z_nm: ArrayLike, *, average_frames: int = 3) -> Floats:
    """Return the height at which each bead touches the surface: the lowest it came while hardly anything pulled [nm].

    Few frames are averaged, only as many as a single wrong frame needs: a bead that touches is gone after some
    hundredths of a second, so the lowest mean over a second lies above the surface, by 45 nm for a MyOne bead on 8 kb.

    Args:
        z_nm: heights without drift, with the magnets up, shape (frames, beads) [nm]; NaN where a bead was not seen.
        average_frames: over how many to average.

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
