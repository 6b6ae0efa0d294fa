"""The table of a screening: what holds each bead, what was measured of it, and the reason in words."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from beadline.analysis import TetherClass, TetherEvidence

from .canvas import BLACK, BLUE, GREEN, GREY, ORANGE, PALE, PURPLE, VERMILION, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOUR_OF = {"coilable": BLUE, "nicked": GREEN, "double": PURPLE, "stuck": ORANGE, "undecided": VERMILION}
CHARACTERS = 210
"""Across the whole width."""
LINE_INCHES = 0.155


@dataclass(frozen=True)
class Screened:
    """What a screening says of one bead.

    Attributes:
        bead: its id.
        evidence: what was measured.
        verdict: what follows.
    """

    bead: int
    evidence: TetherEvidence
    verdict: TetherClass


HEADINGS = ("bead", "class", "extension\n[of contour]", "loss at high force\n- / + turns", "loss of\nthe hat",
            "persistence\n[nm]", "off-centre by\n[nm]", "reason")  # fmt: skip
CLASS = 1
WIDTHS = (0.04, 0.08, 0.08, 0.105, 0.065, 0.075, 0.095, 0.455)
"""Of the columns, as shares of the width."""
NOTHING = "–"


def screening_figure(beads: Sequence[Screened], *, title: str = "", notes: Sequence[str] = ()) -> "Figure":
    """Draw the table of a screening: one row for each bead, none is left out; columns without any number are.

    Args:
        beads: what was found.
        title: above the table.
        notes: doubts.

    Raises:
        ValueError: there is no bead.
    """
    if not beads:
        raise ValueError("A screening cannot be drawn without a bead")
    rows = [_row(each) for each in beads]
    columns = [column for column in range(len(HEADINGS)) if any(row[column] != NOTHING for row in rows)]
    places = 0.005 + np.cumsum([0.0, *(WIDTHS[column] for column in columns[:-1])])
    room = int((1 - places[-1]) * CHARACTERS)
    rows = [[*row[:-1], "\n".join(textwrap.wrap(row[-1], room))] for row in rows]
    lines = [row[-1].count("\n") + 1 for row in rows]
    total = 3.2 + sum(lines) + 0.6 * len(lines)
    figure = new_figure(13.0, LINE_INCHES * total + 0.5, title, notes)
    axes = figure.subplots()
    axes.set_axis_off()
    axes.set(xlim=(0, 1), ylim=(total, 0))
    for place, column in zip(places, columns, strict=True):
        axes.text(place, 2.3, HEADINGS[column], fontsize=8.5, fontweight="bold", va="bottom")
    at = 2.6
    for each, row, height in zip(beads, rows, lines, strict=True):
        axes.plot([0, 1], [at, at], color=PALE, linewidth=0.6)
        for place, column in zip(places, columns, strict=True):
            ink = COLOUR_OF[each.verdict.name] if column == CLASS else GREY if row[column] == NOTHING else BLACK
            weight = "bold" if column == CLASS else "normal"
            axes.text(place, at + 0.3, row[column], fontsize=8.5, va="top", color=ink, fontweight=weight)
        at += height + 0.6
    return figure


def _row(screened: Screened) -> list[str]:
    seen, verdict = screened.evidence, screened.verdict
    losses = f"{_percent(seen.loss_negative)} / {_percent(seen.loss_positive)}"
    off_centre = NOTHING if seen.circle is None else f"{seen.circle.radius_nm:.0f} ± {seen.circle.radius_error_nm:.0f}"
    return [
        str(screened.bead),
        verdict.name,
        NOTHING if seen.relative_extension is None else f"{seen.relative_extension:.2f}",
        losses if seen.loss_negative is not None or seen.loss_positive is not None else NOTHING,
        _percent(seen.hat_loss),
        NOTHING if seen.persistence_nm is None else f"{seen.persistence_nm:.0f}",
        off_centre,
        verdict.reason,
    ]


def _percent(share: float | None) -> str:
    return NOTHING if share is None else f"{round(100 * share)} %"
