"""What a camera makes of light: shot noise, read noise, gain, offset and whole numbers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Sensor:
    """A camera.

    Attributes:
        electrons_per_adu: inverse gain [electrons per ADU].
        read_noise_electrons: root-mean-square noise of a dark pixel [electrons].
        offset_adu: what a dark pixel reads [ADU].
        bits: of a pixel, 8 to 16.

    Raises:
        ValueError: a value is out of its range.
    """

    electrons_per_adu: float
    read_noise_electrons: float
    offset_adu: float = 4.0
    bits: int = 8

    def __post_init__(self) -> None:
        if not (self.electrons_per_adu > 0 and self.read_noise_electrons >= 0 and 8 <= self.bits <= 16):
            raise ValueError(
                f"Cannot make a sensor of {self.electrons_per_adu} electrons per ADU (more than 0), "
                f"{self.read_noise_electrons} electrons of read noise (0 or more), {self.bits} bits (8 to 16)"
            )

    @property
    def top_adu(self) -> int:
        """Greatest number a pixel reads [ADU]; brighter ones read the same."""
        return 2**self.bits - 1

    def variance(self, electrons: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the variance of pixels with so much light on average [electrons²], rounding included."""
        return electrons + self.read_noise_electrons**2 + self.electrons_per_adu**2 / 12

    def expose(
        self, electrons: NDArray[np.float64], rng: np.random.Generator
    ) -> NDArray[np.uint8] | NDArray[np.uint16]:
        """Return what is read with so much light on average, u8 up to 8 bits, else u16, same shape.

        Below 0 and above the top the sensor saturates, as a real one does.
        """
        collected = rng.poisson(electrons).astype(np.float32)
        collected += self.read_noise_electrons * rng.standard_normal(electrons.shape, np.float32)
        reading = np.rint(collected / np.float32(self.electrons_per_adu) + np.float32(self.offset_adu))
        read = np.clip(reading, 0, self.top_adu)
        return read.astype(np.uint8) if self.bits == 8 else read.astype(np.uint16)
