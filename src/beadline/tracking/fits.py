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


def room_for_fits(windows: Windows, window_px: int, frame_shape: tuple[int, int], columns: int) -> Fits:
    """Return room for the fits of windows, of which only those inside the frame are to be fitted.

    Args:
        windows: which windows.
        window_px: side of a window [px].
        frame_shape: rows and columns of a frame.
        columns: of the state of a window.
    """
    count = len(windows.beads)
    fits = Fits(
        outcome=np.ones(count, np.int32),
        centres=np.ascontiguousarray(windows.origins, np.float64) + (window_px - 1) / 2,
        state=np.zeros((count, columns)),
        covariances=np.zeros((count, 7, 3)),
        about_rings=np.zeros((count, 4)),
        counts=np.zeros((count, 2), np.int32),
        levels=np.zeros(count, np.float32),
    )
    free = (frame_shape[1] - window_px, frame_shape[0] - window_px)
    fits.outcome[((windows.origins < 0) | (windows.origins > free)).any(axis=1)] = -1
    return fits
