"""Hairpins: two states, closed and open, and force that decides between them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .bell_rates import BellRate
from .checks import require_above_zero
from .molecules import SSDNA

Floats = NDArray[np.float64]

STEM_WIDTH_NM = 2.0
"""Extension of a closed hairpin: the thickness of its stem."""


@dataclass(frozen=True)
class Hairpin:
    """A hairpin with one barrier between closed and open; the numbers are near those of 20 base pairs.

    Valid near its equilibrium force, where the opening length hardly changes with the force.

    Attributes:
        equilibrium_pn: force at which it is as often open as closed [pN].
        opening_nm: how much longer the tether is when it is open [nm]; see `hairpin_opening_nm`.
        barrier_nm: how much of that is before the barrier [nm].
        rate_per_s: rate of opening, and of closing, at the equilibrium force [1/s].
        temperature_k: temperature [K].

    Raises:
        ValueError: a number is not positive, or the barrier is not within the opening.

    Source:
        Rates after Bell (1978), see `BellRate`; barrier_nm and the rest of opening_nm keep detailed balance.
    """

    equilibrium_pn: float = 14.5
    opening_nm: float = 17.0
    barrier_nm: float = 8.5
    rate_per_s: float = 1.0
    temperature_k: float = 298.15

    def __post_init__(self) -> None:
        require_above_zero("A hairpin", "pN", equilibrium_pn=self.equilibrium_pn)
        require_above_zero("A hairpin", "nm", opening_nm=self.opening_nm)
        require_above_zero("A hairpin", "1/s", rate_per_s=self.rate_per_s)
        if not 0 <= self.barrier_nm <= self.opening_nm:
            raise ValueError(
                f"The barrier of a hairpin cannot be {self.barrier_nm:g} nm away: "
                f"it is from 0 nm to its opening, {self.opening_nm:g} nm"
            )

    @property
    def opening(self) -> BellRate:
        """Rate of opening."""
        return BellRate(self.rate_per_s, self.barrier_nm, self.equilibrium_pn, self.temperature_k)

    @property
    def closing(self) -> BellRate:
        """Rate of closing."""
        return BellRate(self.rate_per_s, self.barrier_nm - self.opening_nm, self.equilibrium_pn, self.temperature_k)

    def open_fraction(self, force_pn: ArrayLike) -> Floats:
        """Return the share of time it is open at a constant force.

        Raises:
            ValueError: a rate at that force is beyond what a number can hold.
        """
        opening = self.opening.per_s(force_pn)
        return opening / (opening + self.closing.per_s(force_pn))

    def relaxation_per_s(self, force_pn: ArrayLike) -> Floats:
        """Return the rate at which the share of open hairpins comes to rest after a change of the force [1/s].

        Raises:
            ValueError: a rate at that force is beyond what a number can hold.
        """
        return self.opening.per_s(force_pn) + self.closing.per_s(force_pn)


def hairpin_opening_nm(force_pn: ArrayLike, bases: ArrayLike, temperature_k: float = 298.15) -> Floats:
    """Return how much longer a tether is when a hairpin in it is open [nm].

    Args:
        force_pn: force [pN], 3 to 60; broadcasts with `bases`.
        bases: bases that are set free: two for each base pair, and those of the loop.
        temperature_k: temperature [K].

    Raises:
        ValueError: the force is outside the range, or a number of bases is not positive.

    Source:
        A single strand (`SSDNA`) less the thickness of the stem, 2 nm.
    """
    return SSDNA.extension_nm(force_pn, bases, temperature_k) - STEM_WIDTH_NM
