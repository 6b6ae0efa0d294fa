"""The motion that a force is read from: power spectrum and Hadamard variance, with fits and what these leave."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from beadline.analysis import (
    Camera,
    ForceEstimate,
    Pendulum,
    averaging_frames,
    hadamard_variance_nm2,
    periodogram_nm2_per_hz,
)

from .canvas import BLACK, new_figure, viridis, with_error

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

LEAST_AVERAGED, WIDER = 8, 1.35
"""A point of a spectrum is an average over at least so many frequencies, each so much wider than the one before."""
MOST_MOTIONS = 4


@dataclass(frozen=True)
class Motion:
    """Motion of one bead in one direction at one force, and the force read from it.

    Attributes:
        trace_nm: positions, without gaps, shape (frames,) [nm].
        pendulum: tether and direction.
        camera: how frames were taken.
        found: the force.
    """

    trace_nm: Floats
    pendulum: Pendulum
    camera: Camera
    found: ForceEstimate


def motion_figure(motions: Sequence[Motion], *, title: str = "", notes: Sequence[str] = ()) -> "Figure":
    """Draw power spectrum and Hadamard deviation of a bead at some forces, with what the found force expects.

    Points of the spectrum are averages over neighbouring frequencies; bars are what chance alone makes of them. Below
    is the ratio of points and fit.

    Args:
        motions: of one bead; 4 at most are drawn, from the least to the greatest force.
        title: above all.
        notes: further doubts.

    Raises:
        ValueError: there is none.
    """
    if not motions:
        raise ValueError("Motion cannot be drawn: there is no force that was read from it")
    places = np.unique(np.linspace(0, len(motions) - 1, min(len(motions), MOST_MOTIONS)).round().astype(int))
    shown = [sorted(motions, key=lambda each: each.found.force_pn)[place] for place in places]
    doubts = [f"{each.found.force_pn:.3g} pN: {doubt}" for each in shown for doubt in each.found.warnings]
    figure = new_figure(9.5, 5.6, title, [*notes, *doubts])
    (spectra, deviations), (spectra_rest, deviations_rest) = figure.subplots(2, 2, sharex="col", height_ratios=[3, 1])
    for motion, colour in zip(shown, viridis(np.linspace(0, 1, len(shown)).tolist()), strict=True):
        label = with_error(motion.found.force_pn, motion.found.force_error_pn, "pN")
        _draw(spectra, spectra_rest, spectrum_points(motion), colour, label)
        _draw(deviations, deviations_rest, hadamard_points(motion), colour, label)
    spectra.set(ylabel="power spectrum [nm²/Hz]", xscale="log", yscale="log")
    deviations.set(ylabel="Hadamard deviation [nm]", xscale="log", yscale="log")
    spectra_rest.set(xlabel="frequency [Hz]", ylabel="points / fit")
    deviations_rest.set(xlabel="averaged over [s]", ylabel="points / fit")
    for axes in (spectra_rest, deviations_rest):
        axes.axhline(1.0, color=BLACK, linewidth=0.8)
    figure.legend(*spectra.get_legend_handles_labels(), loc="outside right center", frameon=False, fontsize=9)
    return figure


@dataclass(frozen=True)
class Points:
    """Measured points, their errors by chance, and what is expected there; shapes (points,)."""

    along: Floats
    measured: Floats
    error: Floats
    expected: Floats


def spectrum_points(motion: Motion) -> Points:
    """Return the power spectrum [nm²/Hz] at frequencies [Hz], averaged over neighbours, more and more of them."""
    frequency, power = periodogram_nm2_per_hz(motion.trace_nm, motion.camera.frame_s)
    expected = _well(motion).spectrum_nm2_per_hz(frequency[:, np.newaxis]).sum(axis=-1)
    edges = [0]
    while edges[-1] < len(frequency):
        edges.append(min(max(edges[-1] + LEAST_AVERAGED, round(edges[-1] * WIDER)), len(frequency)))
    starts, number = np.array(edges[:-1]), np.diff(edges)
    along, measured, model = (np.add.reduceat(each, starts) / number for each in (frequency, power, expected))
    return Points(along, measured, model / np.sqrt(number), model)


def hadamard_points(motion: Motion) -> Points:
    """Return the Hadamard deviation [nm] at averaging times [s].

    Errors are of as many independent averages as fit into the trace, which is about what chance makes.
    """
    frames = averaging_frames(len(motion.trace_nm))
    measured = np.sqrt(hadamard_variance_nm2(motion.trace_nm, frames))
    expected = np.sqrt(_well(motion).hadamard_variance_nm2(frames[:, np.newaxis]).sum(axis=-1))
    averaged_s = np.asarray(frames * motion.camera.frame_s, dtype=np.float64)
    return Points(averaged_s, measured, expected * np.sqrt(frames / len(motion.trace_nm)), expected)


def _well(motion: Motion) -> Any:
    found = motion.found
    return motion.pendulum.well(motion.camera, found.force_pn, found.drag_pn_s_per_nm, found.noise_nm)


def _draw(curve: Any, rest: Any, points: Points, colour: Any, label: str) -> None:
    curve.plot(points.along, points.expected, color=colour, linewidth=1.2)
    error = np.stack([np.minimum(points.error, 0.9 * points.measured), points.error])
    style = {"fmt": "o", "color": colour, "markersize": 3.5, "elinewidth": 0.8}
    curve.errorbar(points.along, points.measured, error, label=label, **style)
    ratio = points.measured / points.expected
    rest.errorbar(points.along, ratio, points.error / points.expected, **style)
