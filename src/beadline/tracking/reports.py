"""From fits to tracks and flags."""

import numpy as np
from numpy.typing import NDArray

from beadline.tracks import FLAG_DTYPE, Flag, column_index, empty_tracks

from .fits import Fits, Windows
from .kernels import BLUR, BLUR_ERROR, CHI2, FREE, SCORE, STEP, A, B, Z
from .options import TrackerOptions
from .prepared_tables import PreparedTables

_SATURATED_PIXELS, _SATURATED_SHARE = 4, 0.001
_BEAD_SCORE = 0.5
"""A window that correlates less with its table has no bead in it."""
_BLUR_SIGMAS, _BLUR_PX2 = 5.0, 0.04
"""A blur is told when it is so many times its error and the variance of the motion in an exposure is above [px²]."""
_NEAR_EDGE = 0.75
"""A disc that is cut to less than this share of its radius by the edge of the frame makes a track invalid."""
_CAPTURE = 0.3
"""How far from the middle of its window a bead may be, in sides of the window."""
_NAMES = (
    "x_px", "y_px", "z_nm", "gain", "background_adu", "sigma_x_px", "sigma_y_px", "sigma_z_nm", "chi2", "score",
)  # fmt: skip
_X, _Y, _Z, _GAIN, _BACKGROUND, _SIGMA_X, _SIGMA_Y, _SIGMA_Z, _CHI2, _SCORE = (column_index(name) for name in _NAMES)

Float32 = NDArray[np.float32]


def report(
    fits: Fits, windows: Windows, tables: PreparedTables, options: TrackerOptions
) -> tuple[Float32, NDArray[np.uint16], Float32]:
    """Turn fits into tracks.

    Returns:
        Tracks, shape (windows, columns); flags, shape (windows,); and about the rings: their share of the variance,
        the root-mean-square of the rest [ADU] and their contrast, shape (windows, 3).
    """
    count = len(fits.outcome)
    state, n = fits.state, options.window_px
    tracks, flags = empty_tracks(count), np.zeros(count, FLAG_DTYPE)
    table = tables.planes[windows.beads] > 0
    flags[tables.planes[windows.beads] < 2] |= np.uint16(Flag.NO_TABLE)
    flags[fits.counts[:, 0] > _SATURATED_PIXELS + _SATURATED_SHARE * n * n] |= np.uint16(Flag.SATURATED)
    flags[fits.counts[:, 1] > 0] |= np.uint16(Flag.INVALID_PIXELS)
    outside = fits.outcome == -1
    cut = (fits.outcome == 0) & (state[:, FREE] < options.radius_px)
    edge = outside | (cut & (state[:, FREE] < _NEAR_EDGE * options.radius_px))
    flags[edge] |= np.uint16(Flag.EDGE)
    flags[cut & ~edge] |= np.uint16(Flag.CUT)
    share, residual, rings, level = fits.about_rings.T
    about_rings = np.stack((share, residual, rings / np.maximum(level, 1)), axis=1).astype(np.float32)
    about_rings[fits.outcome != 0] = np.nan
    # of a bead with a table it is fitted; of one that was not found it is about what all pixels are
    tracks[:, _BACKGROUND] = np.where(outside, np.nan, np.where((fits.outcome == 0) & ~table, level, fits.levels))
    offsets = np.abs(fits.centres - (windows.origins + (n - 1) / 2)).max(axis=1)
    like_a_bead = np.where(table, state[:, SCORE] >= _BEAD_SCORE, share >= options.ring_fraction_limit)
    found = (fits.outcome == 0) & (offsets < _CAPTURE * n) & like_a_bead
    flags[~found & ~outside] |= np.uint16(Flag.NOT_CONVERGED)
    tracks[found, _X], tracks[found, _Y] = fits.centres[found].T
    with np.errstate(invalid="ignore"):
        tracks[found, _SIGMA_X], tracks[found, _SIGMA_Y] = np.sqrt(fits.covariances[found][:, [0, 2], 0]).T
    tracks[found, _CHI2] = state[found, CHI2]
    flags[found & (state[:, CHI2] > options.chi_square_limit)] |= np.uint16(Flag.CHI_SQUARE)
    flags[table & ~outside & ~(state[:, SCORE] >= options.score_limit)] |= np.uint16(Flag.LOW_SCORE)
    fitted = np.flatnonzero(found & table)
    if fitted.size:
        _report_heights(fits, fitted, windows.beads[fitted], tables, options, tracks, flags)
    return tracks, flags, about_rings


def _report_heights(
    fits: Fits,
    fitted: NDArray[np.intp],
    beads: NDArray[np.int32],
    tables: PreparedTables,
    options: TrackerOptions,
    tracks: Float32,
    flags: NDArray[np.uint16],
) -> None:
    """Fill in what only windows with a table or a template have."""
    state, made = fits.state[fitted], tables.background_adu[beads]
    background = state[:, B] + fits.levels[fitted]
    gain = state[:, A] / made
    with np.errstate(divide="ignore", invalid="ignore"):
        contrast = gain * made / background
    variance = fits.covariances[fitted, 6, 2]
    height = state[:, Z]
    low, high = tables.z_nm[beads, 0], tables.z_nm[beads, tables.planes[beads] - 1]
    with_heights = tables.planes[beads] > 1
    spacing = (high - low) / np.maximum(tables.planes[beads] - 1, 1)
    inside = (height >= low) & (height <= high) & (np.abs(state[:, STEP]) < spacing) & (variance > 0)
    marks = {
        Flag.GAIN: ~((contrast * options.gain_limit >= 1) & (contrast <= options.gain_limit)),
        Flag.BLURRED: (state[:, BLUR] > _BLUR_PX2) & (state[:, BLUR] > _BLUR_SIGMAS * state[:, BLUR_ERROR]),
        Flag.Z_RANGE: ~inside & with_heights,
    }
    for flag, where in marks.items():
        flags[fitted[where]] |= np.uint16(flag)
    tracks[fitted, _GAIN], tracks[fitted, _BACKGROUND], tracks[fitted, _SCORE] = gain, background, state[:, SCORE]
    tracks[fitted[inside], _Z], tracks[fitted[inside], _SIGMA_Z] = height[inside], np.sqrt(variance[inside])
