"""Does something grow: the slope of its samples, its error, and what that allows to say."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

LEAST_SAMPLES = 4
SIGMAS = 2.0
ROUNDING = 1e-6
"""A slope that is nothing but rounding [the unit of the samples per hour]."""


def trend(time_s: ArrayLike, values: ArrayLike, allowed_per_h: float) -> dict[str, Any]:
    """Fit a straight line to samples and judge its slope.

    Args:
        time_s: when they were taken, shape (samples,) [s].
        values: the samples, in any unit.
        allowed_per_h: greatest slope that still counts as flat [that unit per hour].

    Returns:
        `first` and `last`; `per_h`: slope per hour; `error_per_h`: its standard error from the scatter about the line;
        `allowed_per_h`; `verdict`: "flat" if the slope is within two errors below what is allowed, "grows" if it is by
        two errors above, "undecided" otherwise, also with fewer than four samples.
    """
    hours, seen = np.asarray(time_s, dtype=float) / 3600, np.asarray(values, dtype=float)
    ends: dict[str, Any] = {"first": float(seen[0]), "last": float(seen[-1])} if len(seen) else {}
    if len(seen) < LEAST_SAMPLES:
        return {**ends, "per_h": None, "error_per_h": None, "allowed_per_h": allowed_per_h, "verdict": "undecided"}
    centred = hours - hours.mean()
    slope = float(centred @ seen / (centred @ centred))
    residuals = seen - seen.mean() - slope * centred
    error = float(np.sqrt(residuals @ residuals / (len(seen) - 2) / (centred @ centred)))
    verdict, limit = "undecided", allowed_per_h + ROUNDING
    if slope + SIGMAS * error <= limit:
        verdict = "flat"
    elif slope - SIGMAS * error > limit:
        verdict = "grows"
    return {
        **ends,
        "per_h": round(slope, 4),
        "error_per_h": round(error, 4),
        "allowed_per_h": allowed_per_h,
        "verdict": verdict,
    }
