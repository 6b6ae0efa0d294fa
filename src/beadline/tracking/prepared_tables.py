"""Look-up tables as the compiled loops want them: rings to search, cubics to refine."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from .geometry import RINGS_PER_PX, geometry
from .options import TrackerOptions
from .radial_splines import coefficients_from_values, evaluation_matrix
from .tables import LookupTable


@dataclass(frozen=True)
class PreparedTables:
    """Tables of all beads in common arrays.

    Attributes:
        planes: number of planes of each bead, 0 without a table, shape (beads,).
        z_nm: heights [nm], shape (beads, planes).
        rings: profiles averaged over rings of a pixel, without their mean and of unit norm, shape (beads, planes,
            radii).
        norms: what they were divided by, shape (beads, planes).
        means: what was subtracted, same shape.
        cubics: cubic polynomials in height of the radial spline's coefficients, highest power first,
            shape (beads, planes - 1, 4, knots).
        noise: variance of a pixel per intensity [ADU] and without light [ADU²]; the first is -1 where it is unknown,
            shape (beads, 2).
        background_adu: background when the table was made, shape (beads,).
    """

    planes: NDArray[np.int32]
    z_nm: NDArray[np.float64]
    rings: NDArray[np.float32]
    norms: NDArray[np.float32]
    means: NDArray[np.float32]
    cubics: NDArray[np.float32]
    noise: NDArray[np.float32]
    background_adu: NDArray[np.float64]


def prepare(tables: Sequence[LookupTable | None], options: TrackerOptions) -> PreparedTables:
    """Lay out the tables of all beads for the compiled loops."""
    shape = geometry(options.window_px, options.radius_px)
    most = max([len(table.z_nm) for table in tables if table is not None], default=2)
    beads = len(tables)
    prepared = PreparedTables(
        planes=np.zeros(beads, np.int32),
        z_nm=np.zeros((beads, most)),
        rings=np.zeros((beads, most, options.radius_px), np.float32),
        norms=np.ones((beads, most), np.float32),
        means=np.zeros((beads, most), np.float32),
        cubics=np.zeros((beads, most - 1, 4, shape.knots), np.float32),
        noise=np.empty((beads, 2), np.float32),
        background_adu=np.ones(beads),
    )
    prepared.noise[:] = -1 if options.adu_per_electron is None else options.adu_per_electron, options.noise_floor_adu2
    from_values = coefficients_from_values(shape.knots - 2)
    numbers = shape.numbers[0].astype(np.float64)
    fine = evaluation_matrix(shape.radii[0].astype(np.float64), shape.knots) @ from_values
    pixels = numbers.reshape(-1, RINGS_PER_PX).sum(axis=1)
    average = (numbers[:, None] * fine).reshape(-1, RINGS_PER_PX, fine.shape[1]).sum(axis=1) / pixels[:, None]
    for bead, table in enumerate(tables):
        if table is None:
            continue
        planes = len(table.z_nm)
        profiles = table.profiles.astype(np.float64)
        rings = profiles @ average.T
        means = rings @ pixels / pixels.sum()
        rings -= means[:, None]
        norms = np.sqrt(rings**2 @ pixels)
        prepared.planes[bead] = planes
        prepared.z_nm[bead, :planes] = table.z_nm
        prepared.rings[bead, :planes] = rings / norms[:, None]
        prepared.norms[bead, :planes], prepared.means[bead, :planes] = norms, means
        spline = CubicSpline(table.z_nm, profiles @ from_values.T, axis=0)
        prepared.cubics[bead, : planes - 1] = np.swapaxes(spline.c, 0, 1)
        prepared.background_adu[bead] = table.quality.get("background_adu", 1.0)
        if options.adu_per_electron is None:
            prepared.noise[bead, 0] = table.quality.get("adu_per_electron", -1.0)
    return prepared
