"""What an estimator asks of a trace, and the part of a trace that has it."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def whole_trace(what: str, trace_nm: ArrayLike, least_frames: int) -> Floats:
    """Return a trace as an array, if it has no gap and is long enough.

    Args:
        what: cannot be done without it, to begin the sentence: "The Allan variance".
        trace_nm: positions in frames at equal distances, shape (frames,) [nm].
        least_frames: how many it needs.

    Raises:
        ValueError: it is no row of numbers, has gaps, is too short, or does not move at all.
    """
    trace = np.asarray(trace_nm, dtype=np.float64)
    if trace.ndim != 1:
        raise ValueError(f"{what} needs one trace, shape (frames,), and not an array of shape {trace.shape}")
    gaps = int(np.count_nonzero(~np.isfinite(trace)))
    if gaps:
        raise ValueError(
            f"{what} needs a trace without gaps, and {gaps} of {len(trace)} frames have no position: "
            "give it `longest_stretch(trace)`"
        )
    if len(trace) < least_frames:
        raise ValueError(f"{what} needs at least {least_frames} frames, and this trace has {len(trace)}")
    if np.ptp(trace) == 0:
        raise ValueError(f"{what} needs a bead that moves, and all {len(trace)} positions are {trace[0]:g} nm")
    return trace


def longest_stretch(trace_nm: ArrayLike) -> Floats:
    """Return the longest part of a trace without a gap, shape (frames of it,) [nm].

    Args:
        trace_nm: positions, NaN where there is none, shape (frames,) [nm].

    Raises:
        ValueError: no frame has a position.
    """
    trace = np.asarray(trace_nm, dtype=np.float64)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], np.isfinite(trace), [False]))))
    if not len(edges):
        raise ValueError(f"A trace of {len(trace)} frames without a position has no stretch that could be used")
    starts, ends = edges[::2], edges[1::2]
    longest = np.argmax(ends - starts)
    return trace[starts[longest] : ends[longest]]


def straight_line(trace_nm: Floats) -> tuple[Floats, float]:
    """Return the line of least squares through a trace [nm], shape (frames,), and its slope [nm/frame]."""
    centred = np.arange(len(trace_nm)) - (len(trace_nm) - 1) / 2
    slope = float(centred @ trace_nm / (centred @ centred))
    return trace_nm.mean() + slope * centred, slope
