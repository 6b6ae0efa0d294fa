"""The force of the magnets against their height, both ways."""

import json
import math
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .inversion import invert_rising


@dataclass(frozen=True)
class ForceLaw:
    """Two exponentials and a constant, on the branch where the force falls with the height.

    The defaults are a pair of 5 mm cubes, 1.40 T, vertically magnetised, antiparallel, 0.5 mm apart, pulling on an
    M270 bead (2.8 µm): within 3.5 % of the field of such magnets from 0.4 to 10 mm. To 20 mm they are extrapolated,
    where the true force falls slower: there it is eight times greater, and still far below the bead's weight.

    Attributes:
        offset_pn: constant part [pN].
        amplitude_1_pn: first exponential at height 0 [pN].
        decay_1_mm: height over which it falls by e [mm].
        amplitude_2_pn: second exponential at height 0 [pN].
        decay_2_mm: height over which it falls by e [mm].
        low_mm: least height for which the law holds [mm].
        high_mm: greatest height for which the law holds [mm].
        source: where the numbers come from.

    Raises:
        ValueError: a number is not finite, or the force does not fall from low_mm to high_mm.
    """

    offset_pn: float = 0.0
    amplitude_1_pn: float = 130.0
    decay_1_mm: float = 0.406
    amplitude_2_pn: float = 84.8
    decay_2_mm: float = 1.393
    low_mm: float = 0.4
    high_mm: float = 20.0
    source: str = "computed for a pair of 5 mm cubes, 0.5 mm apart, and an M270 bead"

    def __post_init__(self) -> None:
        numbers = {name: value for name, value in asdict(self).items() if name != "source"}
        for name, value in numbers.items():
            if not math.isfinite(value):
                raise ValueError(f"A force law cannot have {name} = {value}: it must be a finite number")
        for name in ("decay_1_mm", "decay_2_mm"):
            if not numbers[name] > 0:
                raise ValueError(f"A force law cannot have {name} = {numbers[name]:g} mm: it must be above 0 mm")
        if not 0 <= self.low_mm < self.high_mm:
            raise ValueError(
                f"A force law cannot hold from {self.low_mm:g} to {self.high_mm:g} mm: low_mm must be at least 0 mm "
                "and below high_mm"
            )
        if not (self._slope(np.linspace(self.low_mm, self.high_mm, 1001)) < 0).all():
            raise ValueError(
                f"The force of this law does not fall all the way from {self.low_mm:g} to {self.high_mm:g} mm: "
                "restrict low_mm and high_mm to where it does"
            )

    @property
    def low_pn(self) -> float:
        """Least force of the law [pN], at high_mm."""
        return float(self._force(np.float64(self.high_mm)))

    @property
    def high_pn(self) -> float:
        """Greatest force of the law [pN], at low_mm."""
        return float(self._force(np.float64(self.low_mm)))

    def force_pn(self, height_mm: ArrayLike) -> NDArray[np.float64]:
        """Return the force at a magnet height [pN].

        Raises:
            ValueError: the law does not hold there.
        """
        height = np.asarray(height_mm, dtype=np.float64)
        if not ((height >= self.low_mm) & (height <= self.high_mm)).all():
            raise ValueError(
                f"The force is not known at {_outlier(height, self.low_mm, self.high_mm):.4g} mm: "
                f"the force law holds from {self.low_mm:g} to {self.high_mm:g} mm"
            )
        return self._force(height)

    def height_mm(self, force_pn: ArrayLike) -> NDArray[np.float64]:
        """Return the magnet height of a force [mm].

        Raises:
            ValueError: the magnets cannot make this force.
        """
        force = np.asarray(force_pn, dtype=np.float64)
        if not ((force >= self.low_pn) & (force <= self.high_pn)).all():
            raise ValueError(
                f"The magnets cannot make {_outlier(force, self.low_pn, self.high_pn):.4g} pN: "
                f"the force law gives {self.low_pn:.3g} to {self.high_pn:.3g} pN, "
                f"at {self.high_mm:g} to {self.low_mm:g} mm"
            )
        return invert_rising(lambda height: -self._force(height), -force, self.low_mm, self.high_mm)

    def as_json(self) -> str:
        """Return the law as JSON text, for documents; `ForceLaw(**json.loads(text))` is the same law."""
        return json.dumps(asdict(self))

    def _force(self, height: NDArray[np.float64] | np.float64) -> NDArray[np.float64]:
        first = self.amplitude_1_pn * np.exp(-height / self.decay_1_mm)
        second = self.amplitude_2_pn * np.exp(-height / self.decay_2_mm)
        return self.offset_pn + first + second

    def _slope(self, height: NDArray[np.float64]) -> NDArray[np.float64]:
        first = self.amplitude_1_pn / self.decay_1_mm * np.exp(-height / self.decay_1_mm)
        second = self.amplitude_2_pn / self.decay_2_mm * np.exp(-height / self.decay_2_mm)
        return -(first + second)


def _outlier(values: NDArray[np.float64], low: float, high: float) -> float:
    outside = values[~((values >= low) & (values <= high))]
    return float(outside.flat[0])


M270_PAIR = ForceLaw()
"""A pair of magnets above M270 beads (2.8 µm)."""

MYONE_PAIR = ForceLaw(
    amplitude_1_pn=25.7,
    decay_1_mm=0.402,
    amplitude_2_pn=13.98,
    decay_2_mm=1.455,
    source="computed for a pair of 5 mm cubes, 0.5 mm apart, and a MyOne bead",
)
"""The same magnets above MyOne beads (1.05 µm), within 2.5 % from 0.4 to 10 mm; beyond as far off as for M270.

They fall a little slower than for M270 beads, as MyOne beads are saturated by less field.
"""
