"""Whole fields of view with many beads, dust and uneven light, and the truth about them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .intensities import IntensityTable
from .rendering import bead_image
from .sensor import Sensor

_TAPERED = 0.15


@dataclass(frozen=True, eq=False)
class SimulatedField:
    """A picture and what is on it.

    Attributes:
        image: as the sensor read it [ADU], shape (rows, columns).
        x_px: true centres along a row [px], shape (beads,).
        y_px: along a column [px], shape (beads,).
        z_nm: heights [nm], shape (beads,).
        dust_px: x, y and size (sigma) of the dust [px], shape (pieces, 3).
    """

    image: NDArray[np.uint8] | NDArray[np.uint16]
    x_px: NDArray[np.float64]
    y_px: NDArray[np.float64]
    z_nm: NDArray[np.float64]
    dust_px: NDArray[np.float64]

    def isolated(self, distance_px: float, margin_px: float = 0.0) -> NDArray[np.bool_]:
        """Return which beads have no other one nearer than that and are as far from the edges as the margin."""
        apart = np.hypot(self.x_px[:, None] - self.x_px, self.y_px[:, None] - self.y_px)
        np.fill_diagonal(apart, np.inf)
        rows, columns = self.image.shape
        inside = (self.x_px >= margin_px) & (self.x_px <= columns - 1 - margin_px)
        inside &= (self.y_px >= margin_px) & (self.y_px <= rows - 1 - margin_px)
        return inside & (apart.min(axis=1, initial=np.inf) >= distance_px)


def simulated_field(
    table: IntensityTable,
    beads: int,
    rng: np.random.Generator,
    *,
    sensor: Sensor,
    background_electrons: float = 5500.0,
    shape: tuple[int, int] = (1024, 1280),
    patch_px: int = 96,
    z_range_nm: tuple[float, float] = (2000.0, 6000.0),
    dust: int = 30,
    unevenness: float = 0.2,
) -> SimulatedField:
    """Return a picture of beads strewn evenly at random, so that some overlap and some lie across the edge.

    The rings of overlapping beads add up and end smoothly at the edge of a patch.

    Args:
        table: what a bead looks like; it must reach half a patch's diagonal.
        beads: how many.
        rng: makes the same picture from the same seed.
        sensor: the camera.
        background_electrons: light where there is no bead, on average [electrons].
        shape: rows and columns.
        patch_px: diameter of the disc in which a bead is drawn [px].
        z_range_nm: heights are even between these [nm].
        dust: pieces of dust: dark or bright blobs of several shapes.
        unevenness: how much brighter or darker than the average the light is at most.
    """
    rows, columns = shape
    x_px, y_px = rng.uniform(0, columns - 1, beads), rng.uniform(0, rows - 1, beads)
    z_nm = rng.uniform(*z_range_nm, beads)
    light = np.ones(shape)
    for x, y, z in zip(x_px, y_px, z_nm, strict=True):
        rings = rings_patch(table, x % 1, y % 1, z, patch_px)
        under, part = overlap(light, rings, int(x) - patch_px // 2, int(y) - patch_px // 2)
        under += part
    dust_px = np.stack((rng.uniform(0, columns, dust), rng.uniform(0, rows, dust), rng.uniform(1, 7, dust)), axis=1)
    for x, y, size in dust_px:
        patch = dust_patch(size, rng)
        under, part = overlap(light, patch, int(x) - patch.shape[1] // 2, int(y) - patch.shape[0] // 2)
        under += part
    electrons = background_electrons * np.maximum(light, 0) * uneven_light(shape, unevenness, rng)
    return SimulatedField(sensor.expose(electrons, rng), x_px, y_px, z_nm, dust_px)


def rings_patch(table: IntensityTable, x_px: float, y_px: float, z_nm: float, side_px: int) -> NDArray[np.float64]:
    """Return the light of a bead less the background, on a disc that ends smoothly, shape (side_px + 1, side_px + 1).

    Args:
        table: what the bead looks like.
        x_px: where the centre is right of the middle pixel [px], 0 to 1.
        y_px: where it is below the middle pixel [px], 0 to 1.
        z_nm: height [nm].
        side_px: diameter of the disc [px], even.
    """
    middle = side_px // 2
    shape = (side_px + 1, side_px + 1)
    rings = bead_image(table, middle + x_px, middle + y_px, z_nm, shape) - 1
    y, x = np.ogrid[: shape[0], : shape[1]]
    radius = np.hypot(x - middle - x_px, y - middle - y_px)
    rise = np.clip((middle - radius) / (_TAPERED * middle), 0, 1)
    return rings * rise**2 * (3 - 2 * rise)


def dust_patch(size_px: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the light of a piece of dust less the background: a few ellipses in a cluster, dark or bright."""
    reach = int(np.ceil(5 * size_px)) + 2
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    patch = np.zeros(x.shape)
    for _ in range(rng.integers(1, 4)):
        off_x, off_y = rng.uniform(-size_px, size_px, 2)
        angle, aspect = rng.uniform(0, np.pi), rng.uniform(1, 3)
        along = (x - off_x) * np.cos(angle) + (y - off_y) * np.sin(angle)
        across = (y - off_y) * np.cos(angle) - (x - off_x) * np.sin(angle)
        patch += np.exp(-0.5 * ((along / size_px) ** 2 + (across * aspect / size_px) ** 2))
    return patch * rng.choice([-1.0, 1.0]) * rng.uniform(0.08, 0.35) / patch.max()


def overlap(
    picture: NDArray[np.float64], patch: NDArray[np.float64], left_px: int, top_px: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the part of a picture that a patch covers, and the part of the patch that is on it, as views.

    Args:
        picture: shape (rows, columns).
        patch: shape (rows, columns).
        left_px: column of the picture at which the patch begins [px]; it may be outside.
        top_px: row at which it begins [px].

    Returns:
        Two arrays of the same shape, empty where the patch is all outside.
    """
    rows, columns = picture.shape
    first_row, first_column = max(top_px, 0), max(left_px, 0)
    bottom = max(min(top_px + patch.shape[0], rows), first_row)
    right = max(min(left_px + patch.shape[1], columns), first_column)
    return (
        picture[first_row:bottom, first_column:right],
        patch[first_row - top_px : bottom - top_px, first_column - left_px : right - left_px],
    )


def uneven_light(shape: tuple[int, int], unevenness: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return light with a slope and a hill, 1 on average."""
    y, x = np.linspace(-1, 1, shape[0])[:, None], np.linspace(-1, 1, shape[1])[None, :]
    slope_x, slope_y, hill = rng.uniform(-1, 1, 3)
    pattern = slope_x * x + slope_y * y + hill * (2 / 3 - x**2 - y**2)
    pattern -= pattern.mean()
    return 1 + unevenness * pattern / np.abs(pattern).max()
