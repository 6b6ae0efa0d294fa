"""The calibration of the magnets: force against height, the law through the forces, and how far they are from it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from beadline.analysis import MagnetCalibration
from beadline.physics import ForceLaw, ForceTable

from .canvas import BLACK, COLOURS, GREY, PALE, doubts_of, new_figure, with_error
from .force_extension_pictures import ForcePoints

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MARKERS = "osD^vP*X"
SIDE_BY_SIDE = 0.05
"""Points of all beads at one height are drawn over this share of the width."""


def calibration_figure(
    beads: Sequence[ForcePoints],
    found: MagnetCalibration | None,
    before: ForceLaw | ForceTable | None = None,
    *,
    title: str = "",
    notes: Sequence[str] = (),
) -> "Figure":
    """Draw the force on each bead against the height of the magnets, and below it over that of the law.

    Forces are divided by the factor of their bead, so that all should lie on the law; the factors are in the legend.
    Open points are not in the law. Points of different beads at one height are side by side below.

    Args:
        beads: their forces; with a calibration in the order of its factors.
        found: the law through them; None if there is none.
        before: the law that the force axis had.
        title: above all.
        notes: doubts.

    Raises:
        ValueError: no bead has a force.
    """
    if not any(each.known.any() for each in beads):
        raise ValueError("Force against height cannot be drawn: no bead shows a force")
    figure = new_figure(8.5, 6.0, title, [*(found.warnings if found else ()), *notes, *doubts_of(beads)])
    curve, rest = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1.2])
    beside = SIDE_BY_SIDE * np.ptp(np.concatenate([each.height_mm[each.known] for each in beads])) / len(beads)
    for place, each in enumerate(beads):
        colour, marker = COLOURS[place % len(COLOURS)], MARKERS[place % len(MARKERS)]
        factor = 1.0 if found is None else float(found.bead_factors[place])
        error = 0.0 if found is None else float(found.bead_factor_errors[place])
        label = f"bead {each.bead}" + ("" if found is None else f" × {with_error(factor, error)}")
        for trusted, face in ((True, colour), (False, "white")):
            which = each.known & (each.trusted == trusted)
            if not which.any():
                continue
            height = each.height_mm[which]
            aside = height + beside * (place - (len(beads) - 1) / 2)
            measured, bar = each.force_pn[which], each.force_error_pn[which] / factor
            force = measured if found is None else found.typical_pn(measured, place)
            style = {"fmt": marker, "color": colour, "markersize": 4, "markerfacecolor": face, "elinewidth": 0.8}
            bars = np.stack([np.minimum(bar, 0.9 * force), bar])
            curve.errorbar(height, force, bars, label=label if trusted else None, **style)
            if found is not None:
                inside = (height >= found.law.low_mm) & (height <= found.law.high_mm)
                law = found.law.force_pn(height[inside])
                rest.errorbar(aside[inside], force[inside] / law, bar[inside] / law, **style)
    if found is not None:
        height = np.linspace(found.law.low_mm, found.law.high_mm, 200)
        force, error = found.law.force_pn(height), found.force_error_pn(height)
        curve.plot(height, force, color=BLACK, linewidth=1.2, label="the law found")
        for axes, scale in ((curve, 1.0), (rest, force)):
            axes.fill_between(
                height, (force - error) / scale, (force + error) / scale, color=PALE, linewidth=0, zorder=0
            )
        rest.axhline(1.0, color=BLACK, linewidth=1.2)
        if before is not None:
            inside = height[(height >= before.low_mm) & (height <= before.high_mm)]
            known = before.force_pn(inside)
            curve.plot(inside, known, color=GREY, linestyle="--", linewidth=1.0, label="the law before")
            rest.plot(inside, known / found.law.force_pn(inside), color=GREY, linestyle="--", linewidth=1.0)
    curve.set(ylabel="force on a typical bead [pN]", yscale="log")
    rest.set(xlabel="height of the magnets [mm]", ylabel="force / law")
    figure.legend(*curve.get_legend_handles_labels(), loc="outside right center", frameon=False, fontsize=8)
    return figure
