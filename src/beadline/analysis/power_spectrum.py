"""Force from the power spectrum of a bead, by maximum likelihood.

Source:
    Model with blur and aliasing: Lansdorp & Saleh, Rev. Sci. Instrum. 83 (2012) 025115. Likelihood of a periodogram:
    Whittle (1953); each of its points is exponentially distributed about the spectrum.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .force_estimates import ForceEstimate, force_estimate
from .lateral_motion import Camera, Pendulum
from .likelihood import fit_mean_squares
from .starting_points import lowest_logarithms, starting_logarithms
from .traces import straight_line, whole_trace

Floats = NDArray[np.float64]

LEAST_FRAMES = 64


def periodogram_nm2_per_hz(trace_nm: ArrayLike, frame_s: float) -> tuple[Floats, Floats]:
    """Return frequencies [Hz] and one-sided power [nm²/Hz], each of shape (frames // 2,), without mean and window.

    Their sum, times the distance of the frequencies, is the variance of the trace (for an odd number of frames). Half
    the frame rate is left out, as its point has another distribution.

    Args:
        trace_nm: positions, without gaps, shape (frames,) [nm].
        frame_s: time from frame to frame [s].

    Raises:
        ValueError: the trace has gaps or fewer than 4 frames.
    """
    trace = whole_trace("A periodogram", trace_nm, 4)
    frames = len(trace)
    inside = slice(1, (frames + 1) // 2)
    power = 2 * frame_s / frames * np.abs(np.fft.rfft(trace - trace.mean())[inside]) ** 2
    return np.asarray(np.fft.rfftfreq(frames, frame_s)[inside], dtype=np.float64), power


def power_spectrum_force(
    trace_nm: ArrayLike,
    pendulum: Pendulum,
    camera: Camera,
    noise_nm: float | None,
    *,
    from_hz: float = 0.0,
) -> ForceEstimate:
    """Estimate force and drag from the power spectrum; errors are from the Fisher information.

    Args:
        trace_nm: positions in one direction, without gaps, shape (frames,) [nm].
        pendulum: tether and direction.
        camera: how frames were taken.
        noise_nm: standard deviation of the tracking in one frame [nm]; None to fit it too.
        from_hz: leave out lower frequencies, where drift is [Hz]. A straight line is subtracted then, as a steady drift
            is at all frequencies.

    Raises:
        ValueError: the trace has gaps or fewer than 64 frames, or is not that of a pendulum.
    """
    trace = whole_trace("A power spectrum", trace_nm, LEAST_FRAMES)
    if from_hz > 0:
        trace = trace - straight_line(trace)[0]
    frequency, power = periodogram_nm2_per_hz(trace, camera.frame_s)
    kept = frequency >= from_hz
    if np.count_nonzero(kept) < LEAST_FRAMES // 4:
        raise ValueError(
            f"A power spectrum from {from_hz:g} Hz has {np.count_nonzero(kept)} points up to {frequency[-1]:.3g} Hz: "
            f"it needs {LEAST_FRAMES // 4}; lower from_hz"
        )
    points, measured = frequency[kept][:, np.newaxis], power[kept]

    def model(parameters: Floats) -> Floats:
        noise = parameters[:, 2] if noise_nm is None else noise_nm
        well = pendulum.well(camera, parameters[:, 0], parameters[:, 1], noise)
        return well.spectrum_nm2_per_hz(points).sum(axis=-1)

    start = starting_logarithms(trace, pendulum, noise_nm)
    fit = fit_mean_squares(model, lambda _, expected: expected**2, measured, start, lowest_logarithms(trace, start))
    return force_estimate(trace, pendulum, camera, fit, noise_nm=noise_nm)
