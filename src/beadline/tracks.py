"""The one schema of a track: what is measured of one bead in one frame.

Stores, readers and views loop over `COLUMNS`, so a new column is added here and nowhere else.
"""

from dataclasses import dataclass
from enum import IntFlag

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating]
TRACK_DTYPE = np.dtype("<f4")
FLAG_DTYPE = np.dtype("<u2")


@dataclass(frozen=True)
class Column:
    """One number of a track.

    Attributes:
        name: ends in its unit where it has one.
        unit: for axis labels and documents; empty for a pure number.
        meaning: one line for the reader of a file.
    """

    name: str
    unit: str
    meaning: str


COLUMNS: tuple[Column, ...] = (
    Column("x_px", "px", "centre of the bead in the sensor image, along a row; pixel centres are whole numbers"),
    Column("y_px", "px", "centre of the bead in the sensor image, along a column"),
    Column("z_nm", "nm", "height above the focal plane of the look-up table, up is positive; NaN without a table"),
    Column("gain", "", "brightness of the rings in units of what it was in the look-up table; NaN without a table"),
    Column("background_adu", "ADU", "fitted intensity without the rings; without a table, the mean around the bead"),
    Column("sigma_x_px", "px", "standard error of x that the noise of the pixels makes"),
    Column("sigma_y_px", "px", "standard error of y"),
    Column("sigma_z_nm", "nm", "standard error of z; NaN without a table"),
    Column("chi2", "", "reduced chi-square of all pixels, 1 is noise alone; NaN where the noise is unknown"),
    Column("score", "", "correlation with the closest plane of the look-up table, 1 is perfect; NaN without a table"),
)
COLUMN_NAMES: tuple[str, ...] = tuple(column.name for column in COLUMNS)
COLUMN_UNITS: tuple[str, ...] = tuple(column.unit for column in COLUMNS)


class Flag(IntFlag):
    """What is wrong with a track; 0 is a good one."""

    EDGE = 1
    """The window, or more than a quarter of the radius of the disc around the bead, is beyond the edge of the frame."""
    NOT_CONVERGED = 2
    """No centre was found."""
    Z_RANGE = 4
    """The height is outside the look-up table."""
    SATURATED = 8
    """Pixels are at the top of the camera's range."""
    LOW_SCORE = 16
    """The profile does not look like the look-up table."""
    NO_TABLE = 32
    """The bead has no look-up table, or a template instead: only x and y are measured."""
    CHI_SQUARE = 64
    """The pixels are further from the look-up table than noise explains, as with another bead in the window."""
    GAIN = 128
    """The rings are much stronger or weaker against the background than in the look-up table."""
    INVALID_PIXELS = 256
    """Pixels are not finite numbers."""
    BLURRED = 512
    """The bead moved during the exposure; for information."""
    CUT = 1024
    """The edge of the frame cuts the disc around the bead, which is measured in a smaller one; for information."""


INVALIDATING = (
    Flag.EDGE | Flag.NOT_CONVERGED | Flag.Z_RANGE | Flag.LOW_SCORE | Flag.CHI_SQUARE | Flag.GAIN | Flag.INVALID_PIXELS
)
"""Flags that make a track unfit for averages; one saturated, blurred, cut or without a table keeps what it has."""


def column_index(name: str) -> int:
    """Return the place of a column in the last axis of a tracks array.

    Raises:
        ValueError: there is no such column.
    """
    if name not in COLUMN_NAMES:
        raise ValueError(f"A track has no column {name!r}: its columns are {', '.join(COLUMN_NAMES)}")
    return COLUMN_NAMES.index(name)


def empty_tracks(*shape: int) -> NDArray[np.float32]:
    """Return NaN tracks of the given leading shape, columns last."""
    return np.full((*shape, len(COLUMNS)), np.nan, dtype=TRACK_DTYPE)


def valid(flags: NDArray[np.uint16]) -> NDArray[np.bool_]:
    """Return which tracks are fit for averages, same shape as the flags."""
    return (flags & np.uint16(INVALIDATING)) == 0
