"""Where the search for force, drag and noise begins: near enough that it finds them."""

import numpy as np
from numpy.typing import NDArray

from .lateral_motion import Pendulum
from .traces import straight_line

Floats = NDArray[np.float64]

LEAST_SHARE_OF_MOTION = 0.05
"""Of the variance: the rest may be noise."""
UNSEEN_NOISE = 0.05
"""Of the smallest motion from frame to frame: noise below it changes nothing that could be measured."""


def starting_logarithms(trace: Floats, pendulum: Pendulum, noise_nm: float | None) -> Floats:
    """Return logarithms of force [pN] and drag [pN s/nm], and of the noise [nm] if it is to be found.

    Args:
        trace: shape (frames,) [nm].
        pendulum: tether and direction.
        noise_nm: of the tracking, None if it is to be found [nm].
    """
    moving = trace - straight_line(trace)[0]
    guessed = np.sqrt(np.mean(np.diff(moving, n=2) ** 2) / 6) / 3 if noise_nm is None else noise_nm
    seen = moving.var()
    variance = max(seen - guessed**2, LEAST_SHARE_OF_MOTION * seen)
    found = [pendulum.thermal_energy_pn_nm * pendulum.length_nm / variance, pendulum.expected_drag_pn_s_per_nm]
    return np.log([*found, guessed] if noise_nm is None else found)


def lowest_logarithms(trace: Floats, start: Floats) -> Floats:
    """Return below which logarithms no parameter is sought: none, but noise that cannot be seen in the trace."""
    unseen = np.log(UNSEEN_NOISE * np.sqrt(np.mean(np.diff(trace, n=2) ** 2) / 6))
    return np.array([-np.inf, -np.inf, unseen])[: len(start)]
