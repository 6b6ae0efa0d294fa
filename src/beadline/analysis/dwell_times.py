"""Rates from dwell times: how long a state lasts before it ends.

Source:
    Maximum likelihood of the exponential distribution, with dwells that are cut off and with a shortest dwell that can
    be seen; the interval is that of the Poisson number of events: Garwood, Biometrika 28 (1936) 437.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaincinv

Floats = NDArray[np.float64]

LEAST_DWELLS = 10
SIGMAS = 4.0


@dataclass(frozen=True)
class DwellRate:
    """The rate at which a state ends.

    Attributes:
        per_s: rate [1/s].
        interval_per_s: where it is with 95 % probability, shape (2,) [1/s].
        dwells: number of dwells whose end was seen.
        warnings: what speaks against the result, in words.
    """

    per_s: float
    interval_per_s: tuple[float, float]
    dwells: int
    warnings: tuple[str, ...] = ()


def dwell_rate(dwells_s: ArrayLike, cut_off_s: ArrayLike = (), *, dead_s: float = 0.0) -> DwellRate:
    """Estimate the rate at which a state ends, if it has no memory.

    Args:
        dwells_s: dwells that were seen from beginning to end, shape (dwells,) [s].
        cut_off_s: dwells whose end was not seen, such as the last of a trace, shape (dwells,) [s].
        dead_s: shortest dwell that can be seen [s]; shorter ones are to be left out.

    Raises:
        ValueError: no dwell, or one is shorter than the shortest.
    """
    dwells, cut_off = np.asarray(dwells_s, dtype=np.float64), np.asarray(cut_off_s, dtype=np.float64)
    if dwells.ndim != 1 or not len(dwells):
        raise ValueError(f"A rate cannot be found without a dwell whose end was seen (shape {dwells.shape})")
    if not (dead_s >= 0 and (dwells >= dead_s).all() and (dwells > 0).all() and (cut_off >= 0).all()):
        raise ValueError(
            f"Dwells from {dwells.min():g} s cannot all be seen if the shortest is {dead_s:g} s: leave shorter ones out"
        )
    beyond = dwells - dead_s
    waited = float(beyond.sum() + np.maximum(cut_off - dead_s, 0).sum())
    if not waited > 0:
        raise ValueError(f"A rate cannot be found if every dwell lasts {dead_s:g} s, the shortest that can be seen")
    number = len(dwells)
    interval = (gammaincinv(number, 0.025) / waited, gammaincinv(number + 1, 0.975) / waited)
    warnings = []
    if number < LEAST_DWELLS:
        warnings.append(f"{number} dwells: whether they have one rate cannot be told")
    elif not len(cut_off) or cut_off.sum() < 0.1 * waited:
        # the spread of exponential dwells is their mean
        spread = float(beyond.std(ddof=1) / beyond.mean())
        if abs(spread - 1) > SIGMAS / np.sqrt(number):
            many = "more than one rate" if spread > 1 else "more than one step before a dwell ends"
            warnings.append(f"the dwells spread by {spread:.2f} times their mean, and not by 1: {many}")
    return DwellRate(number / waited, (float(interval[0]), float(interval[1])), number, tuple(warnings))
