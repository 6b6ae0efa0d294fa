"""The point around which rings lie, from the lines along which the picture changes."""

import numpy as np
from numpy.typing import NDArray

from .patches import patches

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

_ROUNDS = 5
_AT_ONCE = 48
"""Points whose surroundings fit in the fast memory of a processor."""
_BESIDE_PX = 1.5
"""A line that passes so far beside the centre counts half, as it belongs to something else."""


def ring_centres(
    along_x: Float32,
    along_y: Float32,
    x_px: NDArray[np.integer],
    y_px: NDArray[np.integer],
    radius_px: float,
    most_px: float,
) -> tuple[Float64, Float64]:
    """Return the points nearest to the lines along the gradients around some pixels.

    A line counts with its squared gradient over its squared distance, as its angle is what is known of it, and the
    less the farther it passes beside the centre of the round before, so that rings around other points hardly count.
    No bead has to be known, and light and dark rings count alike.

    Args:
        along_x: gradients of the picture, shape (rows, columns).
        along_y: the same along y.
        x_px: columns of the pixels, shape (points,).
        y_px: their rows.
        radius_px: how far from its centre a bead has rings [px].
        most_px: how far a centre may lie from its pixel [px].

    Returns:
        x and y of the centres [px], shape (points,); what would lie farther off, or nowhere, remains where it was.
    """
    places = [
        (x_px[first : first + _AT_ONCE], y_px[first : first + _AT_ONCE]) for first in range(0, len(x_px), _AT_ONCE)
    ]
    off = [_offsets(along_x, along_y, *some, radius_px, most_px) for some in places]
    off_x, off_y = np.concatenate(off, axis=1) if off else np.zeros((2, 0))
    return x_px + off_x, y_px + off_y


def _offsets(
    along_x: Float32,
    along_y: Float32,
    x_px: NDArray[np.integer],
    y_px: NDArray[np.integer],
    radius_px: float,
    most_px: float,
) -> Float64:
    """Return how far the centres lie right of some pixels and below them [px], shape (2, points)."""
    reach = int(np.ceil(radius_px))
    left, top, side = x_px - reach, y_px - reach, 2 * reach + 1
    by_x, by_y = (patches(each, left, top, side) for each in (along_x, along_y))
    v, u = (axis.ravel() for axis in np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32))
    xx, xy, yy = by_x * by_x, by_x * by_y, by_y * by_y
    unit = np.float32(1 / _BESIDE_PX) / np.sqrt(np.maximum(xx + yy, np.float32(1e-12)))
    unit_x, unit_y = by_x * unit, by_y * unit
    beside_middle, towards_x, towards_y = unit_x * v - unit_y * u, yy * u - xy * v, xx * v - xy * u
    centre_u, centre_v = np.zeros((2, len(x_px)), np.float32)
    for _ in range(_ROUNDS):
        at_u, at_v = centre_u[:, None], centre_v[:, None]
        distance_2 = (u - at_u) ** 2 + (v - at_v) ** 2
        beside = beside_middle - unit_x * at_v + unit_y * at_u
        weight = (distance_2 <= radius_px**2) / ((distance_2 + 1) * (beside * beside + 1))
        a, minus_b, c, p, q = (np.einsum("ij,ij->i", weight, each) for each in (yy, xy, xx, towards_x, towards_y))
        determinant = a * c - minus_b * minus_b
        known = determinant > 0
        safe = np.where(known, determinant, 1)
        new_u, new_v = (c * p + minus_b * q) / safe, (a * q + minus_b * p) / safe
        known &= np.hypot(new_u, new_v) < most_px
        centre_u, centre_v = np.where(known, new_u, centre_u), np.where(known, new_v, centre_v)
    return np.stack((centre_u, centre_v)).astype(np.float64)
