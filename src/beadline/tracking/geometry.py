"""Which pixel of a window belongs to which ring: known beforehand for centres on whole and on half pixels."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .radial_splines import basis, evaluation_matrix, penalty

RINGS_PER_PX = 4
NODES_PER_PX = 16
_SLOT = 4
_LEAST_RADIUS_PX = 0.05
"""Slopes are divided by the radius; the ring that is one pixel at the centre is taken for this one."""

Float32 = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Geometry:
    """The disc of a window, for a centre on a whole pixel, half a pixel beside it, below it, and both.

    A quadrant has the pixels at whole, or half, distances from the centre; the other three are its mirror images.

    Attributes:
        radius_px: radius of the disc [px].
        bins: first number of the ring's slot of each pixel of the quadrant, shape (4, radius + 1, radius + 1).
        shares: how much each mirror image of it counts, less than 1 on an axis, where images coincide; same shape.
        cosines: that, times the cosine of the direction.
        sines: that, times the sine of the direction.
        reach: number of pixels in each row of the quadrant, shape (4, radius + 1).
        numbers: pixels in each ring, shape (4, rings).
        squares: sum of the squared cosines in each ring, same shape.
        radii: mean radius of each ring [px], same shape.
        spreads: variance of the radius in each ring [px²], same shape.
        basis: values, slopes and curvatures of the splines at the radii, shape (4, 3, 4, rings).
        smoother: matrix from sums of rings to the coefficients of a smooth shape, shape (4, knots, rings).
        nodes: values and slopes of the splines at the nodes between two knots, shape (2, 4, nodes).
    """

    radius_px: int
    bins: NDArray[np.uint32]
    shares: Float32
    cosines: Float32
    sines: Float32
    reach: NDArray[np.int32]
    numbers: Float32
    squares: Float32
    radii: Float32
    spreads: Float32
    basis: Float32
    smoother: Float32
    nodes: Float32

    @property
    def rings(self) -> int:
        """Number of rings."""
        return self.numbers.shape[1]

    @property
    def knots(self) -> int:
        """Number of coefficients of a shape."""
        return self.smoother.shape[1]


def table_radii(radius_px: int) -> int:
    """Return the number of radii, a pixel apart, at which a look-up table is kept: two more than the disc needs."""
    return radius_px + 3


@cache
def geometry(window_px: int, radius_px: int) -> Geometry:
    """Describe a window and the disc in it."""
    places = [_quadrant(radius_px, odd_x, odd_y) for odd_y in (0, 1) for odd_x in (0, 1)]
    columns = {name: np.array([place[name] for place in places]) for name in places[0]}
    offsets = np.arange(NODES_PER_PX) / NODES_PER_PX
    return Geometry(
        radius_px=radius_px,
        bins=columns.pop("bins").astype(np.uint32),
        reach=columns.pop("reach").astype(np.int32),
        nodes=basis(offsets)[:2].astype(np.float32),
        **{name: np.ascontiguousarray(values, np.float32) for name, values in columns.items()},
    )


def _quadrant(radius: int, odd_x: int, odd_y: int) -> dict[str, NDArray[Any]]:
    x, y = np.meshgrid(np.arange(radius + 1) + odd_x / 2, np.arange(radius + 1) + odd_y / 2)
    distance = np.hypot(x, y)
    inside = distance < radius
    share = np.where(x == 0, 0.5, 1.0) * np.where(y == 0, 0.5, 1.0) * inside
    direction = np.maximum(distance, 1e-9)
    rings = RINGS_PER_PX * radius
    ring = np.minimum((RINGS_PER_PX * distance).astype(np.int64), rings - 1)
    numbers, first, second, squares = (
        np.bincount(ring.ravel(), (4 * share * factor).ravel(), rings)
        for factor in (1.0, distance, distance**2, (x / direction) ** 2)
    )
    filled = np.maximum(numbers, 1)
    middle = (np.arange(rings) + 0.5) / RINGS_PER_PX
    radii = np.maximum(np.where(numbers > 0, first / filled, middle), _LEAST_RADIUS_PX)
    knots = table_radii(radius) + 2
    matrix = evaluation_matrix(radii, knots)
    smoother = np.linalg.solve(matrix.T @ (numbers[:, None] * matrix) + penalty(knots), matrix.T)
    return {
        "bins": _SLOT * ring,
        "shares": share,
        "cosines": share * x / direction,
        "sines": share * y / direction,
        "reach": inside.sum(axis=1),
        "numbers": numbers,
        "squares": squares,
        "radii": radii,
        "spreads": np.where(numbers > 0, second / filled - (first / filled) ** 2, 0),
        "basis": basis(radii - np.floor(middle)),
        "smoother": smoother,
    }
