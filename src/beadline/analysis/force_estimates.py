"""A force and what it rests on: the result of every estimator, and its doubts in words."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .lateral_motion import Camera, Pendulum
from .likelihood import Fit
from .traces import straight_line

Floats = NDArray[np.float64]

LEAST_CORNERS_PER_FRAME_RATE = 4.0
LEAST_CORRELATION_TIMES = 800.0
DRIFT_SIGMAS, DRIFT_SHARE = 4.0, 0.05
LARGEST_DRAG_RATIO = 1.5
LARGEST_ERROR = 0.4
UNSEEN_NOISE_WARNING = "the trace shows no tracking noise, or one too small to be told from the motion: measure it"


@dataclass(frozen=True)
class ForceEstimate:
    """The force on a tether, by one estimator from one trace.

    Errors are standard deviations of chance alone, from the length of the trace; what extension, temperature or
    exposure are wrong by comes on top.

    Attributes:
        force_pn: force [pN].
        force_error_pn: its standard error [pN]; `force_error_pn / force_pn` is that of its logarithm.
        drag_pn_s_per_nm: drag of the bead along the surface [pN s/nm].
        drag_error_pn_s_per_nm: its standard error; 0 where the drag was given [pN s/nm].
        noise_nm: standard deviation of the tracking in one frame [nm].
        noise_error_nm: its standard error; 0 where the noise was given [nm].
        corner_hz: lowest corner frequency of the motion at this force and drag [Hz].
        correlation_times: how many correlation times the trace lasts.
        warnings: what speaks against the result, in words.
    """

    force_pn: float
    force_error_pn: float
    drag_pn_s_per_nm: float
    drag_error_pn_s_per_nm: float
    noise_nm: float
    noise_error_nm: float
    corner_hz: float
    correlation_times: float
    warnings: tuple[str, ...] = ()


def force_estimate(
    trace: Floats,
    pendulum: Pendulum,
    camera: Camera,
    fit: Fit,
    *,
    noise_nm: float | None,
    resists_drift: bool = False,
) -> ForceEstimate:
    """Put together an estimate and what can be said against it.

    Args:
        trace: shape (frames,) [nm].
        pendulum: tether and direction.
        camera: how frames were taken.
        fit: of force, drag and, unless it is given, noise.
        noise_nm: of the tracking, if it was given and not fitted.
        resists_drift: whether a steady drift leaves the estimator as it is.
    """
    values, errors = np.exp(fit.logarithms), fit.errors
    noise, noise_error = (values[2], values[2] * errors[2]) if noise_nm is None else (noise_nm, 0.0)
    well = pendulum.well(camera, values[0], values[1])
    corners = np.ravel(well.corner_hz)
    correlation_times = float(2 * np.pi * corners.min() * len(trace) * camera.frame_s)
    seen = float(well.variance_nm2.sum())
    warnings = [
        *_sampling(float(corners.min()), camera),
        *_length(correlation_times, float(errors[0])),
        *([] if resists_drift else _drift(trace, camera, float(well.spectrum_nm2_per_hz(0.0).sum()))),
        *_noise(float(noise), seen),
        *_drag(float(values[1]), pendulum),
        *([UNSEEN_NOISE_WARNING] if fit.at_limit[2:].any() else []),
    ]
    return ForceEstimate(
        float(values[0]),
        float(values[0] * errors[0]),
        float(values[1]),
        float(values[1] * errors[1]),
        float(noise),
        float(noise_error),
        float(corners.min()),
        correlation_times,
        tuple(warnings),
    )


def _sampling(corner_hz: float, camera: Camera) -> list[str]:
    rate = 1 / camera.frame_s
    if rate >= LEAST_CORNERS_PER_FRAME_RATE * corner_hz:
        return []
    return [
        f"frame rate {rate:.3g} Hz is {rate / corner_hz:.2g} times the corner frequency of {corner_hz:.3g} Hz: below "
        f"{LEAST_CORNERS_PER_FRAME_RATE:g} times, a fit leans on exposure and noise being known exactly"
    ]


def _length(correlation_times: float, error: float) -> list[str]:
    if error > LARGEST_ERROR:
        return [
            f"the trace does not tell this force: its error is a factor of {np.exp(min(error, 99.0)):.2g}; fit fewer "
            "things, or record longer or faster"
        ]
    if correlation_times >= LEAST_CORRELATION_TIMES:
        return []
    return [
        f"the trace lasts {correlation_times:.0f} correlation times: {LEAST_CORRELATION_TIMES:g} are needed for a "
        f"force to 5 %, this one is known to {100 * error:.0f} %"
    ]


def _drift(trace: Floats, camera: Camera, spectrum_at_zero: float) -> list[str]:
    """Warn of a slope that chance does not explain and that adds to the variance."""
    line, slope = straight_line(trace)
    frames = len(trace)
    # variance of the slope of noise that is white on the scale of the whole trace
    chance = np.sqrt(12 * spectrum_at_zero / (2 * camera.frame_s) / frames**3)
    share = line.var() / trace.var()
    if abs(slope) < DRIFT_SIGMAS * chance or share < DRIFT_SHARE:
        return []
    return [
        f"the bead drifts by {slope / camera.frame_s:.3g} nm/s, {100 * share:.0f} % of its variance: subtract "
        "references, or use the Hadamard variance"
    ]


def _noise(noise_nm: float, seen_nm2: float) -> list[str]:
    if noise_nm**2 <= 0.5 * seen_nm2:
        return []
    return [
        f"tracking noise of {noise_nm:.3g} nm is {100 * noise_nm**2 / (seen_nm2 + noise_nm**2):.0f} % of the variance: "
        "the force is as good as the noise is known"
    ]


def _drag(drag: float, pendulum: Pendulum) -> list[str]:
    ratio = drag / pendulum.expected_drag_pn_s_per_nm
    if 1 / LARGEST_DRAG_RATIO <= ratio <= LARGEST_DRAG_RATIO:
        return []
    return [
        f"the drag is {ratio:.2g} times that of a bead of {pendulum.radius_nm:g} nm in water at this height: radius, "
        "extension or frame rate are wrong, the bead touches something, or noise was fitted that the frame rate hides"
    ]
