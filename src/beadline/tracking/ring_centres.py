"""The point around which rings lie, from the lines along which the picture changes."""

import numpy as np
from numpy.typing import NDArray

from .patches import patches

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

_ROUNDS = 5
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
    reach = int(np.ceil(radius_px))
    left, top = x_px - reach, y_px - reach
    side = 2 * reach + 1
    by_x, by_y = (patches(each, left, top, side) for each in (along_x, along_y))
    xx, xy, yy = by_x * by_x, by_x * by_y, by_y * by_y
    squared = np.maximum(xx + yy, np.float32(1e-12))
    v, u = (axis.ravel() for axis in np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32))
    centre_u, centre_v = np.zeros((2, len(x_px)), np.float32)
    for _ in range(_ROUNDS):
        right, down = u - centre_u[:, None], v - centre_v[:, None]
        distance_2 = right * right + down * down
        weight = np.where(distance_2 <= radius_px**2, 1 / (distance_2 + 1), np.float32(0))
        beside_2 = (by_x * down - by_y * right) ** 2 / squared
        weight /= 1 + beside_2 / np.float32(_BESIDE_PX**2)
        wxx, wxy, wyy = weight * xx, weight * xy, weight * yy
        a, b, c = wyy.sum(1), -wxy.sum(1), wxx.sum(1)
        p, q = wyy @ u - wxy @ v, wxx @ v - wxy @ u
        determinant = a * c - b * b
        known = determinant > 0
        safe = np.where(known, determinant, 1)
        new_u, new_v = (c * p - b * q) / safe, (a * q - b * p) / safe
        known &= np.hypot(new_u, new_v) < most_px
        centre_u, centre_v = np.where(known, new_u, centre_u), np.where(known, new_v, centre_v)
    return x_px + centre_u.astype(np.float64), y_px + centre_v.astype(np.float64)
