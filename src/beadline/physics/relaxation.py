"""How long a tethered bead remembers where it was, and so how long to record it for a force."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import require_above_zero
from .drag import drag_pn_s_per_nm, parallel_wall_factor, water_viscosity_pn_s_per_nm2
from .pendulum import short_pendulum_pn_per_nm
from .polymer import wlc_extension_nm

Floats = NDArray[np.float64]


def relaxation_s(
    force_pn: ArrayLike,
    contour_nm: float,
    radius_nm: float,
    temperature_k: float = 298.15,
    persistence_nm: float = 50.0,
    stretch_pn: float = 1000.0,
) -> Floats:
    """Return the relaxation time of a bead along the field, on a worm-like chain in water above the surface [s].

    Args:
        force_pn: force on the tether [pN].
        contour_nm: of the molecule [nm].
        radius_nm: of the bead [nm].
        temperature_k: of the water [K].
        persistence_nm: of the molecule [nm]; the default is dsDNA, as is that of the stretch modulus.
        stretch_pn: of the molecule [pN].

    Raises:
        ValueError: a number is not positive.
    """
    require_above_zero("A tether", "pN", force_pn=force_pn)
    require_above_zero("A bead", "nm", radius_nm=radius_nm)
    length = wlc_extension_nm(force_pn, contour_nm, persistence_nm, temperature_k, stretch_pn)
    drag = drag_pn_s_per_nm(radius_nm, water_viscosity_pn_s_per_nm2(temperature_k))
    drag = drag * parallel_wall_factor(radius_nm, radius_nm + length)
    return np.asarray(drag / short_pendulum_pn_per_nm(force_pn, length))


def corner_hz(relaxation: ArrayLike) -> Floats:
    """Return the corner frequency that goes with a relaxation time in s [Hz]."""
    require_above_zero("A bead", "s", relaxation=relaxation)
    return np.asarray(1 / (2 * math.pi * np.asarray(relaxation, dtype=np.float64)))


def relative_force_error(relaxation: ArrayLike, duration: ArrayLike) -> Floats:
    """Return the standard error, relative to it, of a force by the variance of the motion along the field.

    Args:
        relaxation: relaxation time of the motion [s].
        duration: how long the motion is recorded, many relaxation times [s].

    Raises:
        ValueError: a number is not positive.

    Source:
        The variance of an Ornstein-Uhlenbeck process, known from T / 2 τ independent values of weight 2: √(2 τ / T).
    """
    require_above_zero("A bead", "s", relaxation=relaxation, duration=duration)
    return np.sqrt(2 * np.asarray(relaxation, dtype=np.float64) / np.asarray(duration, dtype=np.float64))


def duration_for_error_s(relaxation: ArrayLike, relative_error: float) -> Floats:
    """Return how long to record for a relative standard error of the force [s]: the inverse of `relative_force_error`.

    Raises:
        ValueError: a number is not positive.
    """
    require_above_zero("A bead", "s", relaxation=relaxation)
    require_above_zero("A force", "", relative_error=relative_error)
    return 2 * np.asarray(relaxation, dtype=np.float64) / relative_error**2
