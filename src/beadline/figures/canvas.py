"""What all figures share: the sheet, colours that everybody can tell apart, and doubts in words at the foot."""

import math
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"
BLACK, GREY, PALE = "#000000", "#666666", "#BBBBBB"
COLOURS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK)
"""Colours that are told apart with any kind of colour vision.

Source:
    Okabe & Ito, Color Universal Design (2008).
"""
MOST_PANELS = 8
ACROSS = 4
DPI = 130
NOTE_POINTS = 7.5
NOTES_SHOWN = 8
CHARACTERS_PER_INCH = 17.0


def new_figure(width: float, height: float, title: str = "", notes: Sequence[str] = ()) -> "Figure":
    """Return an empty sheet, with a title above and doubts below.

    Args:
        width: of the sheet [inch].
        height: of the sheet [inch], notes not counted.
        title: above all panels.
        notes: doubts, in words; each once.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415 - takes its time, and a session draws nothing

    lines = note_lines(notes, width)
    figure = Figure(figsize=(width, height + 0.16 * len(lines)), layout="constrained", dpi=DPI)
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize=11)
    if lines:
        figure.supxlabel("\n".join(lines), x=0.01, ha="left", fontsize=NOTE_POINTS, color=GREY)
    return figure


def note_lines(notes: Sequence[str], width: float) -> list[str]:
    """Return doubts as lines that fit on a sheet of a width [inch], each doubt once, and how many more there are."""
    different = list(dict.fromkeys(notes))
    shown = [line for note in different[:NOTES_SHOWN] for line in _wrapped(note, width)]
    more = len(different) - NOTES_SHOWN
    return [*shown, f"… and {more} more doubts"] if more > 0 else shown


def _wrapped(note: str, width: float) -> list[str]:
    return textwrap.wrap(note, int(width * CHARACTERS_PER_INCH), initial_indent="– ", subsequent_indent="   ")


def doubts_of(beads: Iterable[Any]) -> list[str]:
    """Return the doubts of results that have `bead` and `doubts`, each once, with the beads it is about."""
    about: dict[str, list[str]] = {}
    for each in beads:
        for doubt in each.doubts:
            about.setdefault(doubt, []).append(str(each.bead))
    return [f"bead{'s' if len(ids) > 1 else ''} {', '.join(ids)}: {doubt}" for doubt, ids in about.items()]


def grid_of(panels: int) -> tuple[int, int]:
    """Return in how many rows and columns to put panels."""
    across = min(panels, ACROSS)
    return math.ceil(panels / across), across


def paired_panels(figure: "Figure", number: int, *, above: str, below: str, along: str) -> list[tuple[Any, Any]]:
    """Return pairs of panels, for a curve and below it for what a fit leaves, row by row, on the same scales.

    Args:
        figure: an empty sheet.
        number: of pairs.
        above: label of the upper panels.
        below: label of the lower ones.
        along: label of what both are drawn against.
    """
    rows, across = grid_of(number)
    panels = figure.subplots(2 * rows, across, sharex=True, sharey="row", squeeze=False, height_ratios=[3, 1] * rows)
    pairs = [(panels[2 * row, column], panels[2 * row + 1, column]) for row in range(rows) for column in range(across)]
    for curve, rest in pairs[number:]:
        curve.set_visible(False)
        rest.set_visible(False)
    for curve, rest in pairs[::across]:
        curve.set_ylabel(above)
        rest.set_ylabel(below, fontsize=8)
    for _, rest in pairs[max(0, number - across) : number]:
        rest.set_xlabel(along)
        rest.tick_params(labelbottom=True)
    return pairs[:number]


def shown_of(title: str, shown: int, of: int, what: str = "beads") -> str:
    """Return a title that says so where not all are shown."""
    return f"{title}   the first {shown} of {of} {what}" if shown < of else title


def with_error(value: float, error: float, unit: str = "") -> str:
    """Return a number with its standard error to two digits, and its unit."""
    after = f" {unit}" if unit else ""
    if not (math.isfinite(value) and math.isfinite(error)):
        return f"{value:.3g} ± ?{after}" if math.isfinite(value) else f"unknown{after}"
    if error <= 0:
        return f"{value:.4g}{after}"
    digits = max(0, 1 - math.floor(math.log10(error)))
    return f"{value:.{digits}f} ± {error:.{digits}f}{after}"


def viridis(shares: Sequence[float]) -> list[Any]:
    """Return a colour for each share from 0 to 1, dark to light; never the lightest, which paper swallows."""
    from matplotlib import colormaps  # noqa: PLC0415 - as above

    return [colormaps["viridis"](0.85 * share) for share in shares]


def write_figure(figure: "Figure", path: Path) -> None:
    """Write a figure into a file; its ending says what kind.

    Raises:
        ValueError: there is no such kind.
    """
    kinds = figure.canvas.get_supported_filetypes()
    if path.suffix.lstrip(".").lower() not in kinds:
        raise ValueError(f"Cannot write a figure into {path.name}: end its name in .{', .'.join(sorted(kinds))}")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
