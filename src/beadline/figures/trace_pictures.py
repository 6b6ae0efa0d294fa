"""Traces: each bead over time, with the steps of the run; frames without a track are gaps."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .canvas import BLUE, GREY, MOST_PANELS, SKY, VERMILION, new_figure, shown_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

MOST_BINS = 3000
LONGEST_AVERAGE_S, AVERAGES = 0.5, 100
"""The dark line of a trace is an average over this [s], or over this part of a shorter trace."""


@dataclass(frozen=True)
class Trace:
    """Positions of one bead.

    Attributes:
        label: which bead.
        values: shape (frames,); NaN where it was not tracked.
    """

    label: str
    values: Floats


@dataclass(frozen=True)
class Course:
    """Where an axis, or the force, was during the steps of a run.

    Attributes:
        label: what it is, with its unit.
        from_s: when each step begins, shape (steps,) [s].
        to_s: when it ends, shape (steps,) [s].
        values: shape (steps,).
    """

    label: str
    from_s: Floats
    to_s: Floats
    values: Floats


def traces_figure(
    time_s: Floats,
    traces: Sequence[Trace],
    courses: Sequence[Course] = (),
    *,
    quantity: str = "height [nm]",
    title: str = "",
    notes: Sequence[str] = (),
) -> "Figure":
    """Draw traces below each other, and above them what was done meanwhile.

    Pale: from the least to the greatest of the frames at a time; dark: averages over half a second or less.

    Args:
        time_s: of the frames, growing, shape (frames,) [s].
        traces: the first 8 of them are drawn.
        courses: of axes and force.
        quantity: what the traces are, with its unit.
        title: above all.
        notes: doubts.

    Raises:
        ValueError: there is no frame, or no trace.
    """
    if not len(time_s) or not traces:
        raise ValueError("Traces cannot be drawn without a frame and a bead with a track")
    shown = traces[:MOST_PANELS]
    heights = [0.8] * len(courses) + [1.0] * len(shown)
    figure = new_figure(9.0, 1.15 * sum(heights) + 0.9, shown_of(title, len(shown), len(traces)), notes)
    panels = figure.subplots(len(heights), sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    for axes, course in zip(panels, courses, strict=False):
        draw_course(axes, course)
    for axes, trace in zip(panels[len(courses) :], shown, strict=True):
        draw_trace(axes, time_s, trace.values)
        axes.text(1.005, 0.5, trace.label, transform=axes.transAxes, va="center", fontsize=9)
        for course in courses[:1]:
            _shade(axes, course)
    panels[-1].set_xlabel("time [s]")
    panels[-1].set_xlim(time_s[0], time_s[-1])
    figure.supylabel(quantity, fontsize=10)
    return figure


def draw_trace(axes: Any, time_s: Floats, values: Floats) -> None:
    """Draw one trace into a panel: its frames, and their averages where these are fewer."""
    centre_s, least, _, most = binned(time_s, values, MOST_BINS)
    both = np.stack([least, most], axis=1).ravel()
    axes.plot(np.repeat(centre_s, 2), both, color=SKY, linewidth=0.5)
    averages = int(np.clip((time_s[-1] - time_s[0]) / LONGEST_AVERAGE_S, AVERAGES, MOST_BINS))
    if averages < len(time_s) / 3:
        centre_s, _, mean, _ = binned(time_s, values, averages)
        axes.plot(centre_s, mean, color=BLUE, linewidth=1.0)
    axes.tick_params(labelsize=8)
    axes.margins(y=0.08)


def draw_course(axes: Any, course: Course) -> None:
    """Draw into a panel where an axis was in each step, with a gap where it moved and settled."""
    gaps = np.full(len(course.values), np.nan)
    times = np.stack([course.from_s, course.to_s, course.to_s], axis=1).ravel()
    values = np.stack([course.values, course.values, gaps], axis=1).ravel()
    axes.plot(times, values, color=VERMILION, linewidth=2.0, solid_capstyle="butt")
    axes.text(1.005, 0.5, course.label, transform=axes.transAxes, va="center", fontsize=9, color=VERMILION)
    axes.tick_params(labelsize=8)
    axes.margins(y=0.2)


def _shade(axes: Any, course: Course) -> None:
    for from_s, to_s in zip(course.from_s[::2], course.to_s[::2], strict=True):
        axes.axvspan(from_s, to_s, color=GREY, alpha=0.10, linewidth=0, zorder=0)


def binned(time_s: Floats, values: Floats, most: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Put a trace into equal bins of time: their middles [s], and the least, mean and greatest value of each.

    A bin without a value is NaN, so a gap stays one. With fewer frames than bins each frame is one.

    Args:
        time_s: growing, shape (frames,) [s].
        values: shape (frames,); NaN is no value.
        most: how many bins at most.
    """
    frames = len(time_s)
    if frames <= 1 or frames <= most:
        apart = np.diff(time_s)
        usual = np.median(apart) if len(apart) else 0.0
        late = np.flatnonzero(apart > 1.5 * usual) + 1  # frames are missing before these
        time_s, values = np.insert(time_s, late, time_s[late]), np.insert(values, late, np.nan)
        return time_s, values, values, values
    span = float(time_s[-1] - time_s[0])
    places = np.minimum(((time_s - time_s[0]) / span * most).astype(np.int64), most - 1)
    seen = np.isfinite(values)
    least, greatest = np.full(most, np.inf), np.full(most, -np.inf)
    np.minimum.at(least, places[seen], values[seen])
    np.maximum.at(greatest, places[seen], values[seen])
    number = np.bincount(places[seen], minlength=most)
    empty = number == 0
    mean = np.bincount(places[seen], values[seen], most) / np.where(empty, 1, number)
    for each in (least, mean, greatest):
        each[empty] = np.nan
    return time_s[0] + (np.arange(most) + 0.5) * span / most, least, mean, greatest
