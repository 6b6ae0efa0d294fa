"""The interpolation of Marko and Siggia, a control: it is known to be up to 8 % too short, and must fit worse.

Source:
    Marko & Siggia, Macromolecules 28 (1995) 8759.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from beadline.physics import thermal_energy_pn_nm

Floats = NDArray[np.float64]

_SHARES = 1 - np.geomspace(1.0, 1e-3, 4000)
_REDUCED = 0.25 / (1 - _SHARES) ** 2 - 0.25 + _SHARES


@dataclass(frozen=True)
class Misfit:
    """A chain of Marko and Siggia that explains a force-extension curve as well as it can.

    Attributes:
        persistence_nm: persistence length [nm].
        contour_nm: contour length [nm].
        chi_squared: sum of squares of the residuals over their errors.
    """

    persistence_nm: float
    contour_nm: float
    chi_squared: float


def fit_marko_siggia(
    extension_nm: Floats, force_pn: Floats, error_nm: Floats, stretch_pn: float, temperature_k: float
) -> Misfit:
    """Fit persistence and contour length.

    Args:
        extension_nm: shape (points,) [nm].
        force_pn: shape (points,) [pN].
        error_nm: standard errors of the extensions, those of the forces with them, shape (points,) [nm].
        stretch_pn: stretch modulus [pN].
        temperature_k: temperature [K].
    """
    kt = thermal_energy_pn_nm(temperature_k)

    def residuals(logarithms: Floats) -> Floats:
        persistence, contour = np.exp(logarithms)
        share = np.interp(force_pn * persistence / kt, _REDUCED, _SHARES) + force_pn / stretch_pn
        return (contour * share - extension_nm) / error_nm

    found = least_squares(residuals, np.log([50.0, 1.05 * extension_nm.max()]), x_scale=0.1)
    persistence, contour = np.exp(found.x)
    return Misfit(float(persistence), float(contour), float(2 * found.cost))
