"""How long to record for a force: until its expected error is small enough."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from beadline.physics import corner_hz, duration_for_error_s, relative_force_error, relaxation_s

from .checks import above_zero, at_least

FRAMES_PER_CORNER = 4.0
"""A force is known without knowing the noise of the tracker if frames come so many times as fast as the corner."""
LEAST_CONTOUR_NM, LEAST_RADIUS_NM = 30.0, 50.0
"""Below these it is no tether that can be seen, but a length in µm [nm]."""
UNITS = {"duration_s": "s", "expected_error": "", "expected_corner_hz": "Hz", "well_sampled": ""}


@dataclass(frozen=True)
class RecordingTimes:
    """The rule: a force F of a bead with relaxation time τ is known to √(2 τ / T) after T.

    Attributes:
        contour_nm: of the molecule [nm], dsDNA.
        radius_nm: of the bead [nm].
        relative_error: of a force, that is asked for.
        at_least_s: record at least so long [s].
        at_most_s: and at most so long [s], even if the error stays greater.
        temperature_k: of the water [K].

    Raises:
        ValueError: a number is not above zero, or the limits are the wrong way round.
    """

    contour_nm: float
    radius_nm: float
    relative_error: float
    at_least_s: float
    at_most_s: float
    temperature_k: float = 298.15

    def __post_init__(self) -> None:
        at_least("contour_nm", self.contour_nm, LEAST_CONTOUR_NM, "nm")
        at_least("radius_nm", self.radius_nm, LEAST_RADIUS_NM, "nm")
        above_zero("s", at_least_s=self.at_least_s, at_most_s=self.at_most_s)
        above_zero("K", temperature_k=self.temperature_k)
        above_zero(relative_error=self.relative_error)
        if self.at_least_s > self.at_most_s:
            raise ValueError(
                f"at_least_s cannot be {self.at_least_s:g} s, above at_most_s, {self.at_most_s:g} s: say both"
            )

    def numbers(self, force_pn: float, frame_rate_hz: float) -> dict[str, float]:
        """Return duration_s, and what to expect of it: expected_error, expected_corner_hz, well_sampled (1 or 0).

        Of a force that is not known, NaN, nothing is expected, and the duration is the longest.

        Raises:
            ValueError: the force is not above 0 pN.
        """
        if math.isnan(force_pn):
            unknown = dict.fromkeys(("expected_error", "expected_corner_hz", "well_sampled"), math.nan)
            return {"duration_s": self.at_most_s, **unknown}
        relaxation = float(relaxation_s(force_pn, self.contour_nm, self.radius_nm, self.temperature_k))
        asked_s = float(duration_for_error_s(relaxation, self.relative_error))
        duration_s = min(max(asked_s, self.at_least_s), self.at_most_s)
        corner = float(corner_hz(relaxation))
        return {
            "duration_s": duration_s,
            "expected_error": float(relative_force_error(relaxation, duration_s)),
            "expected_corner_hz": corner,
            "well_sampled": float(frame_rate_hz >= FRAMES_PER_CORNER * corner),
        }

    def settle_s(self, force_pn: float, least_s: float) -> float:
        """Return how long to wait after a move [s]: three relaxation times if the force is known, or as asked."""
        if math.isnan(force_pn):
            return least_s
        return max(least_s, 3 * float(relaxation_s(force_pn, self.contour_nm, self.radius_nm, self.temperature_k)))


def there_and_back(positions: Sequence[float], *, back: bool) -> list[tuple[float, float]]:
    """Return positions with the direction in which they are reached: 1, and back again -1."""
    return [(each, 1.0) for each in positions] + [(each, -1.0) for each in reversed(positions) if back]


def from_step(steps: Sequence[tuple[float, float]], first_step: int) -> Sequence[tuple[float, float]]:
    """Return the steps from one on; those before it are in a run that was interrupted.

    Raises:
        ValueError: there is no such step.
    """
    if not 0 <= first_step < len(steps):
        raise ValueError(f"first_step cannot be {first_step}: there are {len(steps)} steps, and the first is 0")
    return steps[first_step:]
