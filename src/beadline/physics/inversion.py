"""Turning a monotone function round, for whole arrays at once."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_HALVINGS = 64


def invert_rising(
    function: Callable[[Floats], Floats], values: Floats, low: Floats | float, high: Floats | float
) -> Floats:
    """Find where a rising function has the given values, by halving [low, high] until nothing is left of it.

    Args:
        function: rises between low and high; called with arrays of the shape of `values`.
        values: what the function shall give; within what it gives between low and high.
        low: lower end of the search.
        high: upper end of the search.
    """
    below = np.broadcast_to(np.asarray(low, dtype=np.float64), values.shape).copy()
    above = np.broadcast_to(np.asarray(high, dtype=np.float64), values.shape).copy()
    for _ in range(_HALVINGS):
        middle = 0.5 * (below + above)
        too_low = function(middle) < values
        below = np.where(too_low, middle, below)
        above = np.where(too_low, above, middle)
    return 0.5 * (below + above)
