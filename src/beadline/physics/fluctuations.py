"""What a camera sees of a bead in a harmonic well: variance, Allan variance, Hadamard variance and power spectrum.

Source:
    Blur: Wong & Halvorsen, Opt. Express 14 (2006) 12517. Allan variance and spectrum with blur and aliasing, for an
    exposure without gaps: Lansdorp & Saleh, Rev. Sci. Instrum. 83 (2012) 025115. For any exposure, and the Hadamard
    variance: sums over the covariance of frames, derived here; they agree with the former where both hold.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import require_above_zero
from .drag import thermal_energy_pn_nm

Floats = NDArray[np.float64]

_SERIES_BELOW = 1e-2


@dataclass(frozen=True)
class RecordedWell:
    """A bead in a harmonic well, without inertia, and the camera that looks at it.

    Arrays are taken for all numbers of the well; results have their shape, broadcast with the argument. A motion of
    several independent parts (`rolling_modes`) is a well with an axis for the parts; its results are summed over it.

    Attributes:
        stiffness_pn_per_nm: of the well [pN/nm].
        drag_pn_s_per_nm: of the bead [pN s/nm].
        frame_s: time from frame to frame [s].
        exposure_s: time for which a frame sees the bead [s], up to frame_s; None is frame_s.
        noise_nm: standard deviation of the tracking in one frame, independent from frame to frame [nm].
        temperature_k: temperature [K].

    Raises:
        ValueError: a number is not positive (noise: negative), or the exposure is longer than the frame.
    """

    stiffness_pn_per_nm: ArrayLike
    drag_pn_s_per_nm: ArrayLike
    frame_s: float
    exposure_s: float | None = None
    noise_nm: ArrayLike = 0.0
    temperature_k: float = 298.15

    def __post_init__(self) -> None:
        require_above_zero("A well", "pN/nm", stiffness_pn_per_nm=self.stiffness_pn_per_nm)
        require_above_zero("A bead", "pN s/nm", drag_pn_s_per_nm=self.drag_pn_s_per_nm)
        require_above_zero("A camera", "s", frame_s=self.frame_s, exposure_s=self._exposure_s)
        if not self._exposure_s <= self.frame_s:
            raise ValueError(
                f"A camera cannot expose for {self._exposure_s:g} s in a frame of {self.frame_s:g} s: "
                "exposure_s is at most frame_s"
            )
        if not (np.isfinite(self.noise_nm) & (np.asarray(self.noise_nm) >= 0)).all():
            raise ValueError(
                f"A tracker cannot have noise_nm = {self.noise_nm} nm: it must be finite and at least 0 nm"
            )

    @property
    def corner_hz(self) -> Floats:
        """Corner frequency of the motion [Hz]."""
        return self._rate_per_s / (2 * np.pi)

    @property
    def true_variance_nm2(self) -> Floats:
        """Variance of the bead itself [nm²], by equipartition."""
        return thermal_energy_pn_nm(self.temperature_k) / np.asarray(self.stiffness_pn_per_nm, dtype=np.float64)

    @property
    def blur_factor(self) -> Floats:
        """What the exposure leaves of the variance."""
        return _blur(self._rate_per_s * self._exposure_s)

    @property
    def variance_nm2(self) -> Floats:
        """Variance of the frames, noise included [nm²]."""
        return self.true_variance_nm2 * self.blur_factor + self._noise_nm2

    def covariance_nm2(self, lag_frames: ArrayLike) -> Floats:
        """Return the covariance of frames so many frames apart [nm²]; at 0 it is the variance.

        Raises:
            ValueError: a lag is not a whole number of at least 0.
        """
        lag = _whole("Cannot compare frames", lag_frames, 0)
        apart = self._next_nm2 * np.exp(-self._rate_per_s * self.frame_s * np.maximum(lag - 1, 0))
        return np.where(lag == 0, self.variance_nm2, apart)

    def allan_variance_nm2(self, frames: ArrayLike) -> Floats:
        """Return half the mean square difference of adjoining averages over so many frames [nm²].

        Raises:
            ValueError: a number of frames is not a whole number of at least 1.
        """
        number = _whole("Cannot average", frames, 1)
        return self._block_nm2(number) - self._blocks_apart_nm2(number, 1)

    def hadamard_variance_nm2(self, frames: ArrayLike) -> Floats:
        """Return a sixth of the mean square second difference of averages over so many frames [nm²].

        A steady drift does not change it.

        Raises:
            ValueError: a number of frames is not a whole number of at least 1.
        """
        number = _whole("Cannot average", frames, 1)
        one, two = self._blocks_apart_nm2(number, 1), self._blocks_apart_nm2(number, 2)
        return self._block_nm2(number) - 4 / 3 * one + 1 / 3 * two

    def spectrum_nm2_per_hz(self, frequency_hz: ArrayLike) -> Floats:
        """Return the one-sided power spectrum of the frames, with blur and aliasing [nm²/Hz].

        Raises:
            ValueError: a frequency is not from 0 to half the frame rate.
        """
        frequency = np.asarray(frequency_hz, dtype=np.float64)
        if not ((frequency >= 0) & (frequency <= 0.5 / self.frame_s * (1 + 1e-12))).all():
            raise ValueError(
                f"Frames every {self.frame_s:g} s have no spectrum from {float(np.min(frequency)):g} to "
                f"{float(np.max(frequency)):g} Hz: frequencies are from 0 to {0.5 / self.frame_s:g} Hz"
            )
        angle = 2 * np.pi * frequency * self.frame_s
        kept = np.exp(-self._rate_per_s * self.frame_s)
        # 1 - 2 kept cos + kept², and cos - kept, without the loss of digits near kept = 1 and angle = 0
        lost, haversine = -np.expm1(-self._rate_per_s * self.frame_s), 2 * np.sin(angle / 2) ** 2
        echo = 2 * self._next_nm2 * (lost - haversine) / (lost**2 + 2 * kept * haversine)
        return 2 * self.frame_s * (self.variance_nm2 + echo)

    @property
    def _exposure_s(self) -> float:
        return self.frame_s if self.exposure_s is None else self.exposure_s

    @property
    def _rate_per_s(self) -> Floats:
        stiffness = np.asarray(self.stiffness_pn_per_nm, dtype=np.float64)
        return stiffness / np.asarray(self.drag_pn_s_per_nm, dtype=np.float64)

    @property
    def _noise_nm2(self) -> Floats:
        return np.asarray(self.noise_nm, dtype=np.float64) ** 2

    @property
    def _next_nm2(self) -> Floats:
        """Covariance of a frame and the next."""
        exposed = self._rate_per_s * self._exposure_s
        dead = self._rate_per_s * (self.frame_s - self._exposure_s)
        return self.true_variance_nm2 * (-np.expm1(-exposed) / exposed) ** 2 * np.exp(-dead)

    def _block_nm2(self, number: Floats) -> Floats:
        """Variance of an average over frames."""
        rate = self._rate_per_s * self.frame_s
        lost, lost_in_block = -np.expm1(-rate), -np.expm1(-number * rate)
        pairs = (number * lost - lost_in_block) / lost**2
        return (self.variance_nm2 + 2 / number * self._next_nm2 * pairs) / number

    def _blocks_apart_nm2(self, number: Floats, blocks: int) -> Floats:
        """Covariance of averages over frames, so many averages apart."""
        rate = self._rate_per_s * self.frame_s
        shared = np.expm1(-number * rate) / (np.expm1(-rate) * number)
        return self._next_nm2 * shared**2 * np.exp(-(blocks - 1) * number * rate)


def lorentzian_nm2_per_hz(
    frequency_hz: ArrayLike,
    stiffness_pn_per_nm: ArrayLike,
    drag_pn_s_per_nm: ArrayLike,
    temperature_k: float = 298.15,
) -> Floats:
    """Return the one-sided power spectrum of the bead itself, before any camera [nm²/Hz].

    Args:
        frequency_hz: of any size [Hz]; broadcasts with the others.
        stiffness_pn_per_nm: of the well [pN/nm].
        drag_pn_s_per_nm: of the bead [pN s/nm].
        temperature_k: temperature [K].

    Raises:
        ValueError: stiffness or drag is not positive.
    """
    require_above_zero("A well", "pN/nm", stiffness_pn_per_nm=stiffness_pn_per_nm)
    require_above_zero("A bead", "pN s/nm", drag_pn_s_per_nm=drag_pn_s_per_nm)
    stiffness = np.asarray(stiffness_pn_per_nm, dtype=np.float64)
    drag = np.asarray(drag_pn_s_per_nm, dtype=np.float64)
    angular = 2 * np.pi * np.asarray(frequency_hz, dtype=np.float64)
    return 4 * thermal_energy_pn_nm(temperature_k) * drag / (stiffness**2 + (angular * drag) ** 2)


def _blur(a: Floats) -> Floats:
    small = a < _SERIES_BELOW
    safe = np.where(small, 1.0, a)
    series = 1 - a / 3 + a**2 / 12 - a**3 / 60 + a**4 / 360
    return np.where(small, series, 2 * (safe + np.expm1(-safe)) / safe**2)


def _whole(cannot: str, numbers: ArrayLike, least: int) -> Floats:
    given = np.asarray(numbers, dtype=np.float64)
    good = (given >= least) & (given == np.floor(given)) & np.isfinite(given)
    if not good.all():
        raise ValueError(f"{cannot} {float(given[~good].flat[0]):g} frames: give whole numbers of at least {least}")
    return given
