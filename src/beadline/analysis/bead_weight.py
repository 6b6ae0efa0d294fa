"""The weight of a bead in water, which acts against the magnets."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

GRAVITY_M_PER_S2 = 9.81
WATER_G_PER_CM3 = 0.997
_PN_PER_G_CM3_NM3 = 1e-12
"""g/cm³ times nm³ times m/s² in pN."""


def bead_weight_pn(
    radius_nm: ArrayLike, density_g_per_cm3: ArrayLike, fluid_g_per_cm3: float = WATER_G_PER_CM3
) -> NDArray[np.float64]:
    """Return the weight of a sphere less its buoyancy [pN]; negative for one that floats.

    What pulls on a tether is the force of the magnets less this weight, if they are above the sample; a force from
    fluctuations has it taken off already.

    Args:
        radius_nm: of the bead [nm]; broadcasts with the density.
        density_g_per_cm3: of the bead [g/cm³]; about 1.6 for M270, 1.8 for MyOne.
        fluid_g_per_cm3: of the buffer [g/cm³].

    Raises:
        ValueError: a number is not positive.

    Source:
        Archimedes. Densities as their maker gives them.
    """
    radius, density = np.asarray(radius_nm, dtype=np.float64), np.asarray(density_g_per_cm3, dtype=np.float64)
    if not ((radius > 0).all() and (density > 0).all() and fluid_g_per_cm3 > 0):
        raise ValueError("A bead needs a radius above 0 nm, and it and its fluid a density above 0 g/cm³")
    volume = 4 / 3 * np.pi * radius**3
    return volume * (density - fluid_g_per_cm3) * GRAVITY_M_PER_S2 * _PN_PER_G_CM3_NM3
