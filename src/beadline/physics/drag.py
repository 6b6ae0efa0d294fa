"""Heat and drag: what moves a bead and what holds it back, in bulk and near a wall."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

BOLTZMANN_PN_NM_PER_K = 0.01380649


def thermal_energy_pn_nm(temperature_k: float = 298.15) -> float:
    """Return kT [pN nm].

    Raises:
        ValueError: the temperature is not positive.
    """
    if not temperature_k > 0:
        raise ValueError(f"There is no thermal energy at {temperature_k:g} K: a temperature must be above 0 K")
    return BOLTZMANN_PN_NM_PER_K * temperature_k


def water_viscosity_pn_s_per_nm2(temperature_k: float = 298.15) -> float:
    """Return the viscosity of water [pN s/nm²]; 1 mPa s is 1e-9 of it.

    Raises:
        ValueError: water is not a liquid at this temperature.

    Source:
        Vogel equation for water, within 0.5 % of the tabulated values from 273 to 373 K.
    """
    if not 273 <= temperature_k <= 373.15:
        raise ValueError(f"The viscosity of water at {temperature_k:g} K is not known: it is from 273 to 373.15 K")
    return 2.939e-11 * float(np.exp(507.88 / (temperature_k - 149.3)))


def parallel_wall_factor(radius_nm: ArrayLike, height_nm: ArrayLike) -> NDArray[np.float64]:
    """Return how many times greater the drag along a wall is than in bulk.

    Args:
        radius_nm: radius of the bead [nm].
        height_nm: height of its centre above the wall [nm].

    Raises:
        ValueError: a centre is lower than the radius.

    Source:
        Faxén, to fifth order in radius over height.
    """
    q = _closeness(radius_nm, height_nm)
    return 1 / (1 - 9 / 16 * q + 1 / 8 * q**3 - 45 / 256 * q**4 - 1 / 16 * q**5)


def perpendicular_wall_factor(radius_nm: ArrayLike, height_nm: ArrayLike) -> NDArray[np.float64]:
    """Return how many times greater the drag towards a wall is than in bulk; infinite at contact.

    Args:
        radius_nm: radius of the bead [nm].
        height_nm: height of its centre above the wall [nm].

    Raises:
        ValueError: a centre is lower than the radius.

    Source:
        Brenner's exact sum as the polynomial of Schäffer et al. (2007).
    """
    q = _closeness(radius_nm, height_nm)
    mobility = 1 - 9 / 8 * q + 1 / 2 * q**3 - 0.57 * q**4 + 0.2 * q**5 + 7 / 200 * q**11 - 1 / 25 * q**12
    # the terms cancel at contact but for the last bit, which may be negative
    with np.errstate(divide="ignore"):
        return 1 / np.where(q == 1, 0.0, mobility)


def rotation_wall_factor(radius_nm: ArrayLike, height_nm: ArrayLike) -> NDArray[np.float64]:
    """Return how many times greater the drag of rolling is near a wall than in bulk, the axis lying along the wall.

    Args:
        radius_nm: radius of the bead [nm].
        height_nm: height of its centre above the wall [nm].

    Raises:
        ValueError: a centre is lower than the radius.

    Source:
        First term of the expansion in radius over height. It ends at 1.31 on the wall, where the true factor grows
        without limit; a tether keeps its bead away from there.
    """
    return 1 + 5 / 16 * _closeness(radius_nm, height_nm) ** 3


def rotational_drag_pn_nm_s(radius_nm: ArrayLike, viscosity_pn_s_per_nm2: float) -> NDArray[np.float64]:
    """Return the drag of a turning sphere in bulk [pN nm s].

    Source:
        Stokes.
    """
    return 8 * np.pi * viscosity_pn_s_per_nm2 * np.asarray(radius_nm, dtype=np.float64) ** 3


def drag_pn_s_per_nm(radius_nm: ArrayLike, viscosity_pn_s_per_nm2: float) -> NDArray[np.float64]:
    """Return the drag of a sphere in bulk [pN s/nm].

    Source:
        Stokes.
    """
    return 6 * np.pi * viscosity_pn_s_per_nm2 * np.asarray(radius_nm, dtype=np.float64)


def _closeness(radius_nm: ArrayLike, height_nm: ArrayLike) -> NDArray[np.float64]:
    radius, height = np.asarray(radius_nm, dtype=np.float64), np.asarray(height_nm, dtype=np.float64)
    if not (height >= radius).all():
        lowest = float(np.min(height))
        raise ValueError(
            f"The centre of a bead cannot be {lowest:g} nm above the wall: it is at least its radius away, "
            f"{float(np.max(radius)):g} nm"
        )
    return radius / height
