"""From scattered waves to the intensity in the plane of the image, through an aplanatic objective."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import j0, j1, roots_legendre

from .bead_optics import BeadOptics
from .intensities import even_spline
from .lorenz_mie import mie_coefficients, scattering_amplitudes

Array = NDArray[np.float64]
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
    axial, aberration = _phases(optics, vacuum, lateral)
    distance = np.outer(lateral, radii_nm)
    zeroth = j0(distance)
    second_order = 2 * j1(distance) / np.maximum(distance, 1e-9) - zeroth
    weights = weights * aberration
    even = (weights * (first + second) / 2)[:, None] * zeroth
    twisted = (weights * (first - second) / 2)[:, None] * second_order
    return _interference(np.outer(z_nm, axial), even, twisted)


def _interference(phase: Array, even: NDArray[np.complex128], twisted: NDArray[np.complex128]) -> Array:
    """Return the intensity of waves with these phases and the light that is not scattered, shape (planes, radii).

    The sums are not left to the linear algebra library: on a busy machine its threads wait for each other ten times
    as long as one needs.

    Args:
        phase: of each direction against height, shape (planes, directions).
        even: amplitude of the waves against direction and radius, shape (directions, radii).
        twisted: that of those that have turned the polarisation, same shape.
    """
    parts = np.concatenate((even.real, even.imag, twisted.real, twisted.imag), axis=1)
    found = np.empty((len(phase), even.shape[1]))
    for start in range(0, len(phase), _PLANES_AT_ONCE):
        part = slice(start, start + _PLANES_AT_ONCE)
        cosines, sines = (np.einsum("zk,kr->zr", turn(phase[part]), parts) for turn in (np.cos, np.sin))
        even_cos, even_i_cos, twist_cos, twist_i_cos = np.split(cosines, 4, axis=1)
        even_sin, even_i_sin, twist_sin, twist_i_sin = np.split(sines, 4, axis=1)
        found[part] = (1 - even_cos + even_i_sin) ** 2 + (even_sin + even_i_cos) ** 2
        found[part] += (twist_cos - twist_i_sin) ** 2 + (twist_sin + twist_i_cos) ** 2
    return found


def _phases(optics: BeadOptics, vacuum: float, lateral: Array) -> tuple[Array, NDArray[np.complex128] | float]:
    """Return by how much the phase of a wave changes per height of the bead [rad/nm], and its aberration, a factor."""
    in_medium = _axial(vacuum * optics.medium_index, lateral)
    in_immersion = _axial(vacuum * optics.immersion_index, lateral)
    if optics.focal_depth_nm is None:
        return in_immersion, 1.0
    # on the axis the focus moves in the medium by the ratio of the indices of what it moves in the immersion
    travel = optics.immersion_index / optics.medium_index
    return in_medium, np.exp(1j * optics.focal_depth_nm * (in_medium - travel * in_immersion))


def _axial(wavenumber: float, lateral: Array) -> Array:
    return np.sqrt(wavenumber**2 - lateral**2) - wavenumber


def _directions(
    optics: BeadOptics, vacuum: float, furthest_nm: float, widest_nm: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return angles and weights of an integral over the pupil that resolves the fastest phase."""
    index = optics.immersion_index if optics.focal_depth_nm is None else optics.medium_index
    sine = optics.numerical_aperture / index
    furthest_nm += abs(optics.focal_depth_nm or 0.0)
    phase = vacuum * optics.numerical_aperture * widest_nm
    phase += vacuum * index * furthest_nm * (1 - np.sqrt(1 - sine**2))
    nodes, weights = roots_legendre(_NODES_AT_LEAST + int(_NODES_PER_RAD * phase))
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
