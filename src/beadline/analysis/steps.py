"""Steps in a trace: the piecewise constant course that explains it best for its number of steps.

Source:
    Optimal partitioning with pruning: Killick, Fearnhead & Eckley, J. Am. Stat. Assoc. 107 (2012) 1590.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .traces import whole_trace

Floats = NDArray[np.float64]

PENALTY = 3.0
"""Each step costs this many times the variance of the noise times the logarithm of the number of points."""
LARGEST_CORRELATION = 0.25


@dataclass(frozen=True)
class Steps:
    """Steps of a trace and the levels between them.

    Attributes:
        times_s: of the steps since the first frame, shape (steps,) [s]; to half an averaged point.
        sizes_nm: of the steps, shape (steps,) [nm].
        size_errors_nm: their standard errors, shape (steps,) [nm].
        levels_nm: means between the steps, shape (steps + 1,) [nm].
        dwells_s: how long each level lasts, shape (steps + 1,) [s]; the first and the last were cut off by the trace.
        noise_nm: of an averaged point [nm].
        warnings: what speaks against the result, in words.
    """

    times_s: Floats
    sizes_nm: Floats
    size_errors_nm: Floats
    levels_nm: Floats
    dwells_s: Floats
    noise_nm: float
    warnings: tuple[str, ...] = ()


def find_steps(trace_nm: ArrayLike, frame_s: float, *, average_frames: int = 1, noise_nm: float | None = None) -> Steps:
    """Find steps in a trace.

    Points must be independent of each other between steps: average over at least three correlation times of the bead,
    otherwise its slow motion is taken for steps (and a warning says so).

    Args:
        trace_nm: positions, without gaps and drift, shape (frames,) [nm].
        frame_s: time from frame to frame [s].
        average_frames: how many frames make a point.
        noise_nm: standard deviation of a point between steps [nm]; None takes it from the differences of points.

    Raises:
        ValueError: the trace has gaps or fewer than 8 points.
    """
    if average_frames < 1:
        raise ValueError(f"Cannot average over {average_frames} frames: it takes at least 1")
    trace = whole_trace(f"Finding steps in averages over {average_frames} frames", trace_nm, 8 * average_frames)
    number = len(trace) // average_frames
    points = trace[: number * average_frames].reshape(number, average_frames).mean(axis=1)
    # the median of the differences does not see the few that are steps
    noise = float(np.median(np.abs(np.diff(points)))) / 0.6745 / np.sqrt(2) if noise_nm is None else noise_nm
    if not noise > 0:
        raise ValueError(f"Steps cannot be told from noise of {noise:g} nm: give a noise_nm above 0 nm")
    ends = _partition(points - points.mean(), PENALTY * noise**2 * np.log(number))
    starts = np.concatenate(([0], ends[:-1]))
    levels = np.array([points[a:b].mean() for a, b in zip(starts, ends, strict=True)])
    counts = ends - starts
    point_s = np.float64(average_frames * frame_s)
    rest = points - np.repeat(levels, counts)
    return Steps(
        point_s * ends[:-1],
        np.diff(levels),
        noise * np.sqrt(1 / counts[1:] + 1 / counts[:-1]),
        levels,
        point_s * counts,
        noise,
        tuple(_doubts(rest, noise)),
    )


def _partition(points: Floats, penalty: float) -> NDArray[np.int64]:
    """Return where the segments end that make the sum of squares plus penalties least."""
    number = len(points)
    sums = np.concatenate(([0.0], np.cumsum(points)))
    squares = np.concatenate(([0.0], np.cumsum(points**2)))
    best = np.full(number + 1, -penalty)
    before = np.zeros(number + 1, dtype=np.int64)
    open_starts = np.array([0])
    for end in range(1, number + 1):
        inside = sums[end] - sums[open_starts]
        cost = best[open_starts] + squares[end] - squares[open_starts] - inside**2 / (end - open_starts)
        least = int(np.argmin(cost))
        best[end], before[end] = cost[least] + penalty, open_starts[least]
        # a start that costs more already than a new one can never be the best again
        open_starts = np.append(open_starts[cost <= best[end]], end)
    ends = [number]
    while before[ends[-1]] > 0:
        ends.append(int(before[ends[-1]]))
    return np.array(ends[::-1])


def _doubts(rest: Floats, noise: float) -> list[str]:
    warnings = []
    correlation = float(rest[1:] @ rest[:-1] / (rest @ rest)) if rest.any() else 0.0
    if correlation > LARGEST_CORRELATION:
        warnings.append(
            f"neighbouring points are alike between steps (correlation {correlation:.2f}): some steps may be slow "
            "motion of the bead; average over more frames"
        )
    if rest.std() > 1.5 * noise:
        warnings.append(
            f"the points scatter by {rest.std():.2g} nm about the levels, and not by the {noise:.2g} nm of their "
            "differences: drift, or noise that is too small"
        )
    return warnings
