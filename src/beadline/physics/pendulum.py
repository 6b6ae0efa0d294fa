"""A tethered bead as a pendulum: short along the field, where it cannot turn, and long across it, where it rolls.

Source:
    Daldrop et al., Biophys. J. 108 (2015) 2550: translation and rotation coupled by the tether, without inertia.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import i0e, i1e

from .checks import require_above_zero
from .drag import thermal_energy_pn_nm

Floats = NDArray[np.float64]


def short_pendulum_pn_per_nm(force_pn: ArrayLike, extension_nm: ArrayLike) -> Floats:
    """Return the stiffness that holds a bead along the field [pN/nm].

    Args:
        force_pn: force on the tether [pN]; broadcasts with the extension.
        extension_nm: of the tether [nm].

    Raises:
        ValueError: a number is not positive.
    """
    require_above_zero("A tether", "pN", force_pn=force_pn)
    require_above_zero("A tether", "nm", extension_nm=extension_nm)
    return np.asarray(force_pn, dtype=np.float64) / np.asarray(extension_nm, dtype=np.float64)


def long_pendulum_pn_per_nm(force_pn: ArrayLike, extension_nm: ArrayLike, radius_nm: ArrayLike) -> Floats:
    """Return the stiffness by the variance of a bead across the field, where it rolls about the field [pN/nm].

    kT over it is the variance, exactly; but the motion is no single Lorentzian: see `rolling_modes`.

    Args:
        force_pn: force on the tether [pN]; all broadcast.
        extension_nm: of the tether [nm].
        radius_nm: of the bead [nm].

    Raises:
        ValueError: a number is not positive.
    """
    require_above_zero("A bead", "nm", radius_nm=radius_nm)
    return short_pendulum_pn_per_nm(force_pn, np.asarray(extension_nm, dtype=np.float64) + np.asarray(radius_nm))


def rolling_descent_nm(force_pn: ArrayLike, lever_nm: ArrayLike, temperature_k: float = 298.15) -> Floats:
    """Return how much lower a bead is on average because it rolls about the field [nm]; nearly kT over twice the force.

    The tether ends at the same height on average whether its bead rolls or not, and pulls its attachment up: the bead
    hangs lower by lever (1 - cos roll), of which this is Boltzmann's mean. It is no part of the tether's extension.

    Args:
        force_pn: force on the tether [pN]; broadcasts with the lever.
        lever_nm: distance of the attachment from the axis of rolling, the radius for one at the lowest point [nm].
        temperature_k: temperature [K].

    Raises:
        ValueError: a number is not positive.

    Source:
        The energy is that of a lever in a field, force times lever (1 - cos roll): the mean cosine is the ratio of the
        modified Bessel functions of orders 1 and 0. Derived here.
    """
    require_above_zero("A tether", "pN", force_pn=force_pn)
    require_above_zero("A bead", "nm", lever_nm=lever_nm)
    lever = np.asarray(lever_nm, dtype=np.float64)
    energy = np.asarray(force_pn, dtype=np.float64) * lever / thermal_energy_pn_nm(temperature_k)
    return lever * (1 - i1e(energy) / i0e(energy))


def rolling_modes(
    force_pn: ArrayLike,
    extension_nm: ArrayLike,
    radius_nm: ArrayLike,
    drag_pn_s_per_nm: ArrayLike,
    rotational_drag_pn_nm_s: ArrayLike,
) -> tuple[Floats, Floats]:
    """Return the motion across the field as the sum of two independent motions in harmonic wells.

    The position is linear in two coupled coordinates that come to rest exponentially; turned to the axes in which they
    do not know of each other, each is a well. So all that holds of a well (`RecordedWell`, `lorentzian_nm2_per_hz`)
    holds of each, and spectra, variances and Allan variances add. Small angles: the motion is much less than
    extension and radius. The coupling of rolling and sliding by the wall is left out.

    Args:
        force_pn: force on the tether [pN]; all broadcast.
        extension_nm: of the tether [nm].
        radius_nm: of the bead [nm].
        drag_pn_s_per_nm: of the bead along the wall [pN s/nm].
        rotational_drag_pn_nm_s: of the rolling bead [pN nm s].

    Returns:
        Stiffness [pN/nm] and drag [pN s/nm] of the slow and the fast motion, shape (..., 2).

    Raises:
        ValueError: a number is not positive.
    """
    require_above_zero("A tether", "pN", force_pn=force_pn)
    require_above_zero("A tether", "nm", extension_nm=extension_nm)
    require_above_zero("A bead", "nm", radius_nm=radius_nm)
    require_above_zero("A bead", "pN s/nm", drag_pn_s_per_nm=drag_pn_s_per_nm)
    require_above_zero("A bead", "pN nm s", rotational_drag_pn_nm_s=rotational_drag_pn_nm_s)
    force, length, radius, drag, turning = np.broadcast_arrays(
        *(
            np.asarray(each, dtype=np.float64)
            for each in (force_pn, extension_nm, radius_nm, drag_pn_s_per_nm, rotational_drag_pn_nm_s)
        )
    )
    sliding = force / (length * drag)
    rolling = (force * radius**2 / length + force * radius) / turning
    shared = -force * radius / length / np.sqrt(drag * turning)
    rates, turned = np.linalg.eigh(
        np.stack((np.stack((sliding, shared), axis=-1), np.stack((shared, rolling), axis=-1)), axis=-2)
    )
    drags = drag[..., np.newaxis] / turned[..., 0, :] ** 2
    return rates * drags, drags
