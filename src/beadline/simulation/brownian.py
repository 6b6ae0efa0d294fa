"""The exact motion of a bead in a harmonic well, seen through an exposure."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
COEFFICIENTS = 8
_SERIES_BELOW = 0.01


def harmonic_motion(
    centre_nm: ArrayLike,
    stiffness_pn_per_nm: ArrayLike,
    drag_pn_s_per_nm: ArrayLike,
    thermal_pn_nm: float,
    *,
    dead_s: float,
    exposure_s: float,
) -> Floats:
    """Return the coefficients of one frame of Ornstein-Uhlenbeck motion, shape (..., 8).

    With x the distance from the centre and n1, n2, n3 standard normal numbers, the dead time takes x to
    c[1] x + c[2] n1, then the exposure takes that to c[3] x + c[4] n2, and its average is c[5] x + c[6] n2 + c[7] n3.
    c[0] is the centre.

    Args:
        centre_nm: where the well is [nm].
        stiffness_pn_per_nm: of the well [pN/nm].
        drag_pn_s_per_nm: of the bead [pN s/nm].
        thermal_pn_nm: kT [pN nm].
        dead_s: time since the last exposure ended [s].
        exposure_s: duration of the exposure [s].

    Source:
        Joint normal distribution of the end point and the time average of an Ornstein-Uhlenbeck process.
    """
    centre, stiffness, drag = np.broadcast_arrays(
        np.asarray(centre_nm, dtype=np.float64), stiffness_pn_per_nm, drag_pn_s_per_nm
    )
    variance = thermal_pn_nm / stiffness
    a = stiffness / drag * exposure_s
    left, gone = np.exp(-a), -np.expm1(-a)
    end_variance = -variance * np.expm1(-2 * a)
    shared = variance * gone**2 / a
    closed = variance * (2 * a - 3 + 4 * left - left**2) / a**2
    series = variance * (2 / 3 * a - a**2 / 2 + 7 / 30 * a**3)
    average_variance = np.where(a < _SERIES_BELOW, series, closed)
    dead = stiffness / drag * dead_s
    return np.stack(
        (
            centre,
            np.exp(-dead),
            np.sqrt(-variance * np.expm1(-2 * dead)),
            left,
            np.sqrt(end_variance),
            gone / a,
            shared / np.sqrt(end_variance),
            np.sqrt(average_variance - shared**2 / end_variance),
        ),
        axis=-1,
    )


def step_of_centre(before_end_s: float, exposure_s: float, rate_per_s: float) -> tuple[float, float]:
    """Return by which part a bead follows a step of its harmonic well: the average over the exposure, and at its end.

    Exact for an overdamped bead.

    Args:
        before_end_s: how long before the end of the exposure the well makes a step [s]; may be before the exposure.
        exposure_s: duration of the exposure [s].
        rate_per_s: stiffness over drag [1/s].
    """
    shown_s = min(before_end_s, exposure_s)
    earlier = np.exp(-rate_per_s * (before_end_s - shown_s))
    lag_s = -earlier * np.expm1(-rate_per_s * shown_s) / rate_per_s
    return (shown_s - lag_s) / exposure_s, float(-np.expm1(-rate_per_s * before_end_s))
