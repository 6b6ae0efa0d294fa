"""The worm-like chain: force and extension of a molecule, both ways."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .thermal import thermal_energy_pn_nm

FloatArray = NDArray[np.floating[Any]]
_COEFFICIENTS = np.array([-0.5164228, -2.737418, 16.07497, -38.87607, 39.49944, -14.17718])
_POWERS = np.arange(2, 8)


def wlc_force_pn(
    extension_nm: ArrayLike, contour_nm: ArrayLike, persistence_nm: float = 50.0, temperature_k: float = 298.15
) -> FloatArray:
    """Return the force of an inextensible worm-like chain at an extension.

    Args:
        extension_nm: end-to-end distance [nm], any shape; negative extensions pull back.
        contour_nm: contour length [nm].
        persistence_nm: persistence length [nm].
        temperature_k: temperature [K].

    Returns:
        Force [pN], same shape.

    Raises:
        ValueError: an extension not below the contour length.

    Source:
        Bouchiat et al. (1999), Biophys. J. 76, 409: seven-term interpolation.
    """
    x = np.asarray(extension_nm, dtype=float) / contour_nm
    if np.any(np.abs(x) >= 1):
        raise ValueError(f"A chain cannot be stretched to {np.max(np.abs(x)):.4f} of its contour length: below 1 only")
    return np.sign(x) * _reduced_force(np.abs(x)) * thermal_energy_pn_nm(temperature_k) / persistence_nm


def wlc_stiffness_pn_per_nm(
    extension_nm: ArrayLike, contour_nm: ArrayLike, persistence_nm: float = 50.0, temperature_k: float = 298.15
) -> FloatArray:
    """Return how fast the force grows with extension [pN/nm]; arguments as `wlc_force_pn`."""
    x = np.abs(np.asarray(extension_nm, dtype=float) / contour_nm)
    scale = thermal_energy_pn_nm(temperature_k) / (persistence_nm * np.asarray(contour_nm, dtype=float))
    return _reduced_stiffness(x) * scale


def wlc_extension_nm(
    force_pn: ArrayLike,
    contour_nm: ArrayLike,
    persistence_nm: float = 50.0,
    temperature_k: float = 298.15,
    stretch_pn: float | None = None,
) -> FloatArray:
    """Return the extension of a worm-like chain under a force.

    Args:
        force_pn: force [pN], 0 or more, any shape.
        contour_nm: contour length [nm].
        persistence_nm: persistence length [nm].
        temperature_k: temperature [K].
        stretch_pn: stretch modulus [pN]; None is inextensible.

    Returns:
        Extension [nm], same shape.

    Raises:
        ValueError: a negative force.
    """
    force = np.asarray(force_pn, dtype=float)
    if np.any(force < 0):
        raise ValueError(f"A chain cannot be extended by {force.min():g} pN: the force is 0 pN or more")
    reduced = force * persistence_nm / thermal_energy_pn_nm(temperature_k)
    x = _reduced_extension(reduced)
    stretch = 0.0 if stretch_pn is None else force / stretch_pn
    return (x + stretch) * np.asarray(contour_nm, dtype=float)


def _reduced_force(x: FloatArray) -> FloatArray:
    series = np.sum(_COEFFICIENTS * x[..., None] ** _POWERS, axis=-1)
    return 1 / (4 * (1 - x) ** 2) - 0.25 + x + series


def _reduced_stiffness(x: FloatArray) -> FloatArray:
    series = np.sum(_COEFFICIENTS * _POWERS * x[..., None] ** (_POWERS - 1), axis=-1)
    return 1 / (2 * (1 - x) ** 3) + 1 + series


def _reduced_extension(force: FloatArray) -> FloatArray:
    """Invert the reduced force: bisection to be safe, then Newton to be exact."""
    low, high = np.zeros_like(force), np.full_like(force, 1 - 1e-9)
    for _ in range(40):
        middle = (low + high) / 2
        above = _reduced_force(middle) > force
        high, low = np.where(above, middle, high), np.where(above, low, middle)
    x = (low + high) / 2
    for _ in range(3):
        x = np.clip(x - (_reduced_force(x) - force) / _reduced_stiffness(x), 0.0, 1 - 1e-12)
    return x
