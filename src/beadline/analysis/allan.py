"""Force from the Allan or Hadamard variance of a bead: how much averages over a time differ from the next ones.

The Hadamard variance is made of second differences, so a steady drift leaves it as it is; it is the default.

Source:
    Allan variance of a bead with blur: Lansdorp & Saleh, Rev. Sci. Instrum. 83 (2012) 025115. Overlapping averages and
    what the covariance of their variances is: Lesage & Audoin, IEEE Trans. Instrum. Meas. 22 (1973) 157; here from the
    power spectrum of the model, for all averaging times together.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from beadline.physics import RecordedWell

from .force_estimates import ForceEstimate, force_estimate
from .lateral_motion import Camera, Pendulum
from .likelihood import fit_mean_squares
from .starting_points import lowest_logarithms, starting_logarithms
from .traces import whole_trace

Floats = NDArray[np.float64]

LEAST_FRAMES = 64
LONGEST_SHARE = 8
"""The longest averages are over this part of the trace: of longer ones there are too few."""


@dataclass(frozen=True)
class Differences:
    """Differences of averages that follow each other: their order, and what is left of white noise.

    Attributes:
        weights: of the averages, shape (averages,).
        norm: sum of their squares; by it the mean square of white noise is that of one average.
    """

    weights: tuple[float, ...]

    @property
    def norm(self) -> float:
        """Sum of the squares of the weights."""
        return float(np.sum(np.square(self.weights)))


DIFFERENCES = {"allan": Differences((-1.0, 1.0)), "hadamard": Differences((1.0, -2.0, 1.0))}
Kind = Literal["allan", "hadamard"]


def averaging_frames(frames: int) -> NDArray[np.int64]:
    """Return over how many frames to average: powers of 2 up to an eighth of the trace, shape (averages,).

    Raises:
        ValueError: the trace is too short for any.
    """
    if frames < LONGEST_SHARE:
        raise ValueError(f"A trace of {frames} frames has no averages to compare: it needs at least {LONGEST_SHARE}")
    return 2 ** np.arange(int(np.log2(frames // LONGEST_SHARE)) + 1)


def allan_variance_nm2(trace_nm: ArrayLike, frames: ArrayLike) -> Floats:
    """Return half the mean square difference of adjoining averages, at all places where they fit [nm²].

    Args:
        trace_nm: positions, without gaps, shape (frames,) [nm].
        frames: over how many to average, any shape.

    Raises:
        ValueError: the trace has gaps or is shorter than two averages.
    """
    return _variance_nm2("allan", trace_nm, frames)


def hadamard_variance_nm2(trace_nm: ArrayLike, frames: ArrayLike) -> Floats:
    """Return a sixth of the mean square second difference of averages, at all places where they fit [nm²].

    Args:
        trace_nm: positions, without gaps, shape (frames,) [nm].
        frames: over how many to average, any shape.

    Raises:
        ValueError: the trace has gaps or is shorter than three averages.
    """
    return _variance_nm2("hadamard", trace_nm, frames)


def variance_covariance_nm4(kind: Kind, frames: NDArray[np.int64], trace_frames: int, white_nm2: ArrayLike) -> Floats:
    """Return the covariance of the Allan or Hadamard variances of one trace [nm⁴], shape (averages, averages).

    Args:
        kind: of variance.
        frames: over how many to average, shape (averages,).
        trace_frames: length of the trace.
        white_nm2: power of the frames at each `rfftfreq(trace_frames)` but the first, as that of white noise with
            this variance [nm²], shape (trace_frames // 2,) or ().

    Source:
        Each variance is a sum of the periodogram, weighted by what the differences leave of a frequency. Exact for
        traces much longer than averages; for the longest averages somewhat too large.
    """
    differences = DIFFERENCES[kind]
    half_angle = np.pi * np.fft.rfftfreq(trace_frames)[1:]
    number = frames[:, np.newaxis]
    left = np.sin(number * half_angle) / (number * np.sin(half_angle))
    order = len(differences.weights) - 1
    passed = (2 * np.sin(number * half_angle)) ** (2 * order) * left**2 / differences.norm
    weighted = passed * np.asarray(white_nm2, dtype=np.float64)
    places = trace_frames - (order + 1) * frames + 1
    # both signs of each frequency; of two averages the longer one has fewer places, and these it shares
    shared = np.asarray(weighted @ weighted.T, dtype=np.float64)
    return 4 / trace_frames * shared / np.maximum.outer(places, places)


def allan_force(
    trace_nm: ArrayLike, pendulum: Pendulum, camera: Camera, noise_nm: float | None, *, kind: Kind = "hadamard"
) -> ForceEstimate:
    """Estimate force and drag from the Hadamard (default) or Allan variance.

    Args:
        trace_nm: positions in one direction, without gaps, shape (frames,) [nm].
        pendulum: tether and direction.
        camera: how frames were taken.
        noise_nm: standard deviation of the tracking in one frame [nm]; None to fit it too, which takes a frame
            rate well above the corner frequency.
        kind: "hadamard", which a steady drift leaves as it is, or "allan", a little more exact without drift.

    Returns:
        Its errors are those of chance, with all correlations of the variances.

    Raises:
        ValueError: the trace has gaps or fewer than 64 frames, or is not that of a pendulum.
    """
    trace = whole_trace("A force from the Allan or Hadamard variance", trace_nm, LEAST_FRAMES)
    averaged = averaging_frames(len(trace))
    measured = _variance_nm2(kind, trace, averaged)
    frequency = np.fft.rfftfreq(len(trace), camera.frame_s)[1:, np.newaxis]

    def well(parameters: Floats) -> RecordedWell:
        noise = parameters[..., 2] if noise_nm is None else noise_nm
        return pendulum.well(camera, parameters[..., 0], parameters[..., 1], noise)

    def model(parameters: Floats) -> Floats:
        seen, number = well(parameters), averaged[:, np.newaxis]
        values = seen.allan_variance_nm2(number) if kind == "allan" else seen.hadamard_variance_nm2(number)
        return values.sum(axis=-1)

    def covariance(parameters: Floats, _: Floats) -> Floats:
        white = well(parameters).spectrum_nm2_per_hz(frequency).sum(axis=-1) / (2 * camera.frame_s)
        return variance_covariance_nm4(kind, averaged, len(trace), white)

    start = starting_logarithms(trace, pendulum, noise_nm)
    fit = fit_mean_squares(model, covariance, measured, start, lowest_logarithms(trace, start))
    resists = kind == "hadamard"
    return force_estimate(trace, pendulum, camera, fit, noise_nm=noise_nm, resists_drift=resists)


def _variance_nm2(kind: Kind, trace_nm: ArrayLike, frames: ArrayLike) -> Floats:
    differences, numbers = DIFFERENCES[kind], np.asarray(frames)
    least = len(differences.weights) * int(numbers.max())
    trace = whole_trace(f"The {kind.capitalize()} variance over {numbers.max()} frames", trace_nm, least)
    sums = np.concatenate(([0.0], np.cumsum(trace - trace[0])))

    def one(number: int) -> float:
        averages = (sums[number:] - sums[:-number]) / number
        places = len(averages) - (len(differences.weights) - 1) * number
        different = sum(
            weight * averages[apart * number : apart * number + places]
            for apart, weight in enumerate(differences.weights)
        )
        return float(np.mean(np.square(different)) / differences.norm)

    return np.array([one(int(number)) for number in numbers.flat]).reshape(numbers.shape)
