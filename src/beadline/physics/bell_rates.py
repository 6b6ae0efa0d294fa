"""Rates under force: how fast a barrier is crossed, and when, under any course of the force."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import require_above_zero
from .drag import thermal_energy_pn_nm

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class BellRate:
    """A rate that force changes by Boltzmann's law: a bond that ruptures, a hairpin that opens, an enzyme that steps.

    A course of the force is given as times and forces, straight lines between them; it begins and ends with them.
    Valid while the barrier stays well above kT, which a rate much slower than a microsecond says.

    Attributes:
        rate_per_s: rate at the reference force [1/s].
        distance_nm: way to the barrier along the force [nm]; negative where force slows the event down.
        reference_pn: force of that rate [pN].
        temperature_k: temperature [K].

    Raises:
        ValueError: the rate is not positive, or a number is not finite.

    Source:
        Bell, Science 200 (1978) 618; under a rising force: Evans & Ritchie, Biophys. J. 72 (1997) 1541.
    """

    rate_per_s: float
    distance_nm: float = 0.0
    reference_pn: float = 0.0
    temperature_k: float = 298.15

    def __post_init__(self) -> None:
        require_above_zero("An event", "1/s", rate_per_s=self.rate_per_s)
        for name, unit in (("distance_nm", "nm"), ("reference_pn", "pN")):
            if not np.isfinite(getattr(self, name)):
                raise ValueError(f"An event cannot have {name} = {getattr(self, name)} {unit}: it must be finite")

    @property
    def force_scale_pn(self) -> float:
        """Force that changes the rate by e [pN], infinite if none does."""
        thermal = thermal_energy_pn_nm(self.temperature_k)
        return thermal / abs(self.distance_nm) if self.distance_nm else np.inf

    def per_s(self, force_pn: ArrayLike) -> Floats:
        """Return the rate at a force [1/s].

        Raises:
            ValueError: the rate is beyond what a number can hold, so the force is beyond all sense.
        """
        force = np.asarray(force_pn, dtype=np.float64)
        thermal = thermal_energy_pn_nm(self.temperature_k)
        with np.errstate(over="ignore"):
            rate = self.rate_per_s * np.exp((force - self.reference_pn) * self.distance_nm / thermal)
        if not (np.isfinite(rate) & (rate > 0)).all():
            worst = float(force[~(np.isfinite(rate) & (rate > 0))].flat[0])
            raise ValueError(
                f"There is no rate at {worst:g} pN with a barrier {self.distance_nm:g} nm away: "
                f"it changes by e every {self.force_scale_pn:.3g} pN, and 700 of these are too many"
            )
        return rate

    def expected_events(self, times_s: ArrayLike, forces_pn: ArrayLike) -> Floats:
        """Return how many events are expected from the beginning until each time, shape (times,); exact.

        Args:
            times_s: rising times of the course [s], shape (times,).
            forces_pn: force at these times [pN], shape (times,).

        Raises:
            ValueError: the times do not rise, or there is not a force for each.
        """
        times, rates = self._course(times_s, forces_pn)
        growth = np.diff(np.log(rates))
        return np.concatenate(([0.0], np.cumsum(np.diff(times) * rates[:-1] * _mean_growth(growth))))

    def survival(self, times_s: ArrayLike, forces_pn: ArrayLike) -> Floats:
        """Return the probability that nothing has happened until each time, shape (times,).

        Args:
            times_s: rising times of the course [s], shape (times,).
            forces_pn: force at these times [pN], shape (times,).

        Raises:
            ValueError: the times do not rise, or there is not a force for each.
        """
        return np.exp(-self.expected_events(times_s, forces_pn))

    def event_times_s(self, draws: ArrayLike, times_s: ArrayLike, forces_pn: ArrayLike) -> Floats:
        """Return when an expected number of events is reached [s], in the shape of `draws`; inf if it never is.

        With exponential random numbers of mean 1 these are times of rupture; with their running sum they are the
        times of events that repeat.

        Args:
            draws: expected numbers of events, at least 0.
            times_s: rising times of the course [s], shape (times,).
            forces_pn: force at these times [pN], shape (times,).

        Raises:
            ValueError: a draw is negative, the times do not rise, or there is not a force for each.
        """
        wanted = np.asarray(draws, dtype=np.float64)
        if not (wanted >= 0).all():
            raise ValueError(f"Cannot wait for {float(np.min(wanted)):g} events: their number must be at least 0")
        times, rates = self._course(times_s, forces_pn)
        growth = np.diff(np.log(rates)) / np.diff(times)
        expected = self.expected_events(times, forces_pn)
        part = np.clip(np.searchsorted(expected, wanted, side="right") - 1, 0, len(times) - 2)
        # in a part the rate is r exp(g t): the expected number is r (exp(g t) - 1) / g
        ratio = (wanted - expected[part]) / rates[part]
        bent = growth[part] * ratio
        steep = np.abs(bent) > 1e-9
        safe = np.where(steep & (bent > -1), bent, 1.0)
        wait = np.where(steep, ratio * np.log1p(safe) / safe, ratio)
        return np.where(wanted <= expected[-1], np.minimum(times[part] + wait, times[-1]), np.inf)

    def rupture_density_per_pn(self, force_pn: ArrayLike, loading_pn_per_s: float, from_pn: float = 0.0) -> Floats:
        """Return the distribution of rupture forces when the force rises steadily [1/pN].

        Args:
            force_pn: forces, at least `from_pn` [pN].
            loading_pn_per_s: how fast the force rises [pN/s].
            from_pn: force at which it begins [pN].

        Raises:
            ValueError: the force does not rise, or one is below the first.
        """
        require_above_zero("A rising force", "pN/s", loading_pn_per_s=loading_pn_per_s)
        force = np.asarray(force_pn, dtype=np.float64)
        if not (force >= from_pn).all():
            raise ValueError(f"A force that rises from {from_pn:g} pN is never {float(np.min(force)):g} pN")
        first, rate = self.per_s(from_pn), self.per_s(force)
        expected = (force - from_pn) / loading_pn_per_s * first * _mean_growth(np.log(rate / first))
        return rate / loading_pn_per_s * np.exp(-expected)

    def likeliest_rupture_pn(self, loading_pn_per_s: ArrayLike) -> Floats:
        """Return the most probable rupture force when the force rises steadily from far below [pN].

        Raises:
            ValueError: the force does not rise, or it does not speed up the event.
        """
        require_above_zero("A rising force", "pN/s", loading_pn_per_s=loading_pn_per_s)
        if not self.distance_nm > 0:
            raise ValueError(
                f"No rupture force is the likeliest with distance_nm = {self.distance_nm:g} nm: it must be above 0 nm"
            )
        loading = np.asarray(loading_pn_per_s, dtype=np.float64)
        return self.reference_pn + self.force_scale_pn * np.log(loading / (self.force_scale_pn * self.rate_per_s))

    def _course(self, times_s: ArrayLike, forces_pn: ArrayLike) -> tuple[Floats, Floats]:
        times, forces = np.asarray(times_s, dtype=np.float64), np.asarray(forces_pn, dtype=np.float64)
        if times.ndim != 1 or times.shape != forces.shape or len(times) < 2 or not (np.diff(times) > 0).all():
            raise ValueError(
                f"Times of shape {times.shape} and forces of shape {forces.shape} are no course of a force: "
                "give at least two times that rise [s], and a force [pN] for each"
            )
        return times, self.per_s(forces)


def _mean_growth(exponent: Floats) -> Floats:
    """Average of exp(x) between 0 and the exponent."""
    flat = np.abs(exponent) < 1e-9
    safe = np.where(flat, 1.0, exponent)
    return np.where(flat, 1 + 0.5 * exponent, np.expm1(safe) / safe)
