"""Enzymes that step: events at random, each of which moves the molecule by the same amount."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .bell_rates import BellRate

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Stepping:
    """Steps of one size, each without memory of the one before.

    Attributes:
        rate: of the steps, by force.
        size: of a step, in any unit: -2 turns for a topoisomerase II that relaxes, nanometres for a motor.

    Raises:
        ValueError: the size is zero or not finite.

    Source:
        A Poisson process whose rate follows the force after Bell (1978), see `BellRate`.
    """

    rate: BellRate
    size: float

    def __post_init__(self) -> None:
        if not (np.isfinite(self.size) and self.size != 0):
            raise ValueError(f"A step cannot have size = {self.size:g}: it must be finite and not 0")

    def step_times_s(self, draws: ArrayLike, times_s: ArrayLike, forces_pn: ArrayLike) -> Floats:
        """Return when the steps come [s], in the shape of `draws`; inf after the end of the course.

        Args:
            draws: exponential random numbers of mean 1, one for each step, along the last axis.
            times_s: rising times of the course of the force [s], shape (times,).
            forces_pn: force at these times [pN], shape (times,).

        Raises:
            ValueError: a draw is negative, the times do not rise, or there is not a force for each.
        """
        waits = np.asarray(draws, dtype=np.float64)
        if not (waits >= 0).all():
            raise ValueError(f"Cannot wait for {float(np.min(waits)):g} of a step: draws must be at least 0")
        return self.rate.event_times_s(np.cumsum(waits, axis=-1), times_s, forces_pn)

    def position(self, step_times_s: ArrayLike, times_s: ArrayLike) -> Floats:
        """Return how far the steps have led at each time, in the unit of `size`, in the shape of `times_s`.

        Args:
            step_times_s: times of the steps of one molecule, rising [s], shape (steps,).
            times_s: when to look [s].
        """
        steps = np.asarray(step_times_s, dtype=np.float64)
        done = np.searchsorted(steps, np.asarray(times_s, dtype=np.float64), side="right")
        return self.size * done.astype(np.float64)

    def mean_and_variance(self, times_s: ArrayLike, forces_pn: ArrayLike) -> tuple[Floats, Floats]:
        """Return mean and variance of the position at each time, in the unit of `size` and its square.

        Args:
            times_s: rising times of the course of the force [s], shape (times,).
            forces_pn: force at these times [pN], shape (times,).

        Raises:
            ValueError: the times do not rise, or there is not a force for each.
        """
        expected = self.rate.expected_events(times_s, forces_pn)
        return self.size * expected, self.size**2 * expected
