"""Images of a bead: the light that falls on each pixel, and its derivatives."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .asymmetry import SYMMETRIC, Asymmetry
from .intensities import IntensityTable

Image = NDArray[np.float64]
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(3)
_NODES, _WEIGHTS = _NODES / 2, _WEIGHTS / 2


@dataclass(frozen=True, eq=False)
class Slopes:
    """An image and its derivatives, each of shape (rows, columns).

    Attributes:
        image: light on each pixel, 1 is the background.
        x: derivative by the bead's x [1/px].
        y: by its y [1/px].
        z: by its height [1/nm].
    """

    image: Image
    x: Image
    y: Image
    z: Image


def bead_image(
    table: IntensityTable,
    x_px: float,
    y_px: float,
    z_nm: float,
    shape: tuple[int, int],
    asymmetry: Asymmetry = SYMMETRIC,
) -> Image:
    """Return the light of one bead on each pixel, 1 is the background, shape (rows, columns).

    A pixel integrates the light over its square with 3 x 3 Gauss-Legendre nodes.

    Args:
        table: what the bead looks like.
        x_px: centre along a row [px]; pixel centres are whole numbers.
        y_px: centre along a column [px].
        z_nm: height above the focal plane [nm].
        shape: rows and columns.
        asymmetry: how its rings deviate from circles.

    Raises:
        ValueError: the height or a corner of the image is outside the table.
    """
    x, y, factor = _seen(shape, x_px, y_px, asymmetry)
    light = table.at(z_nm)(np.sqrt(x**2 + y**2))
    return _pixels(light if factor is None else light**factor, shape)


def bead_slopes(
    table: IntensityTable,
    x_px: float,
    y_px: float,
    z_nm: float,
    shape: tuple[int, int],
    asymmetry: Asymmetry = SYMMETRIC,
) -> Slopes:
    """Return the image of one bead with its derivatives, see `bead_image`."""
    node_x, node_y = _nodes(*shape)
    off_x, off_y = node_x - x_px, node_y - y_px
    x, y, factor = asymmetry.seen(off_x, off_y)
    radius = np.sqrt(x**2 + y**2)
    light, steep = table.at(z_nm).with_slope(radius)
    steep *= factor / np.maximum(radius, 1e-12)
    higher = table.slope_at(z_nm)(radius)
    if asymmetry == SYMMETRIC:
        return Slopes(
            _pixels(light, shape), _pixels(-steep * x, shape), _pixels(-steep * y, shape), _pixels(higher, shape)
        )
    xx, xy, yx, yy, factor_x, factor_y = asymmetry.slopes(off_x, off_y)
    seen = light**factor
    change, turn = seen / light, seen * np.log(light)
    return Slopes(
        _pixels(seen, shape),
        _pixels(-change * steep * (x * xx + y * yx) - turn * factor_x, shape),
        _pixels(-change * steep * (x * xy + y * yy) - turn * factor_y, shape),
        _pixels(change * factor * higher, shape),
    )


def _seen(
    shape: tuple[int, int], x_px: float, y_px: float, asymmetry: Asymmetry
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64] | None]:
    node_x, node_y = _nodes(*shape)
    if asymmetry == SYMMETRIC:
        return node_x - x_px, node_y - y_px, None
    return asymmetry.seen(node_x - x_px, node_y - y_px)


@lru_cache(maxsize=8)
def _nodes(rows: int, columns: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where the light is taken: x and y [px], each of shape (3 rows, 3 columns)."""
    y = (np.arange(rows)[:, None] + _NODES).ravel()
    x = (np.arange(columns)[:, None] + _NODES).ravel()
    grid_x, grid_y = np.meshgrid(x, y)
    grid_x.flags.writeable = grid_y.flags.writeable = False
    return grid_x, grid_y


def _pixels(light: NDArray[np.float64], shape: tuple[int, int]) -> Image:
    by_rows = light.reshape(shape[0], 3, -1)
    summed = _WEIGHTS[0] * (by_rows[:, 0] + by_rows[:, 2]) + _WEIGHTS[1] * by_rows[:, 1]
    by_columns = summed.reshape(*shape, 3)
    return _WEIGHTS[0] * (by_columns[..., 0] + by_columns[..., 2]) + _WEIGHTS[1] * by_columns[..., 1]
