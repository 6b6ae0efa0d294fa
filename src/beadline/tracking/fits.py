"""Which windows are to be measured, and what was fitted to them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int32]
Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class Windows:
    """Which windows are to be measured.

    Attributes:
        frames: number of the frame of each window, shape (windows,).
        origins: its top left pixel, x and y [px], shape (windows, 2).
        beads: number of its bead, shape (windows,).
    """

    frames: Indices
    origins: Indices
    beads: Indices


@dataclass(frozen=True)
class Fits:
    """What was fitted to each window.

    Attributes:
        outcome: 0 for a fit, -1 for a window outside the frame, -2 for a centre that was not found, shape (windows,).
        centres: x and y in the frame [px], shape (windows, 2).
        state: see the columns in `kernels`, shape (windows, columns).
        covariances: of x and its tilt, of y and its tilt, of background, gain and height, rows one below the
            other, shape (windows, 7, 3).
        about_rings: share of the variance that lies in rings, root-mean-squares of the rest and of the rings, and mean
            in the outer quarter of the radius [ADU], shape (windows, 4); 0 for beads with a table unless asked for.
        counts: saturated and invalid pixels, shape (windows, 2).
        levels: intensities that `B` counts from [ADU], shape (windows,).
    """

    outcome: Indices
    centres: Float64
    state: Float64
    covariances: Float64
    about_rings: Float64
    counts: Indices
    levels: NDArray[np.float32]
