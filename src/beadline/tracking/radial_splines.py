"""Cubic splines along the radius: even at the centre of a bead, free of curvature at the rim."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

NODES_PER_KNOT = 16
"""Points per step of the radius on which the tracker tabulates a profile."""

Float64 = NDArray[np.float64]


def basis(offset: Float64) -> Float64:
    """Return the four cubic B-splines that are non-zero at `offset` in [0, 1) of a step, last axis."""
    t = np.asarray(offset, dtype=np.float64)
    return np.stack(((1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3), axis=-1) / 6


def basis_slope(offset: Float64) -> Float64:
    """Return the derivative of `basis` per step of the radius."""
    t = np.asarray(offset, dtype=np.float64)
    return np.stack((-((1 - t) ** 2), 3 * t**2 - 4 * t, -3 * t**2 + 2 * t + 1, t**2), axis=-1) / 2


@cache
def coefficients_from_values(knots: int) -> NDArray[np.floating]:
    """Return the matrix that turns a profile at its radii into B-spline coefficients.

    Args:
        knots: number of radii, equally spaced from 0.

    Returns:
        Shape (knots + 2, knots); coefficient k belongs to radius k - 1.
    """
    system = np.zeros((knots + 2, knots + 2))
    system[0, [0, 2]] = -1, 1
    system[-1, -3:] = 1, -2, 1
    for k in range(knots):
        system[k + 1, k : k + 3] = 1 / 6, 4 / 6, 1 / 6
    return np.linalg.inv(system)[:, 1:-1]


@cache
def sharpening(knots: int) -> NDArray[np.floating]:
    """Return the matrix that undoes, for all but the finest rings, what splitting pixels between two radii blurs.

    A mean weighted with a triangle damps a wave by sinc²; the inverse is expanded to the fourth order.
    """
    bend = np.eye(knots, k=1) - 2 * np.eye(knots) + np.eye(knots, k=-1)
    bend[0, 1], bend[-1, -1] = 2, -1
    return np.eye(knots) - bend / 12 + bend @ bend / 90


def evaluation_matrix(radii_steps: Float64, knots: int) -> NDArray[np.floating]:
    """Return the matrix that turns a profile at its knots into values at any radii.

    Args:
        radii_steps: radii in steps of the knots, from 0 to knots - 1.
        knots: number of knots, equally spaced from 0.

    Returns:
        Shape (radii, knots).
    """
    first = np.minimum(radii_steps.astype(np.int64), knots - 2)
    weights = np.zeros((len(radii_steps), knots + 2))
    rows = np.arange(len(radii_steps))[:, None]
    weights[rows, first[:, None] + np.arange(4)] = basis(radii_steps - first)
    return weights @ coefficients_from_values(knots)


@cache
def node_weights() -> NDArray[np.float32]:
    """Return B-splines, their slopes and the offsets of the nodes between two knots, shape (3, 4, nodes)."""
    offsets = np.arange(NODES_PER_KNOT) / NODES_PER_KNOT
    return np.stack((basis(offsets).T, basis_slope(offsets).T, np.tile(offsets, (4, 1)))).astype(np.float32)
