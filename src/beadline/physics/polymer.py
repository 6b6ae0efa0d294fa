"""The worm-like chain: force and extension of DNA, both ways.

Source:
    Bouchiat et al., Biophys. J. 76 (1999) 409: interpolation with seven terms, within 0.01 % of the exact chain.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .chains import chain_arrays, relative_extension, require_finite
from .drag import thermal_energy_pn_nm
from .inversion import invert_rising

Floats = NDArray[np.float64]

WLC_COEFFICIENTS: tuple[float, ...] = (-0.5164228, -2.737418, 16.07497, -38.87607, 39.49944, -14.17718)
"""Factors of the relative extension to the powers 2 to 7."""


def wlc_force_pn(
    extension_nm: ArrayLike,
    contour_nm: ArrayLike,
    persistence_nm: float = 50.0,
    temperature_k: float = 298.15,
    stretch_pn: float | None = None,
) -> Floats:
    """Return the force that holds a chain at an extension [pN], odd in the extension.

    Args:
        extension_nm: distance of the ends along the force [nm].
        contour_nm: length of the relaxed chain along itself [nm].
        persistence_nm: persistence length [nm].
        temperature_k: temperature [K].
        stretch_pn: stretch modulus [pN]; None for a chain that does not stretch.

    Raises:
        ValueError: the chain is not that long, or a parameter is not positive.
    """
    extension, contour = chain_arrays(extension_nm, contour_nm, stretch_pn, persistence_nm=persistence_nm)
    scale = thermal_energy_pn_nm(temperature_k) / persistence_nm
    relative = relative_extension(extension, contour, stretch_pn)
    if stretch_pn is None:
        return np.sign(extension) * scale * _reduced_force(relative)
    # at x = extension without the stretching, force and stretching both rise: relative = x + F(x) / stretch
    bent = invert_rising(lambda x: x + scale * _reduced_force(x) / stretch_pn, relative, 0.0, np.minimum(relative, 1))
    return np.sign(extension) * scale * _reduced_force(np.minimum(bent, np.nextafter(1.0, 0.0)))


def wlc_extension_nm(
    force_pn: ArrayLike,
    contour_nm: ArrayLike,
    persistence_nm: float = 50.0,
    temperature_k: float = 298.15,
    stretch_pn: float | None = None,
) -> Floats:
    """Return the extension of a chain under a force [nm], odd in the force.

    Args:
        force_pn: force on the ends [pN].
        contour_nm: length of the relaxed chain along itself [nm].
        persistence_nm: persistence length [nm].
        temperature_k: temperature [K].
        stretch_pn: stretch modulus [pN]; None for a chain that does not stretch.

    Raises:
        ValueError: a force is not finite, or a parameter is not positive.
    """
    force, contour = chain_arrays(force_pn, contour_nm, stretch_pn, persistence_nm=persistence_nm)
    scale = thermal_energy_pn_nm(temperature_k) / persistence_nm
    relative = _relative_extension(np.abs(force) / scale)
    if stretch_pn is not None:
        relative = relative + np.abs(force) / stretch_pn
    return np.sign(force) * relative * contour


def wlc_stiffness_pn_per_nm(
    force_pn: ArrayLike,
    contour_nm: ArrayLike,
    persistence_nm: float = 50.0,
    temperature_k: float = 298.15,
    stretch_pn: float | None = None,
) -> Floats:
    """Return how much the force rises per extension at a force [pN/nm].

    Args:
        force_pn: force on the ends [pN].
        contour_nm: length of the relaxed chain along itself [nm].
        persistence_nm: persistence length [nm].
        temperature_k: temperature [K].
        stretch_pn: stretch modulus [pN]; None for a chain that does not stretch.

    Raises:
        ValueError: a force is not finite, or a parameter is not positive.
    """
    force, contour = chain_arrays(force_pn, contour_nm, stretch_pn, persistence_nm=persistence_nm)
    scale = thermal_energy_pn_nm(temperature_k) / persistence_nm
    relative = _relative_extension(np.abs(force) / scale)
    stiffness = scale / contour * _reduced_stiffness(relative)
    if stretch_pn is None:
        return stiffness
    return 1 / (1 / stiffness + contour / stretch_pn)


def wlc_free_energy_pn_nm(
    force_pn: ArrayLike,
    contour_nm: ArrayLike,
    persistence_nm: float = 50.0,
    temperature_k: float = 298.15,
    stretch_pn: float | None = None,
) -> Floats:
    """Return the free energy of a chain under a constant force [pN nm]: 0 without force, and its slope is -extension.

    Args:
        force_pn: force on the ends [pN].
        contour_nm: length of the relaxed chain along itself [nm].
        persistence_nm: persistence length [nm].
        temperature_k: temperature [K].
        stretch_pn: stretch modulus [pN]; None for a chain that does not stretch.

    Raises:
        ValueError: a force is not finite, or a parameter is not positive.
    """
    force, contour = chain_arrays(force_pn, contour_nm, stretch_pn, persistence_nm=persistence_nm)
    scale = thermal_energy_pn_nm(temperature_k) / persistence_nm
    reduced = np.abs(force) / scale
    relative = _relative_extension(reduced)
    gained = scale * (relative * reduced - _reduced_work(relative))
    if stretch_pn is not None:
        gained = gained + 0.5 * force**2 / stretch_pn
    return -gained * contour


def _reduced_work(relative: Floats) -> Floats:
    """Integral of the reduced force from 0 to a relative extension."""
    total = 0.25 / (1 - relative) - 0.25 - 0.25 * relative + 0.5 * relative**2
    for power, coefficient in enumerate(WLC_COEFFICIENTS, start=2):
        total = total + coefficient * relative ** (power + 1) / (power + 1)
    return total


def _reduced_force(relative: Floats) -> Floats:
    """Force in units of kT over persistence length."""
    sum_of_powers = np.zeros_like(relative)
    for coefficient in reversed(WLC_COEFFICIENTS):
        sum_of_powers = (sum_of_powers + coefficient) * relative
    with np.errstate(divide="ignore"):
        return 0.25 / (1 - relative) ** 2 - 0.25 + relative + sum_of_powers * relative


def _reduced_stiffness(relative: Floats) -> Floats:
    total = 0.5 / (1 - relative) ** 3 + 1
    for power, coefficient in enumerate(WLC_COEFFICIENTS, start=2):
        total = total + power * coefficient * relative ** (power - 1)
    return total


def _relative_extension(reduced_force: Floats) -> Floats:
    require_finite(reduced_force)
    return invert_rising(_reduced_force, reduced_force, 0.0, 1.0)
