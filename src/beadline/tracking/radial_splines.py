"""Cubic B-splines along the radius with a knot at every pixel: even at the centre of a bead, straight at the rim."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

STIFFNESS = 0.03
"""Weight of the curvature of a shape against one pixel; without it the radii near 0 that no pixel falls on are free
to be anything."""
_FLATNESS, _CORNER_KNOTS = 1.0, 6
"""Weight of the slope at the last knots, which have the few pixels in the very corners of a window."""
_EVEN = 1e6

Float64 = NDArray[np.float64]


def basis(offset: Float64) -> Float64:
    """Return the four cubic B-splines that are not 0 between two knots, and their first three derivatives.

    Args:
        offset: distance from the knot below [px], 0 to 1, any shape.

    Returns:
        Shape (4, 4, *offset).
    """
    t = np.asarray(offset, dtype=np.float64)
    values = ((1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3)
    slopes = (-3 * (1 - t) ** 2, 9 * t**2 - 12 * t, -9 * t**2 + 6 * t + 3, 3 * t**2)
    curvatures = (6 * (1 - t), 18 * t - 12, -18 * t + 6, 6 * t)
    bends = [np.full_like(t, bend) for bend in (-6, 18, -18, 6)]
    return np.array((values, slopes, curvatures, bends)) / 6


@cache
def coefficients_from_values(radii: int) -> NDArray[np.floating]:
    """Return the matrix that turns a shape at the radii 0, 1, 2... into B-spline coefficients.

    Returns:
        Shape (radii + 2, radii); coefficient k belongs to radius k - 1.
    """
    system = np.zeros((radii + 2, radii + 2))
    system[0, [0, 2]] = -1, 1
    system[-1, -3:] = 1, -2, 1
    for k in range(radii):
        system[k + 1, k : k + 3] = 1 / 6, 4 / 6, 1 / 6
    return np.linalg.inv(system)[:, 1:-1]


def evaluation_matrix(radii_px: Float64, knots: int) -> Float64:
    """Return the matrix that turns B-spline coefficients into values at any radii [px], shape (radii, knots)."""
    first = np.minimum(radii_px.astype(np.int64), knots - 4)
    matrix = np.zeros((len(radii_px), knots))
    matrix[np.arange(len(radii_px))[:, None], first[:, None] + np.arange(4)] = basis(radii_px - first)[0].T
    return matrix


@cache
def penalty(knots: int) -> Float64:
    """Return the quadratic form of coefficients that are uneven at the centre, bent, or not flat in the corners.

    Returns:
        Shape (knots, knots).
    """
    bend = np.diff(np.eye(knots), 2, axis=0)
    rise = np.diff(np.eye(knots), 1, axis=0)[-_CORNER_KNOTS:]
    uneven = np.eye(knots)[2] - np.eye(knots)[0]
    return STIFFNESS * bend.T @ bend + _FLATNESS * rise.T @ rise + _EVEN * np.outer(uneven, uneven)
