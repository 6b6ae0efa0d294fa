"""The table of a screening: what holds each bead, what was measured of it, and the reason in words."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from beadline.analysis import TetherClass, TetherEvidence

from .canvas import BLACK, BLUE, GREEN, GREY, ORANGE, PALE, PURPLE, VERMILION, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOUR_OF = {"coilable": BLUE, "nicked": GREEN, "double": PURPLE, "stuck": ORANGE, "undecided": VERMILION}
REASON_CHARACTERS = 96
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
PLACES = (0.005, 0.045, 0.125, 0.205, 0.310, 0.375, 0.450, 0.545)
"""Where the columns begin, as shares of the width."""


def screening_figure(beads: Sequence[Screened], *, title: str = "", notes: Sequence[str] = ()) -> "Figure":
    """Draw the table of a screening: one row for each bead, none is left out.

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
    lines = [max(1, *(cell.count("\n") + 1 for cell in row)) for row in rows]
    total = 3.2 + sum(lines) + 0.6 * len(lines)
    figure = new_figure(13.0, LINE_INCHES * total + 0.5, title, notes)
    axes = figure.subplots()
    axes.set_axis_off()
    axes.set(xlim=(0, 1), ylim=(total, 0))
    for place, heading in zip(PLACES, HEADINGS, strict=True):
        axes.text(place, 2.3, heading, fontsize=8.5, fontweight="bold", va="bottom")
    at = 2.6
    for each, row, height in zip(beads, rows, lines, strict=True):
        axes.plot([0, 1], [at, at], color=PALE, linewidth=0.6)
        _write(axes, at + 0.3, row, COLOUR_OF[each.verdict.name])
        at += height + 0.6
    return figure


def _write(axes: Any, top: float, row: Sequence[str], colour: str) -> None:
    for number, (place, cell) in enumerate(zip(PLACES, row, strict=True)):
        weight, ink = ("bold", colour) if number == 1 else ("normal", GREY if cell == "–" else BLACK)
        axes.text(place, top, cell, fontsize=8.5, va="top", color=ink, fontweight=weight)


def _row(screened: Screened) -> list[str]:
    seen, verdict = screened.evidence, screened.verdict
    losses = f"{_percent(seen.loss_negative)} / {_percent(seen.loss_positive)}"
    off_centre = "–" if seen.circle is None else f"{seen.circle.radius_nm:.0f} ± {seen.circle.radius_error_nm:.0f}"
    return [
        str(screened.bead),
        verdict.name,
        "–" if seen.relative_extension is None else f"{seen.relative_extension:.2f}",
        losses if seen.loss_negative is not None or seen.loss_positive is not None else "–",
        _percent(seen.hat_loss),
        "–" if seen.persistence_nm is None else f"{seen.persistence_nm:.0f}",
        off_centre,
        "\n".join(textwrap.wrap(verdict.reason, REASON_CHARACTERS)),
    ]


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{round(100 * share)} %"
