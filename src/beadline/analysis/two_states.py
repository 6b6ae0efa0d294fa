"""A molecule that goes to and fro between two lengths: hidden Markov model of two states.

Source:
    Rabiner, Proc. IEEE 77 (1989) 257, with points that depend on the states at both their ends; likelihood maximised in
    the rates themselves, errors from its curvature.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize

from .traces import whole_trace

Floats = NDArray[np.float64]
Interval = tuple[float, float]

_ROOT_2, _ROOT_2_PI = math.sqrt(2.0), math.sqrt(2 * math.pi)
NORMAL_95 = 1.959964
FASTEST_PER_POINT = 0.3
LEAST_SEPARATION = 1.5
LARGEST_CORRELATION = 0.2
LEAST_TRANSITIONS = 10


@dataclass(frozen=True)
class TwoStates:
    """Two states and the rates between them; intervals hold the true value with 95 % probability.

    Attributes:
        low_nm: mean position of the short state [nm].
        high_nm: mean position of the long state [nm].
        step_nm: their difference [nm].
        step_interval_nm: where it is, shape (2,) [nm].
        opening_per_s: rate from short to long [1/s].
        opening_interval_per_s: where it is, shape (2,) [1/s].
        closing_per_s: rate from long to short [1/s].
        closing_interval_per_s: where it is, shape (2,) [1/s].
        noises_nm: standard deviations in the short and the long state [nm].
        high_probability: that the molecule is long, mean of beginning and end of each point, shape (points,).
        warnings: what speaks against the result, in words.
    """

    low_nm: float
    high_nm: float
    step_nm: float
    step_interval_nm: Interval
    opening_per_s: float
    opening_interval_per_s: Interval
    closing_per_s: float
    closing_interval_per_s: Interval
    noises_nm: tuple[float, float]
    high_probability: Floats
    warnings: tuple[str, ...] = ()

    @property
    def open_fraction(self) -> float:
        """Share of time in the long state, by the rates."""
        return self.opening_per_s / (self.opening_per_s + self.closing_per_s)


def fit_two_states(trace_nm: ArrayLike, frame_s: float, *, average_frames: int = 1) -> TwoStates:
    """Find two lengths and the rates between them.

    Points must be independent within a state, and much shorter than dwells: average over about three correlation times
    of the bead. A point in which the molecule changes once lies anywhere between the two; that it changes twice is not
    thought of.

    Args:
        trace_nm: positions, without gaps and drift, shape (frames,) [nm].
        frame_s: time from frame to frame [s].
        average_frames: how many frames make a point.

    Raises:
        ValueError: the trace has gaps or fewer than 50 points, or does not show two states.
    """
    if average_frames < 1:
        raise ValueError(f"Cannot average over {average_frames} frames: it takes at least 1")
    trace = whole_trace(f"Two states in averages over {average_frames} frames", trace_nm, 50 * average_frames)
    number = len(trace) // average_frames
    points = trace[: number * average_frames].reshape(number, average_frames).mean(axis=1)
    point_s = frame_s * average_frames
    origin, scale = float(points.mean()), float(points.std())
    scaled = (points - origin) / scale

    def loss(parameters: Floats) -> float:
        return -_forward(scaled, *_model(parameters))[0]

    found = minimize(loss, _start(scaled), method="L-BFGS-B", options={"maxiter": 500, "ftol": 1e-13, "gtol": 1e-6})
    covariance = np.linalg.pinv(_curvature(loss, found.x))
    errors = np.sqrt(np.maximum(np.diag(covariance), 0))
    across = np.array([-1.0, 1, 0, 0, 0, 0])
    low, high = origin + scale * found.x[:2]
    step_error = scale * float(np.sqrt(across @ covariance @ across))
    rates = np.exp(found.x[4:]) / point_s
    noises = scale * np.exp(found.x[2:4])
    if not (high > low and np.isfinite(errors).all() and high - low > 0.5 * noises.max()):
        raise ValueError(
            f"A trace that scatters by {scale:.3g} nm does not show two states: its best two are {high - low:.2g} nm "
            f"apart, with noise of {noises.max():.2g} nm; average over more frames, or find steps instead"
        )
    probability = _smoothed(scaled, *_model(found.x))
    intervals = [
        (float(rate * np.exp(-NORMAL_95 * error)), float(rate * np.exp(NORMAL_95 * error)))
        for rate, error in zip(rates, errors[4:], strict=True)
    ]
    rest = scaled - np.where(probability > 0.5, found.x[1], found.x[0])
    transitions = int(np.count_nonzero(np.diff(probability > 0.5)))
    return TwoStates(
        float(low),
        float(high),
        float(high - low),
        (float(high - low - NORMAL_95 * step_error), float(high - low + NORMAL_95 * step_error)),
        float(rates[0]),
        intervals[0],
        float(rates[1]),
        intervals[1],
        (float(noises[0]), float(noises[1])),
        probability,
        tuple(_doubts(rest, rates * point_s, float((high - low) / noises.max()), transitions)),
    )


def _start(scaled: Floats) -> Floats:
    """Two means of the points, and the rates of crossing their middle."""
    low, high = np.quantile(scaled, [0.1, 0.9])
    up = scaled > (low + high) / 2
    for _ in range(20):
        low, high = scaled[~up].mean(), scaled[up].mean()
        up = scaled > (low + high) / 2
    sd = np.array([scaled[~up].std(), scaled[up].std()]).clip(1e-3)
    crossings = max(np.count_nonzero(np.diff(up.astype(np.int8))) / 2, 1)
    counts = np.array([np.count_nonzero(~up), np.count_nonzero(up)])
    return np.concatenate(([low, high], np.log(sd), np.log(0.5 * crossings / counts)))


def _model(parameters: Floats) -> tuple[Floats, Floats, float, float]:
    """Means, standard deviations, and probabilities to change in a point, both ways."""
    rates = np.exp(np.minimum(parameters[4:], 5.0))
    changed = -np.expm1(-rates.sum()) / rates.sum()
    return parameters[:2], np.exp(parameters[2:4]), float(rates[0] * changed), float(rates[1] * changed)


@njit(cache=True)
def _likelihoods(point: float, means: Floats, sds: Floats) -> tuple[float, float, float, float]:
    """Return how likely a point is, for low, high, and a change within it; all times the exponential of the last.

    A molecule that changes at any moment of the point is on average anywhere between both, with the same density.
    """
    low, high = (point - means[0]) / sds[0], (point - means[1]) / sds[1]
    a, b = -0.5 * low**2 - np.log(sds[0]), -0.5 * high**2 - np.log(sds[1])
    gap, sd = means[1] - means[0], (sds[0] + sds[1]) / 2
    between = math.erf((point - means[0]) / sd / _ROOT_2) - math.erf((point - means[1]) / sd / _ROOT_2)
    mixed = a if abs(gap) < 1e-9 else np.log(max(_ROOT_2_PI * between / (2 * gap), 1e-300))
    most = max(a, b, mixed)
    return np.exp(a - most), np.exp(b - most), np.exp(mixed - most), most


@njit(cache=True)
def _forward(points: Floats, means: Floats, sds: Floats, opening: float, closing: float) -> tuple[float, Floats]:
    """Return the log likelihood, and the probability of the high state at the end of each point, given all up to it."""
    filtered = np.empty(len(points))
    high = opening / (opening + closing)
    total = 0.0
    for place in range(len(points)):
        stays_low, stays_high, changes, most = _likelihoods(points[place], means, sds)
        in_high = high * (1 - closing) * stays_high + (1 - high) * opening * changes
        in_low = (1 - high) * (1 - opening) * stays_low + high * closing * changes
        both = max(in_low + in_high, 1e-300)
        total += most + np.log(both)
        high = in_high / both
        filtered[place] = high
    return total, filtered


@njit(cache=True)
def _backward(points: Floats, filtered: Floats, means: Floats, sds: Floats, opening: float, closing: float) -> Floats:
    """Return the probability of the high state given all points, mean of beginning and end of each."""
    mean = np.empty(len(points))
    after = filtered[-1]
    for place in range(len(points) - 1, -1, -1):
        high = filtered[place - 1] if place else opening / (opening + closing)
        stays_low, stays_high, changes, _ = _likelihoods(points[place], means, sds)
        in_high, from_low = high * (1 - closing) * stays_high, (1 - high) * opening * changes
        in_low, from_high = (1 - high) * (1 - opening) * stays_low, high * closing * changes
        was_high = in_high / max(in_high + from_low, 1e-300)
        fell = from_high / max(from_high + in_low, 1e-300)
        before = after * was_high + (1 - after) * fell
        mean[place] = (before + after) / 2
        after = before
    return mean


def _smoothed(points: Floats, means: Floats, sds: Floats, opening: float, closing: float) -> Floats:
    """Probability of the high state given all points."""
    return _backward(points, _forward(points, means, sds, opening, closing)[1], means, sds, opening, closing)


def _curvature(loss: Callable[[Floats], float], where: Floats) -> Floats:
    """Second derivatives by central differences, shape (parameters, parameters)."""
    step = 2e-3 * np.eye(len(where))
    return np.array(
        [
            [(loss(where + a + b) - loss(where + a - b) - loss(where - a + b) + loss(where - a - b)) for b in step]
            for a in step
        ]
    ) / (4 * 2e-3**2)


def _doubts(rest: Floats, changes: Floats, separation: float, transitions: int) -> list[str]:
    warnings = []
    correlation = float(rest[1:] @ rest[:-1] / (rest @ rest))
    if correlation > LARGEST_CORRELATION:
        warnings.append(
            f"neighbouring points are alike within a state (correlation {correlation:.2f}): rates come out too high, "
            "average over more frames"
        )
    if changes.max() > FASTEST_PER_POINT:
        warnings.append(
            f"the molecule changes {changes.max():.2g} times in a point: faster points are needed for these rates"
        )
    if separation < LEAST_SEPARATION:
        warnings.append(f"the states are {separation:.2g} times the noise apart: they overlap, average more")
    if transitions < LEAST_TRANSITIONS:
        warnings.append(f"{transitions} transitions: record longer for a rate")
    return warnings
