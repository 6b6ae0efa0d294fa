"""From the runs of the demonstration to its numbers: surface, extension, step."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from beadline.analysis import touch_frames, touching_height_nm

FloatArray = NDArray[np.floating[Any]]

STUCK_BELOW_NM = 25.0
"""A bead that moves less than this across the surface [nm], with the magnets up, is stuck to it."""


@dataclass(frozen=True)
class Heights:
    """Heights of all beads over one run.

    Attributes:
        time_s: shape (frames,) [s].
        z_nm: shape (frames, beads) [nm]; NaN where a bead could not be tracked.
    """

    time_s: FloatArray
    z_nm: FloatArray


def stuck_beads(x_nm: FloatArray, y_nm: FloatArray) -> NDArray[np.bool_]:
    """Tell which beads are stuck to the surface, from a run with the magnets up, shape (frames, beads)."""
    spread = np.hypot(np.nanstd(x_nm, axis=0), np.nanstd(y_nm, axis=0))
    return spread < STUCK_BELOW_NM


def without_drift(heights: Heights, references: NDArray[np.bool_]) -> Heights:
    """Subtract the mean motion of the stuck beads, so that 0 is their height.

    Raises:
        ValueError: no bead is stuck.
    """
    if not references.any():
        raise ValueError("Cannot subtract drift: no bead of the field is stuck to the surface")
    drift = np.nanmean(heights.z_nm[:, references], axis=1)
    return Heights(heights.time_s, heights.z_nm - drift[:, None])


def surface_nm(heights: Heights) -> FloatArray:
    """Return the height at which each bead touches the surface: its lowest mean over 0.1 s, shape (beads,)."""
    frame_s = float(np.median(np.diff(heights.time_s)))
    return touching_height_nm(heights.z_nm, average_frames=touch_frames(frame_s))


def extension_nm(heights: Heights, surface: FloatArray) -> FloatArray:
    """Return the mean height of each bead above the surface, shape (beads,)."""
    return np.nanmean(heights.z_nm, axis=0) - surface
