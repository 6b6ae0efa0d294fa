"""What a bead looks like: its diffraction rings against defocus."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from .optics import BeadOptics, even_spline, intensity_table

LOWEST_NM, HIGHEST_NM, PLANE_STEP_NM = -26000.0, 9000.0, 50.0
SAMPLES_PER_PX = 16
# twice as far apart in height and four times along the radius: the rings have no finer detail, as the pupil lets
# none through, and such a table is computed in half a second
_COMPUTED_STEP_NM, _COMPUTED_PER_PX = 100.0, 4
_FADED_PLANES, _TAPERED = 40, 0.1


@dataclass(frozen=True, eq=False)
class RingTable:
    """Relative intensity less 1 of a bead against defocus and radius.

    A bead further out of focus than the table reaches is lost in the background: the table fades to 0 at its ends.

    Attributes:
        rings: shape (planes, radii).
        samples_per_px: radii per pixel.
        radius_px: where the rings have been tapered to 0 [px].
    """

    rings: NDArray[np.float32]
    samples_per_px: int
    radius_px: float

    def plane(self, defocus_nm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the place in the table of a bead so high above the focal plane [nm]."""
        return (defocus_nm - LOWEST_NM) / PLANE_STEP_NM


@lru_cache(maxsize=8)
def ring_table(optics: BeadOptics, patch_px: int, cache: Path | None = None) -> RingTable:
    """Return the rings of a bead by Lorenz-Mie theory; what is slow about it is kept on disk.

    Args:
        optics: bead, light and objective.
        patch_px: diameter of the disc a bead is drawn in [px].
        cache: folder of kept tables, see `optics.intensity_table`.
    """
    radius_px = patch_px / 2
    coarse = intensity_table(
        optics,
        lowest_nm=LOWEST_NM,
        highest_nm=HIGHEST_NM,
        radius_px=radius_px,
        z_step_nm=_COMPUTED_STEP_NM,
        samples_per_px=_COMPUTED_PER_PX,
        cache=cache,
    )
    radii_px = np.arange(int(radius_px * SAMPLES_PER_PX) + 2) / SAMPLES_PER_PX
    defocus = np.arange(LOWEST_NM, HIGHEST_NM + PLANE_STEP_NM / 2, PLANE_STEP_NM)
    steps = np.arange(coarse.values.shape[1]) * coarse.step_px
    rings = CubicSpline(coarse.z_nm, even_spline(steps, coarse.values)(radii_px))(defocus) - 1
    rings *= _taper((radius_px - radii_px) / (_TAPERED * radius_px))
    planes = np.arange(len(defocus))
    rings *= _taper(np.minimum(planes, planes[::-1]) / _FADED_PLANES)[:, None]
    return RingTable(rings.astype(np.float32), SAMPLES_PER_PX, radius_px)


def _taper(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rise smoothly from 0 at 0 to 1 at 1."""
    part = np.clip(distance, 0, 1)
    return part**2 * (3 - 2 * part)
