"""Which pixel of a window belongs to which ring: known beforehand for centres on whole and on half pixels."""

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .radial_splines import basis, evaluation_matrix, penalty

RINGS_PER_PX = 4
KINDS = 8
"""Kinds of folds: for centres on whole and on half pixels, of every row and of every other."""
RING_PITCH, NODE_PITCH = 1480, 5920
"""Rings, or nodes, that a row has room for, those of the largest window, whatever the window."""
NODES_PER_PX = 16
_SLOT, _INNERMOST = 4, 2
_LEAST_RADIUS_PX = 0.05
"""Slopes are divided by the radius; the ring that is one pixel at the centre is taken for this one."""

Float32 = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Geometry:
    """The rings of a window, for a centre on a whole pixel, half a pixel beside it, below it, and both.

    And again for these if every other row of pixels is left out. A quadrant has the pixels at whole, or half, distances
    from the centre; the other three are its mirror images.

    Attributes:
        radius_px: radius of the largest disc in the window [px].
        rim_px: radius that not even the corners of the window reach [px].
        bins: first number of the ring's slot of each pixel of the quadrant, shape (8, radius + 1, radius + 1).
        shares: how much each mirror image of it counts, less than 1 on an axis, where images coincide; same shape.
        cosines: that, times the cosine of the direction.
        sines: that, times the sine of the direction.
        numbers: pixels in each ring, shape (8, rings).
        radii: mean radius of each ring [px], same shape.
        rows: for each ring pixels, pixels that count in fits, which those of the two innermost rings do not, squared
            cosines of these, mean radius [px] and its variance [px²]; and, four rows each, values and slopes of the
            splines at the radii, second derivatives as they are in the mean and in the second harmonic of a
            shifted ring, and the slope of the former, shape (8, 25 * RING_PITCH).
        smoother: matrix from sums of rings to the coefficients of a smooth shape, shape (8, knots, rings).
        nodes: values of the splines at nodes, and slopes over the radius, four rows each, shape (8 * NODE_PITCH,).
    """

    radius_px: int
    rim_px: int
    bins: NDArray[np.uint32]
    shares: Float32
    cosines: Float32
    sines: Float32
    numbers: Float32
    radii: Float32
    rows: Float32
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


def rim_px(radius_px: int) -> int:
    """Return the radius that not even the corners of a window reach [px], wherever in its middle the centre is."""
    return math.ceil(math.sqrt(2) * (radius_px + 1.5))


def table_radii(radius_px: int) -> int:
    """Return the number of radii, a pixel apart from 0 on, at which a look-up table is kept: one beyond the rim."""
    return rim_px(radius_px) + 2


@cache
def geometry(window_px: int, radius_px: int) -> Geometry:
    """Describe a window."""
    places = [_quadrant(radius_px, odd_x, odd_y, stride) for stride in (1, 2) for odd_y in (0, 1) for odd_x in (0, 1)]
    columns = {name: np.array([place[name] for place in places]) for name in places[0]}
    offsets = np.arange(NODES_PER_PX) / NODES_PER_PX
    value, slope = (np.tile(each, rim_px(radius_px)) for each in basis(offsets)[:2])
    over = 1 / np.maximum(np.arange(value.shape[1]), 0.5) * NODES_PER_PX
    return Geometry(
        radius_px=radius_px,
        rim_px=rim_px(radius_px),
        bins=columns.pop("bins").astype(np.uint32),
        nodes=_padded(NODE_PITCH, *value, *(slope * over)).astype(np.float32),
        **{name: np.ascontiguousarray(values, np.float32) for name, values in columns.items()},
    )


def _quadrant(radius: int, odd_x: int, odd_y: int, stride: int) -> dict[str, NDArray[Any]]:
    x, y = np.meshgrid(np.arange(radius + 1) + odd_x / 2, np.arange(radius + 1) + odd_y / 2)
    distance = np.hypot(x, y)
    share = np.where(x == 0, 0.5, 1.0) * np.where(y == 0, 0.5, 1.0)
    share[np.arange(radius + 1) % stride > 0] = 0
    direction = np.maximum(distance, 1e-9)
    rings = RINGS_PER_PX * rim_px(radius)
    ring = (RINGS_PER_PX * distance).astype(np.int64)
    numbers, first, second, squares = (
        np.bincount(ring.ravel(), (4 * share * factor).ravel(), rings)
        for factor in (1.0, distance, distance**2, (x / direction) ** 2)
    )
    filled = np.maximum(numbers, 1)
    middle = (np.arange(rings) + 0.5) / RINGS_PER_PX
    radii = np.maximum(np.where(numbers > 0, first / filled, middle), _LEAST_RADIUS_PX)
    knots = table_radii(radius) + 2
    matrix = evaluation_matrix(radii, knots)
    counted = np.where(np.arange(rings) >= _INNERMOST, numbers, 0)
    smoother = np.linalg.solve(matrix.T @ (numbers[:, None] * matrix) + penalty(knots), matrix.T)
    return {
        "bins": _SLOT * ring,
        "shares": share,
        "cosines": share * x / direction,
        "sines": share * y / direction,
        "numbers": numbers,
        "radii": radii,
        "rows": _padded(
            RING_PITCH,
            numbers,
            counted,
            squares * (counted > 0),
            radii,
            np.where(numbers > 0, second / filled - (first / filled) ** 2, 0),
            *_shifted(radii, basis(radii - np.floor(middle))).reshape(-1, rings),
        ),
        "smoother": smoother,
    }


def _padded(pitch: int, *rows: NDArray[Any]) -> NDArray[np.floating]:
    """Return rows one behind the other, each with the same room."""
    padded = np.zeros((len(rows), pitch))
    padded[:, : len(rows[0])] = rows
    return padded.ravel()


def _shifted(radii: NDArray[np.floating], splines: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return what a shift makes of splines, given with their derivatives: see `Geometry.rows`."""
    value, slope, curvature, bent = splines
    over = slope / radii
    return np.array((value, slope, curvature + over, curvature - over, bent + (curvature - over) / radii))
