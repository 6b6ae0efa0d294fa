"""What a bead looks like: its diffraction rings against defocus."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import j0

from .bead_kinds import BeadKind

WAVELENGTH_NM = 630.0
NUMERICAL_APERTURE = 1.2
WATER_INDEX = 1.333
LAMP_ANGLE_RAD = 0.02
LOWEST_NM, HIGHEST_NM, PLANE_STEP_NM = -26000.0, 9000.0, 50.0
SAMPLES_PER_PX = 16
_CHORDS, _WAVES = 400, 800
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


@lru_cache(maxsize=4)
def ring_table(kind: BeadKind, pixel_size_nm: float, patch_px: int) -> RingTable:
    """Compute the rings of a bead by propagating the spectrum of plane waves behind a sphere.

    Args:
        kind: the bead.
        pixel_size_nm: size of a pixel in the sample [nm].
        patch_px: diameter of the disc a bead is drawn in [px].

    Source:
        Goodman, Introduction to Fourier Optics: angular spectrum of a phase and absorption object; the lamp's
        angular spread blurs a wave in proportion to the defocus.
    """
    radius_px = patch_px / 2
    radii_px = np.arange(int(radius_px * SAMPLES_PER_PX) + 2) / SAMPLES_PER_PX
    defocus = np.arange(LOWEST_NM, HIGHEST_NM + PLANE_STEP_NM / 2, PLANE_STEP_NM)
    rings = _intensity(kind, defocus, radii_px * pixel_size_nm) - 1
    rings *= _taper((radius_px - radii_px) / (_TAPERED * radius_px))
    planes = np.arange(len(defocus))
    rings *= _taper(np.minimum(planes, planes[::-1]) / _FADED_PLANES)[:, None]
    return RingTable(rings.astype(np.float32), SAMPLES_PER_PX, radius_px)


def _intensity(kind: BeadKind, defocus_nm: NDArray[np.float64], radii_nm: NDArray[np.float64]) -> NDArray[np.float64]:
    step = kind.radius_nm / _CHORDS
    distance = (np.arange(_CHORDS) + 0.5) * step
    chord = 2 * np.sqrt(kind.radius_nm**2 - distance**2)
    wave = 2 * np.pi / WAVELENGTH_NM * (1j * (kind.refractive_index - WATER_INDEX) - kind.extinction)
    object_less_1 = np.exp(wave * chord) - 1
    wavenumber = 2 * np.pi * WATER_INDEX / WAVELENGTH_NM
    widest = 2 * np.pi * NUMERICAL_APERTURE / WAVELENGTH_NM
    lateral = (np.arange(_WAVES) + 0.5) / _WAVES * widest
    spectrum = (object_less_1 * distance * step) @ j0(np.outer(distance, lateral))
    axial = np.sqrt(wavenumber**2 - lateral**2) - wavenumber
    blur = np.exp(-0.5 * (np.outer(defocus_nm, lateral) * LAMP_ANGLE_RAD) ** 2)
    propagated = np.exp(1j * np.outer(defocus_nm, axial)) * blur * (spectrum * lateral * (widest / _WAVES))
    return np.abs(1 + propagated @ j0(np.outer(lateral, radii_nm))) ** 2


def _taper(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rise smoothly from 0 at 0 to 1 at 1."""
    part = np.clip(distance, 0, 1)
    return part**2 * (3 - 2 * part)
