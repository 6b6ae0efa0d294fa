"""The drag of a sphere in water, near a wall."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.floating[Any]]


def stokes_drag_pn_s_per_nm(radius_nm: float, viscosity_pn_s_per_nm2: float) -> float:
    """Return the drag of a sphere far from any wall [pN s/nm]."""
    return 6 * np.pi * viscosity_pn_s_per_nm2 * radius_nm


def faxen_factor(radius_nm: float, height_nm: ArrayLike) -> FloatArray:
    """Return by how much a wall raises the drag along it.

    Args:
        radius_nm: of the sphere [nm].
        height_nm: of its centre above the wall [nm], any shape.

    Source:
        Faxén's expansion to fifth order, as in Schäffer, Nørrelykke and Howard (2007), Langmuir 23, 3654.
    """
    q = _closeness(radius_nm, height_nm)
    return 1 / (1 - 9 / 16 * q + q**3 / 8 - 45 / 256 * q**4 - q**5 / 16)


def brenner_factor(radius_nm: float, height_nm: ArrayLike) -> FloatArray:
    """Return by how much a wall raises the drag towards and away from it; arguments as `faxen_factor`.

    Source:
        Schäffer, Nørrelykke and Howard (2007), Langmuir 23, 3654: interpolation of Brenner's series.
    """
    q = _closeness(radius_nm, height_nm)
    return 1 / (1 - 9 / 8 * q + q**3 / 2 - 0.57 * q**4 + 0.2 * q**5 + 7 / 200 * q**11 - q**12 / 25)


def _closeness(radius_nm: float, height_nm: ArrayLike) -> FloatArray:
    height = np.asarray(height_nm, dtype=float)
    if np.any(height < radius_nm):
        raise ValueError(f"The centre of a sphere of {radius_nm:g} nm cannot be {height.min():g} nm above the wall")
    return radius_nm / height
