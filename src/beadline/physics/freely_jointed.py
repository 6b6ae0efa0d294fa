"""The freely jointed chain: force and extension of single strands, both ways."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .chains import chain_arrays, relative_extension, require_finite
from .drag import thermal_energy_pn_nm
from .inversion import invert_rising

Floats = NDArray[np.float64]
_SERIES_BELOW = 1e-2


def fjc_extension_nm(
    force_pn: ArrayLike,
    contour_nm: ArrayLike,
    kuhn_nm: float = 1.5,
    temperature_k: float = 298.15,
    stretch_pn: float | None = None,
) -> Floats:
    """Return the extension of a freely jointed chain under a force [nm], odd in the force.

    Args:
        force_pn: force on the ends [pN]; broadcasts with `contour_nm`.
        contour_nm: length of the relaxed chain along itself [nm].
        kuhn_nm: length of a link [nm].
        temperature_k: temperature [K].
        stretch_pn: stretch modulus [pN]; None for links that do not stretch.

    Raises:
        ValueError: a force is not finite, or a parameter is not positive.

    Source:
        Langevin's function; with links that stretch: Smith, Cui & Bustamante, Science 271 (1996) 795.
    """
    force, contour = chain_arrays(force_pn, contour_nm, stretch_pn, kuhn_nm=kuhn_nm)
    require_finite(force)
    return contour * _relative(force, kuhn_nm / thermal_energy_pn_nm(temperature_k), stretch_pn)


def fjc_force_pn(
    extension_nm: ArrayLike,
    contour_nm: ArrayLike,
    kuhn_nm: float = 1.5,
    temperature_k: float = 298.15,
    stretch_pn: float | None = None,
) -> Floats:
    """Return the force that holds a freely jointed chain at an extension [pN], odd in the extension.

    Args:
        extension_nm: distance of the ends along the force [nm]; broadcasts with `contour_nm`.
        contour_nm: length of the relaxed chain along itself [nm].
        kuhn_nm: length of a link [nm].
        temperature_k: temperature [K].
        stretch_pn: stretch modulus [pN]; None for links that do not stretch.

    Raises:
        ValueError: the chain is not that long, or a parameter is not positive.

    Source:
        As `fjc_extension_nm`, turned round.
    """
    extension, contour = chain_arrays(extension_nm, contour_nm, stretch_pn, kuhn_nm=kuhn_nm)
    per_pn = kuhn_nm / thermal_energy_pn_nm(temperature_k)
    relative = relative_extension(extension, contour, stretch_pn)
    # coth u - 1/u > 1 - 1/u: the force looked for is below these
    if stretch_pn is None:
        highest = 1 / (1 - relative) / per_pn
    else:
        highest = np.maximum(stretch_pn * relative, (1 + relative) / per_pn)
    force = invert_rising(lambda trial: _relative(trial, per_pn, stretch_pn), relative, 0.0, highest)
    return np.sign(extension) * force


def _relative(force: Floats, per_pn: float, stretch_pn: float | None) -> Floats:
    relative = _langevin(force * per_pn)
    return relative if stretch_pn is None else relative * (1 + np.abs(force) / stretch_pn)


def _langevin(u: Floats) -> Floats:
    small = np.abs(u) < _SERIES_BELOW
    safe = np.where(small, 1.0, u)
    return np.where(small, u / 3 - u**3 / 45, 1 / np.tanh(safe) - 1 / safe)
