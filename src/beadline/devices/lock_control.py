"""Proportional and integral control of one axis: pure numbers, with the time as an argument."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Gains:
    """How strongly an error is corrected; shares are per correction, so they hold at any rate of corrections.

    Attributes:
        proportional: share of the error that a correction takes away, above 0 to 1.
        integral: share of the error that goes into the estimate of the drift per interval, 0 to 0.5; 0 has none.
        step_limit_nm: no correction is larger [nm].
        integrate_within_nm: a larger error is a step and no drift: it leaves the estimate as it is [nm].
        dead_zone_nm: smaller corrections are not made [nm].

    Raises:
        ValueError: one is out of its range.
    """

    proportional: float = 0.5
    integral: float = 0.1
    step_limit_nm: float = 500.0
    integrate_within_nm: float = 200.0
    dead_zone_nm: float = 0.0

    def __post_init__(self) -> None:
        if not 0 < self.proportional <= 1:
            raise ValueError(f"proportional cannot be {self.proportional:g}: it is above 0 and at most 1")
        if not 0 <= self.integral <= 0.5:
            raise ValueError(f"integral cannot be {self.integral:g}: it is from 0 to 0.5")
        for name in ("step_limit_nm", "integrate_within_nm", "dead_zone_nm"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise ValueError(f"{name} cannot be {value:g} nm: it is finite and at least 0 nm")


@dataclass(frozen=True)
class Correction:
    """What is to be done about an error.

    Attributes:
        nm: by how much to lower the measured position [nm].
        limited: whether more would have been needed.
    """

    nm: float
    limited: bool


class PIControl:
    """Takes away a share of each error, and goes along with the drift it has come to expect.

    The drift that is expected is corrected in advance, so that the error is zero in the middle between two
    corrections rather than just before each.
    """

    def __init__(self, gains: Gains) -> None:
        self._gains = gains
        self._last_s: float | None = None
        self.drift_nm_per_s = 0.0
        """What has been learnt of the drift of the measured position [nm/s]."""

    def correct(self, error_nm: float, now_s: float) -> Correction:
        """Return the correction of an error.

        Args:
            error_nm: measured position less the wanted one [nm].
            now_s: when it was measured, on any clock that goes on [s].

        Raises:
            ValueError: the error is not a finite number, or the time has gone back.
        """
        if not math.isfinite(error_nm):
            raise ValueError(f"Cannot correct an error of {error_nm} nm: it is a finite number")
        elapsed_s = 0.0 if self._last_s is None else now_s - self._last_s
        if elapsed_s < 0:
            raise ValueError(f"Cannot correct at {now_s:g} s: the last time was {self._last_s:g} s")
        gains, self._last_s = self._gains, now_s
        drift_nm = self.drift_nm_per_s * elapsed_s
        off_nm = error_nm - drift_nm / 2  # what is there half an interval before the next correction is measured
        asked_nm = gains.proportional * off_nm + drift_nm
        limited = abs(asked_nm) > gains.step_limit_nm
        if elapsed_s > 0 and not limited and abs(error_nm) <= gains.integrate_within_nm:
            learnt_nm = gains.integral * off_nm
            self.drift_nm_per_s += learnt_nm / elapsed_s
            asked_nm += learnt_nm
            limited = abs(asked_nm) > gains.step_limit_nm
        if limited:
            return Correction(math.copysign(gains.step_limit_nm, asked_nm), limited=True)
        return Correction(0.0 if abs(asked_nm) < gains.dead_zone_nm else asked_nm, limited=False)

    def rest(self) -> None:
        """Begin again after a time without corrections; the drift that is known stays known."""
        self._last_s = None
