"""The force of a pair of magnets against their height."""

import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

FloatArray = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class ForceLaw:
    """Force against magnet height on its monotone branch: two exponentials and a constant.

    The defaults describe a pair of 5 mm cubes 0.5 mm apart and 2.8 µm beads.

    Attributes:
        offset_pn: constant part [pN].
        amplitude_1_pn: of the first exponential [pN].
        decay_1_mm: of the first exponential [mm].
        amplitude_2_pn: of the second exponential [pN].
        decay_2_mm: of the second exponential [mm].
        low_mm: least height at which the law holds [mm].
        high_mm: greatest height at which it holds [mm].

    Raises:
        ValueError: the force would not fall steadily with the height.

    Source:
        Form and coefficients as used by tweezers laboratories for such magnets; public analysis code.
    """

    offset_pn: float = 0.0
    amplitude_1_pn: float = 84.8
    decay_1_mm: float = 1.393
    amplitude_2_pn: float = 130.0
    decay_2_mm: float = 0.406
    low_mm: float = 0.4
    high_mm: float = 12.0

    def __post_init__(self) -> None:
        amplitudes, decays = (self.amplitude_1_pn, self.amplitude_2_pn), (self.decay_1_mm, self.decay_2_mm)
        if min(amplitudes) < 0 or max(amplitudes) <= 0 or min(decays) <= 0 or not self.low_mm < self.high_mm:
            raise ValueError(
                f"A force law falls steadily with the height: amplitudes {amplitudes} pN cannot be negative, decays "
                f"{decays} mm must be positive, and the range {self.low_mm} to {self.high_mm} mm must have a length"
            )

    def force_pn(self, height_mm: ArrayLike) -> FloatArray:
        """Return the force at a height [pN], any shape.

        Raises:
            ValueError: a height outside the range of the law.
        """
        height = np.asarray(height_mm, dtype=float)
        if not np.all((height >= self.low_mm) & (height <= self.high_mm)):
            raise ValueError(
                f"There is no force for a magnet height of {_shown(height)} mm: "
                f"the force law holds from {self.low_mm:g} to {self.high_mm:g} mm"
            )
        return self._force(height)

    def height_mm(self, force_pn: ArrayLike) -> FloatArray:
        """Return the height for a force [mm], any shape.

        Raises:
            ValueError: a force outside the range of the law.
        """
        force = np.asarray(force_pn, dtype=float)
        least, most = float(self._force(self.high_mm)), float(self._force(self.low_mm))
        if not np.all((force >= least) & (force <= most)):
            raise ValueError(
                f"{_shown(force)} pN cannot be made: between {self.high_mm:g} and {self.low_mm:g} mm "
                f"these magnets make {least:.3g} to {most:.3g} pN"
            )
        heights = [self._height(each) for each in force.ravel()]
        return np.array(heights).reshape(force.shape)

    def _force(self, height: ArrayLike) -> Any:
        height = np.asarray(height, dtype=float)
        first = self.amplitude_1_pn * np.exp(-height / self.decay_1_mm)
        return self.offset_pn + first + self.amplitude_2_pn * np.exp(-height / self.decay_2_mm)

    def _height(self, force: float) -> float:
        # A hair beyond the ends, so that rounding cannot push the root outside the bracket.
        return float(
            np.clip(
                brentq(lambda height: self._force(height) - force, self.low_mm - 1e-6, self.high_mm + 1e-6, xtol=1e-12),
                self.low_mm,
                self.high_mm,
            )
        )

    def as_json(self) -> str:
        """Return the coefficients as text, for metadata."""
        return json.dumps(asdict(self))


def _shown(values: FloatArray) -> str:
    return f"{values:g}" if values.ndim == 0 else f"{values.min():g} to {values.max():g}"
