"""Look-up tables as the compiled loops want them: blurred planes to search, cubics to refine."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from .options import TrackerOptions
from .radial_splines import coefficients_from_values
from .tables import LookupTable


@dataclass(frozen=True)
class PreparedTables:
    """Tables of all beads in common arrays.

    Attributes:
        planes: number of planes of each bead, 0 without a table, shape (beads,).
        z_nm: heights [nm], shape (beads, planes).
        blurred: profiles as a sum over split pixels sees them, shape (beads, planes, radii).
        cubics: cubic polynomials in height of the radial spline's coefficients, highest power first,
            shape (beads, planes - 1, 4, radii + 3).
        residuals: root-mean-square of the pixels about their rings in the sweep of the table, over the square root
            of the background; infinite where unknown, shape (beads,).
    """

    planes: NDArray[np.int32]
    z_nm: NDArray[np.float64]
    blurred: NDArray[np.float32]
    cubics: NDArray[np.float32]
    residuals: NDArray[np.float32]


def prepare(tables: Sequence[LookupTable | None], options: TrackerOptions) -> PreparedTables:
    """Lay out the tables of all beads for the compiled loops."""
    knots = options.radius_px * options.samples_per_px + 1
    most = max([len(table.z_nm) for table in tables if table is not None], default=2)
    beads = len(tables)
    prepared = PreparedTables(
        planes=np.zeros(beads, np.int32),
        z_nm=np.zeros((beads, most)),
        blurred=np.zeros((beads, most, knots), np.float32),
        cubics=np.zeros((beads, most - 1, 4, knots + 3), np.float32),
        residuals=np.full(beads, np.inf, np.float32),
    )
    matrix = coefficients_from_values(knots)
    for bead, table in enumerate(tables):
        if table is None:
            continue
        planes = len(table.z_nm)
        prepared.planes[bead] = planes
        prepared.z_nm[bead, :planes] = table.z_nm
        prepared.blurred[bead, :planes] = blur(table.profiles)
        spline = CubicSpline(table.z_nm, table.profiles @ matrix.T, axis=0)
        prepared.cubics[bead, : planes - 1, :, :-1] = np.swapaxes(spline.c, 0, 1)
        if {"residual", "background_adu"} <= set(table.quality):
            prepared.residuals[bead] = table.quality["residual"] * np.sqrt(table.quality["background_adu"])
    return prepared


def blur(profiles: NDArray[np.floating]) -> NDArray[np.floating]:
    """Average each radius with its neighbours as splitting a pixel between two radii does."""
    blurred = np.array(profiles)
    blurred[:, 1:-1] = (profiles[:, :-2] + 10 * profiles[:, 1:-1] + profiles[:, 2:]) / 12
    return blurred
