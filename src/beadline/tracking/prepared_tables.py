"""Look-up tables as the compiled loops want them: rings to search, cubics to refine."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from .geometry import KINDS, RINGS_PER_PX, Geometry, geometry
from .options import TrackerOptions
from .radial_splines import coefficients_from_values, evaluation_matrix
from .tables import LookupTable

_ROUND = 2e-4
"""A bead is round if its rings vary by no more, relative to the squared background. Half the pixels then are a start as
good as all are for the exact look at all; of a bead that is not round, they are off by where in a pixel it is. Measured
are 1e-5 to 1e-4 of simulated round beads, the more the noisier the table, and 4e-4 to 2e-3 of beads that are not."""


@dataclass(frozen=True)
class PreparedTables:
    """Tables of all beads in common arrays.

    Attributes:
        planes: number of planes of each bead, 0 without a table, 1 of a template, shape (beads,).
        strides: 2 if it is enough to fold every other row of pixels first, otherwise 1, shape (beads,).
        z_nm: heights [nm], 0 of a template, shape (beads, planes).
        rings: profiles averaged over rings of a pixel, without their mean and of unit norm, for the kinds of folds
            of `Geometry`, and 0 beyond the last of them, shape (KINDS * beads, radii, planes), both rounded up.
        norms: what they were divided by, shape (KINDS * beads, planes).
        means: what was subtracted, same shape.
        cubics: cubic polynomials in height of the radial spline's coefficients, highest power first,
            shape (beads, planes - 1, 4, knots).
        uneven: variance of a ring of a bead that is not quite round, relative to the squared background, shape
            (beads, planes, rings).
        noise: variance of a pixel per intensity [ADU], -1 where it is unknown, and without light [ADU²], shape
            (beads, 2).
        background_adu: background when the table was made, shape (beads,).
    """

    planes: NDArray[np.int32]
    strides: NDArray[np.int32]
    z_nm: NDArray[np.float64]
    rings: NDArray[np.float32]
    norms: NDArray[np.float32]
    means: NDArray[np.float32]
    cubics: NDArray[np.float32]
    uneven: NDArray[np.float32]
    noise: NDArray[np.float32]
    background_adu: NDArray[np.float64]


@dataclass(frozen=True)
class _Prepared:
    rings: NDArray[np.float32]
    norms: NDArray[np.float32]
    means: NDArray[np.float32]
    cubics: NDArray[np.float32]


_known: WeakKeyDictionary[LookupTable, _Prepared] = WeakKeyDictionary()


def prepare(tables: Sequence[LookupTable | None], options: TrackerOptions) -> PreparedTables:
    """Lay out the tables of all beads for the compiled loops."""
    shape = geometry(options.window_px, options.radius_px)
    most = max([2, *(len(table.z_nm) for table in tables if table is not None)])
    beads = len(tables)
    prepared = PreparedTables(
        planes=np.zeros(beads, np.int32),
        strides=np.ones(beads, np.int32),
        z_nm=np.zeros((beads, most)),
        rings=np.zeros((KINDS * beads, _rounded_up(shape.rim_px, 4), _rounded_up(most, 8)), np.float32),
        norms=np.ones((KINDS * beads, most), np.float32),
        means=np.zeros((KINDS * beads, most), np.float32),
        cubics=np.zeros((beads, most - 1, 4, shape.knots), np.float32),
        uneven=np.zeros((beads, most, shape.rings), np.float32),
        noise=np.empty((beads, 2), np.float32),
        background_adu=np.ones(beads),
    )
    given = -1 if options.adu_per_electron is None else options.adu_per_electron
    prepared.noise[:] = given, options.noise_floor_adu2
    for bead, table in enumerate(tables):
        if table is None:
            continue
        planes, one = len(table.z_nm), _prepare(table, shape)
        prepared.planes[bead] = planes
        prepared.strides[bead] = 2 if planes > 1 and np.mean(np.asarray(table.unevenness)) < _ROUND else 1
        prepared.z_nm[bead, :planes] = table.z_nm if planes > 1 else 0.0
        kinds = slice(KINDS * bead, KINDS * (bead + 1))
        prepared.rings[kinds, : shape.rim_px, :planes] = one.rings
        prepared.cubics[bead, : len(one.cubics)] = one.cubics
        prepared.norms[kinds, :planes], prepared.means[kinds, :planes] = one.norms, one.means
        prepared.background_adu[bead] = table.quality.get("background_adu", 1.0)
        if options.adu_per_electron is None:
            prepared.noise[bead, 0] = table.quality.get("adu_per_electron", -1.0)
        prepared.uneven[bead, :planes] = np.repeat(
            np.asarray(table.unevenness)[:, : shape.rim_px], RINGS_PER_PX, axis=1
        )
    return prepared


def _rounded_up(count: int, to: int) -> int:
    return -(-count // to) * to


def _prepare(table: LookupTable, shape: Geometry) -> _Prepared:
    """Lay out one table, or take what was made of it before."""
    if table in _known:
        return _known[table]
    from_values = coefficients_from_values(shape.knots - 2)
    average, pixels = _ring_averages(shape)
    profiles = table.profiles.astype(np.float64)
    rings = profiles @ np.swapaxes(average, 1, 2)
    means = np.einsum("kpr,kr->kp", rings, pixels) / pixels.sum(axis=1)[:, None]
    rings -= means[..., None]
    norms = np.sqrt(np.einsum("kpr,kr->kp", rings**2, pixels))
    coefficients = profiles @ from_values.T
    cubics = np.zeros((1, 4, shape.knots))
    if len(coefficients) > 1:
        cubics = np.swapaxes(CubicSpline(table.z_nm, coefficients, axis=0).c, 0, 1)
    else:
        cubics[0, 3] = coefficients[0]
    parts = (np.swapaxes(rings / norms[..., None], 1, 2), norms, means, cubics)
    _known[table] = prepared = _Prepared(*(np.ascontiguousarray(part, np.float32) for part in parts))
    return prepared


@cache
def _ring_averages(shape: Geometry) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Return the matrices from a profile to its averages over rings of a pixel, and the number of pixels in each.

    Returns:
        Shapes (KINDS, rings, radii) and (KINDS, rings).
    """
    from_values = coefficients_from_values(shape.knots - 2)
    numbers = shape.numbers.astype(np.float64)
    fine = np.stack([evaluation_matrix(radii.astype(np.float64), shape.knots) @ from_values for radii in shape.radii])
    pixels = numbers.reshape(KINDS, -1, RINGS_PER_PX).sum(axis=2)
    sums = (numbers[..., None] * fine).reshape(KINDS, -1, RINGS_PER_PX, fine.shape[2]).sum(axis=2)
    return sums / np.maximum(pixels, 1)[..., None], pixels
