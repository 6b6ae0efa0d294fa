"""Hat curves: extension against turns, there and back, with the fitted shape and what it leaves."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from beadline.analysis import HatCurve

from .canvas import (
    BLACK,
    BLUE,
    GREY,
    MOST_PANELS,
    VERMILION,
    doubts_of,
    grid_of,
    new_figure,
    paired_panels,
    shown_of,
    with_error,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class HatPoints:
    """Extension of one molecule at turns.

    Attributes:
        bead: its id.
        turns: of the magnets, shape (points,).
        extension_nm: averages at these turns, shape (points,) [nm]; NaN where the bead was not tracked.
        error_nm: their standard errors, shape (points,) [nm].
        direction: 1 there, -1 back, shape (points,).
        fit: the shape; None if there is none.
        doubts: against points and fit, in words.
    """

    bead: int
    turns: Floats
    extension_nm: Floats
    error_nm: Floats
    direction: Floats
    fit: HatCurve | None = None
    doubts: tuple[str, ...] = ()


def hats_figure(
    hats: Sequence[HatPoints], *, quantity: str = "extension", title: str = "", notes: Sequence[str] = ()
) -> "Figure":
    """Draw hat curves, the first 8 of them, each with its fit and below it the distance of the points from the fit.

    Args:
        hats: one of each bead.
        quantity: what is drawn against the turns.
        title: above all.
        notes: further doubts.

    Raises:
        ValueError: there is none.
    """
    if not any(np.isfinite(hat.extension_nm).any() for hat in hats):
        raise ValueError("Hat curves cannot be drawn without a bead that has a track")
    shown = hats[:MOST_PANELS]
    rows, across = grid_of(len(shown))
    figure = new_figure(
        3.1 * across + 0.6, 3.3 * rows + 0.7, shown_of(title, len(shown), len(hats)), [*notes, *doubts_of(shown)]
    )
    label = f"{quantity} [nm]"
    pairs = paired_panels(figure, len(shown), above=label, below="off fit [nm]", along="turns of the magnets")
    for (curve, rest), hat in zip(pairs, shown, strict=True):
        draw_hat(curve, rest, hat)
    first = pairs[0][0]
    if (shown[0].direction < 0).any():
        first.plot([], [], "o", color=BLUE, markersize=4, label="there")
        first.plot([], [], "o", color=VERMILION, markersize=4, markerfacecolor="white", label="back")
        first.legend(frameon=False, fontsize=8, loc="upper left", handletextpad=0.1)
    return figure


def draw_hat(curve: Any, rest: Any, hat: HatPoints) -> None:
    """Draw one hat curve into a panel, and the distance of its points from the fit into another."""
    expected = None if hat.fit is None else hat.fit.extension_nm(hat.turns)
    for way, colour, face in ((1, BLUE, BLUE), (-1, VERMILION, "white")):
        there = hat.direction == way
        style = {"fmt": "o", "color": colour, "markersize": 4, "markerfacecolor": face, "elinewidth": 0.8}
        curve.errorbar(hat.turns[there], hat.extension_nm[there], hat.error_nm[there], **style)
        if expected is not None:
            rest.errorbar(hat.turns[there], (hat.extension_nm - expected)[there], hat.error_nm[there], **style)
    curve.set_title(f"bead {hat.bead}" + _said(hat.fit), fontsize=9, loc="left")
    if hat.fit is None:
        rest.text(0.5, 0.5, "no fit", transform=rest.transAxes, ha="center", va="center", color=GREY, fontsize=8)
        return
    fine = np.linspace(hat.turns.min(), hat.turns.max(), 400)
    curve.plot(fine, hat.fit.extension_nm(fine), color=BLACK, linewidth=1.0, zorder=3)
    if not hat.fit.warnings:
        curve.axvline(hat.fit.centre_turns, color=GREY, linewidth=0.8, linestyle=":")
    rest.axhline(0.0, color=BLACK, linewidth=1.0)


def _said(fit: HatCurve | None) -> str:
    if fit is None:
        return ""
    if fit.warnings:
        return ": centre not known\n"
    falls = " and ".join(
        with_error(float(slope), float(error))
        for slope, error in zip(fit.slopes_nm_per_turn, fit.slope_errors_nm_per_turn, strict=True)
    )
    return f": centre {with_error(fit.centre_turns, fit.centre_error_turns)} turns\nfalls {falls} nm/turn"
