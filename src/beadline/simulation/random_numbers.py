"""Random numbers as a function of a key and a counter: which are whose, and those not drawn in a compiled loop.

The seed and a counter give the key of each frame and of the clocks of events, that key and a counter all that is random
in it: `OF_SEED` and `OF_FRAME` say who has which counters, so that nobody draws what another has drawn.
"""

import numpy as np
from numpy.typing import NDArray

_GOLDEN = 0x9E3779B97F4A7C15
_MIX_1, _MIX_2 = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_ALL = (1 << 64) - 1
DRAWS_PER_TETHER = 1 << 33
"""Counters of each tether in a frame: two for each normal number."""
_MOST_TETHERS = 1 << 14
_APART = DRAWS_PER_TETHER * _MOST_TETHERS
OF_SEED = {"frames": range(1, 1 << 63), "events": range(1 << 63, (1 << 63) + (1 << 14))}
"""Counters of the seed: the number of a frame and 1, and from where kinds of events are counted."""
OF_FRAME = {
    "tethers": range(_APART),
    "shaken": range(_APART, _APART + 1),
    "noise": range(_APART + 1, _APART + 2),
    "lost beads": range(_APART + 2, _APART + 3),
    "pause": range(_APART + 3, _APART + 4),
}
"""Counters of a frame: those of one number give a key of its own."""


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


def stream(key: int | np.uint64, name: str) -> np.uint64:
    """Return the key of one of `OF_FRAME` that has its own."""
    return mixed(key, OF_FRAME[name].start)


def exponential(seed: int, *place: int) -> float:
    """Return an exponential random number of mean 1 for a seed and a row of counters."""
    key: int | np.uint64 = seed
    for counter in place:
        key = mixed(key, counter + 1)
    return -float(np.log(((int(key) >> 11) + 0.5) / 2.0**53))
