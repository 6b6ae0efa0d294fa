"""From scattered waves to the intensity in the plane of the image, through an aplanatic objective."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import j0, j1

from .bead_optics import BeadOptics
from .intensities import even_spline
from .lorenz_mie import mie_coefficients, scattering_amplitudes

_FWHM_PER_SIGMA = 2 * np.sqrt(2 * np.log(2))
_SPECTRAL_NODES, _CONE_RADII, _CONE_ANGLES = 7, 6, 16
_NODES_AT_LEAST, _NODES_PER_RAD = 96, 0.75
_PLANES_AT_ONCE = 64


def intensity(optics: BeadOptics, z_nm: NDArray[np.float64], radii_nm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the intensity around a bead relative to the background, unpolarised and partially coherent.

    The spectrum is a sum over wavelengths. A condenser cone tilts the illumination, which at a distance z from the
    bead shifts its shadow: a disc blur of radius |z| tan(angle).

    Args:
        optics: bead, light and objective.
        z_nm: height of the bead's centre above the focal plane with the light from above [nm], shape (planes,). With
            an immersion unlike the medium, it is the way the focus has moved in the immersion.
        radii_nm: distances from the axis [nm], increasing evenly from 0, shape (radii,).

    Returns:
        Shape (planes, radii); 1 is the background.

    Source:
        Scattered far field S1, S2 as an angular spectrum (Weyl), focused with the sine condition's factor
        sqrt(cos t): Richards & Wolf, Proc. R. Soc. A 253, 358 (1959); the unpolarised mean is |1 - A0|^2 + |A2|^2.
    """
    deviates, weights = np.polynomial.hermite_e.hermegauss(_SPECTRAL_NODES if optics.bandwidth_nm > 0 else 1)
    wavelengths_nm = optics.wavelength_nm + deviates * optics.bandwidth_nm / _FWHM_PER_SIGMA
    weights = weights / weights.sum()
    blur_nm = np.abs(z_nm) * np.tan(optics.condenser_angle_rad)
    step_nm = radii_nm[1] - radii_nm[0]
    further_nm = np.arange(len(radii_nm) + int(np.ceil(blur_nm.max(initial=0) / step_nm)) + 1) * step_nm
    coherent = sum(
        weight * _one_wavelength(optics, float(wavelength), z_nm, further_nm)
        for wavelength, weight in zip(wavelengths_nm, weights, strict=True)
    )
    return _blurred(np.asarray(coherent), further_nm, blur_nm, len(radii_nm))


def _one_wavelength(
    optics: BeadOptics, wavelength_nm: float, z_nm: NDArray[np.float64], radii_nm: NDArray[np.float64]
) -> NDArray[np.float64]:
    vacuum = 2 * np.pi / wavelength_nm
    sphere = (optics.refractive_index + 1j * optics.extinction) / optics.medium_index
    coefficients = mie_coefficients(vacuum * optics.medium_index * optics.radius_nm, sphere)
    angles, weights = _directions(optics, vacuum, float(np.abs(z_nm).max(initial=0)), float(radii_nm[-1]))
    cosines, sines = np.cos(angles), np.sin(angles)
    first, second = scattering_amplitudes(coefficients, cosines)
    weights = weights * np.sqrt(cosines) * sines
    lateral = vacuum * optics.medium_index * sines
    axial = np.sqrt((vacuum * optics.immersion_index) ** 2 - lateral**2) - vacuum * optics.immersion_index
    distance = np.outer(lateral, radii_nm)
    zeroth = j0(distance)
    second_order = 2 * j1(distance) / np.maximum(distance, 1e-9) - zeroth
    even = (weights * (first + second) / 2)[:, None] * zeroth
    twisted = (weights * (first - second) / 2)[:, None] * second_order
    found = np.empty((len(z_nm), len(radii_nm)))
    for start in range(0, len(z_nm), _PLANES_AT_ONCE):
        part = slice(start, start + _PLANES_AT_ONCE)
        defocus = np.exp(1j * np.outer(z_nm[part], axial))
        found[part] = np.abs(1 - defocus @ even) ** 2 + np.abs(defocus @ twisted) ** 2
    return found


def _directions(
    optics: BeadOptics, vacuum: float, furthest_nm: float, widest_nm: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return angles and weights of an integral over the pupil that resolves the fastest phase."""
    sine = optics.numerical_aperture / optics.immersion_index
    phase = vacuum * optics.numerical_aperture * widest_nm
    phase += vacuum * optics.immersion_index * furthest_nm * (1 - np.sqrt(1 - sine**2))
    nodes, weights = np.polynomial.legendre.leggauss(_NODES_AT_LEAST + int(_NODES_PER_RAD * phase))
    half = optics.widest_angle_rad / 2
    return half * (nodes + 1), half * weights


def _blurred(
    sharp: NDArray[np.float64], radii_nm: NDArray[np.float64], blur_nm: NDArray[np.float64], kept: int
) -> NDArray[np.float64]:
    """Return the mean over a disc around each radius, shape (planes, kept)."""
    nodes, weights = np.polynomial.legendre.leggauss(_CONE_RADII)
    reach = np.sqrt((nodes + 1) / 2)  # even steps of area
    turns = np.cos(2 * np.pi * (np.arange(_CONE_ANGLES) + 0.5) / _CONE_ANGLES)
    wanted, found = radii_nm[:kept], np.empty((len(sharp), kept))
    for plane, disc in enumerate(blur_nm):
        if disc == 0:
            found[plane] = sharp[plane, :kept]
            continue
        shifts = disc * reach[:, None, None]
        places = np.sqrt(wanted**2 + shifts**2 + 2 * wanted * shifts * turns[:, None])
        course = even_spline(radii_nm, sharp[plane])
        values = course(places).mean(axis=1)
        found[plane] = weights @ values / 2
    return found
