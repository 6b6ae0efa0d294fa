"""Random numbers as a function of a key and a counter: the few that are not drawn inside a compiled loop."""

import numpy as np
from numpy.typing import NDArray

_GOLDEN = 0x9E3779B97F4A7C15
_MIX_1, _MIX_2 = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_ALL = (1 << 64) - 1


def mixed(key: int | np.uint64, counter: int) -> np.uint64:
    """Return 64 random bits for a key and a counter: the finaliser of SplitMix64, as in the compiled loops."""
    bits = (int(key) + int(counter) * _GOLDEN) & _ALL
    bits = ((bits ^ (bits >> 30)) * _MIX_1) & _ALL
    bits = ((bits ^ (bits >> 27)) * _MIX_2) & _ALL
    return np.uint64(bits ^ (bits >> 31))


def normals(key: int | np.uint64, count: int) -> NDArray[np.float64]:
    """Return standard normal numbers, shape (count,) (Box and Muller)."""
    uniform = np.array([(int(mixed(key, n)) >> 11) + 0.5 for n in range(2 * count)]) / 2.0**53
    return np.sqrt(-2 * np.log(uniform[::2])) * np.cos(2 * np.pi * uniform[1::2])


def exponential(seed: int, *place: int) -> float:
    """Return an exponential random number of mean 1 for a seed and a row of counters."""
    key: int | np.uint64 = seed
    for counter in place:
        key = mixed(key, counter + 1)
    return -float(np.log(((int(key) >> 11) + 0.5) / 2.0**53))
