"""Force-extension curves: points with both errors, the worm-like chain that explains them, and what it leaves."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from beadline.analysis import ChainFit
from beadline.physics import wlc_extension_nm

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

LARGEST_RELATIVE_ERROR = 0.5
"""A force that is not known better than this says nothing."""


@dataclass(frozen=True)
class ForcePoints:
    """Force and extension of one molecule at the steps of a run.

    Attributes:
        bead: its id.
        height_mm: of the magnets, shape (points,) [mm].
        force_pn: from the motion of the bead, shape (points,) [pN]; NaN where it could not be found.
        force_error_pn: its standard error, shape (points,) [pN].
        extension_nm: shape (points,) [nm].
        extension_error_nm: its standard error, shape (points,) [nm].
        trusted: whether frames came often enough for the motion, shape (points,); the others are not in the fit.
        fit: the chain; None if there is none.
        doubts: against points and fit, in words.
        temperature_k: of the water [K].
    """

    bead: int
    height_mm: Floats
    force_pn: Floats
    force_error_pn: Floats
    extension_nm: Floats
    extension_error_nm: Floats
    trusted: NDArray[np.bool_]
    fit: ChainFit | None = None
    doubts: tuple[str, ...] = ()
    temperature_k: float = 298.15

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which points have a force that is known to half its size, shape (points,)."""
        return np.isfinite(self.extension_nm) & (self.force_error_pn < LARGEST_RELATIVE_ERROR * self.force_pn)

    @property
    def unknown_note(self) -> tuple[str, ...]:
        """How many points are left out of pictures and fits, in words; empty if none."""
        number = int(np.count_nonzero(~self.known))
        return (f"{number} of {len(self.known)} forces are not known to half their size: left out",) if number else ()


def force_extension_figure(
    curves: Sequence[ForcePoints], *, quantity: str = "extension", title: str = "", notes: Sequence[str] = ()
) -> "Figure":
    """Draw force against extension, the first 8 molecules, each with its chain, and below it what the chain leaves.

    Points that are not in the fit are open.

    Args:
        curves: one of each bead.
        quantity: what the force is drawn against.
        title: above all.
        notes: further doubts.

    Raises:
        ValueError: there is none with a force.
    """
    drawn = [each for each in curves if each.known.any()]
    if not drawn:
        raise ValueError("Force against extension cannot be drawn: no bead shows a force")
    shown, unknown = drawn[:MOST_PANELS], [each for each in curves if not each.known.any()]
    rows, across = grid_of(len(shown))
    doubts = [*notes, *doubts_of([*shown, *unknown])]
    figure = new_figure(3.1 * across + 0.6, 3.5 * rows + 0.7, shown_of(title, len(shown), len(drawn)), doubts)
    label = f"{quantity} [nm]"
    pairs = paired_panels(figure, len(shown), above=label, below="off fit [nm]", along="force [pN]")
    for (curve, rest), each in zip(pairs, shown, strict=True):
        draw_force_extension(curve, rest, each)
    return figure


def draw_force_extension(curve: Any, rest: Any, points: ForcePoints) -> None:
    """Draw one molecule into a panel, and the distance of its points from the chain into another."""
    known, fit = points.known, points.fit
    curve.set_xscale("log")
    expected = None if fit is None else _chain_nm(points, points.force_pn[known])
    for trusted, face in ((True, BLUE), (False, "white")):
        which = points.trusted[known] == trusted
        style = {"fmt": "o", "color": BLUE, "markersize": 4.5, "markerfacecolor": face, "elinewidth": 0.8}
        force, length = points.force_pn[known][which], points.extension_nm[known][which]
        error, length_error = points.force_error_pn[known][which], points.extension_error_nm[known][which]
        across = np.stack([np.minimum(error, 0.9 * force), error])  # an axis of logarithms has no 0
        curve.errorbar(force, length, length_error, across, **style)
        if fit is not None and expected is not None and len(force):
            low, high = (_chain_nm(points, each) for each in (force - across[0], force + across[1]))
            both = np.hypot(length_error, (high - low) / 2)
            rest.errorbar(force, length - expected[which], both, **style)
    curve.set_title(f"bead {points.bead}" + _said(fit), fontsize=9, loc="left")
    if fit is None:
        rest.text(0.5, 0.5, "no fit", transform=rest.transAxes, ha="center", va="center", color=GREY, fontsize=8)
        return
    fine = np.geomspace(0.8 * points.force_pn[known].min(), 1.25 * points.force_pn[known].max(), 200)
    curve.plot(fine, _chain_nm(points, fine), color=VERMILION, linewidth=1.2, zorder=3)
    rest.axhline(0.0, color=BLACK, linewidth=1.0)


def _chain_nm(points: ForcePoints, force_pn: Floats) -> Floats:
    fit = points.fit
    if fit is None:
        raise ValueError(f"Bead {points.bead} has no chain")
    stretch = None if np.isinf(fit.stretch_pn) else fit.stretch_pn
    return wlc_extension_nm(force_pn, fit.contour_nm, fit.persistence_nm, points.temperature_k, stretch)


def _said(fit: ChainFit | None) -> str:
    if fit is None:
        return ""
    persistence = with_error(fit.persistence_nm, fit.persistence_error_nm, "nm")
    return f": persistence {persistence}\ncontour {with_error(fit.contour_nm, fit.contour_error_nm, 'nm')}"
