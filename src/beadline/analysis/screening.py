"""What the heights of beads, at high force, turned, and along a hat curve, say of what holds them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from beadline.physics import TwistedChain

from .hat_curves import HatCurve, fit_hat_above_surface
from .tether_classes import SHORTER_LOSS, TetherClass, TetherEvidence, classify_tether

Floats = NDArray[np.float64]
FURTHER = 1.5
"""How far to turn, in units of where one molecule buckles."""


@dataclass(frozen=True)
class TurnedTether:
    """Mean heights of one bead, NaN where it was not seen.

    Attributes:
        surface_nm: height at which the bead touches the surface [nm].
        high_nm: at the highest force [nm].
        relaxed_nm: at the force of turning, without turns [nm].
        negative_nm: the same, turned to the negative [nm].
        positive_nm: the same, turned to the positive [nm].
        hat_turns: turns of the hat curve, shape (points,).
        hat_nm: at these turns and low force, shape (points,) [nm].
    """

    surface_nm: float
    high_nm: float
    relaxed_nm: float
    negative_nm: float
    positive_nm: float
    hat_turns: Floats
    hat_nm: Floats


@dataclass(frozen=True)
class ScreenedTether:
    """What holds a bead, and what says so.

    Attributes:
        extension_nm: at the highest force [nm]; NaN if it was not measured.
        evidence: what was measured.
        verdict: the class and its reason.
        remarks: what could not be measured, in words.
    """

    extension_nm: float
    evidence: TetherEvidence
    verdict: TetherClass
    remarks: tuple[str, ...] = ()


def screen_tether(heights: TurnedTether, contour_nm: float, turned: float, turning_pn: float) -> ScreenedTether:
    """Say what holds a bead, from its heights; what was not seen is left out and named.

    Args:
        heights: of the bead, without drift.
        contour_nm: of the construct [nm].
        turned: how far it was turned to either side [turns]; if one molecule would hardly coil, this is remarked.
        turning_pn: at this force [pN].

    Raises:
        ValueError: the force is outside the range of `TwistedChain`.
    """
    remarks: list[str] = []
    extension = heights.high_nm - heights.surface_nm
    relaxed = heights.relaxed_nm - heights.surface_nm

    def loss(turned_nm: float, way: str) -> float | None:
        if not np.isfinite(turned_nm + relaxed) or relaxed <= 0:
            remarks.append(f"its loss by turning to the {way} is not known")
            return None
        return float(1 - (turned_nm - heights.surface_nm) / relaxed)

    negative, positive = loss(heights.negative_nm, "negative"), loss(heights.positive_nm, "positive")
    hat, hat_loss = _hat(heights.hat_turns, heights.hat_nm - heights.surface_nm, remarks)
    chain = TwistedChain(contour_nm=contour_nm)
    expected = float(1 - chain.extension_nm(turning_pn, turned) / chain.extension_nm(turning_pn, 0.0))
    if expected < SHORTER_LOSS:
        enough = np.ceil(FURTHER * chain.buckling_turns(turning_pn))
        remarks.append(
            f"{turned:g} turns at {turning_pn:g} pN do not tell whether it is nicked: one molecule that coils would "
            f"lose {100 * expected:.0f} %; turn it by {enough:.0f}, or at a lower force"
        )
    if not np.isfinite(extension):
        remarks.append("its extension is not known: it was not seen at the surface, or not at the highest force")
    evidence = TetherEvidence(
        relative_extension=float(extension / contour_nm) if np.isfinite(extension) else None,
        loss_negative=negative,
        loss_positive=positive,
        hat=hat,
        hat_loss=hat_loss,
        expected_loss=expected,
    )
    return ScreenedTether(float(extension), evidence, classify_tether(evidence), tuple(remarks))


def _hat(turns: Floats, extension: Floats, remarks: list[str]) -> tuple[HatCurve | None, float | None]:
    seen = np.isfinite(extension)
    if seen.sum() < len(seen) or not seen.any() or extension.max() <= 0:
        remarks.append(f"its hat curve is not known: it was seen at {seen.sum()} of {len(seen)} turns")
        return None, None
    lost = float(np.ptp(extension) / extension.max())
    try:
        hat = fit_hat_above_surface(turns, extension)
    except ValueError as error:
        remarks.append(f"its hat curve has no shape: {error}")
        return None, lost
    remarks += [f"hat curve: {warning}" for warning in hat.warnings if "surface" in warning]
    return hat, lost


def without_drift(heights_nm: ArrayLike, references: Sequence[int]) -> Floats:
    """Return heights less the mean way of the references since the first step, shape (steps, beads) [nm].

    A reference that was not seen at each step is left out; without references the heights stay as they are.

    Args:
        heights_nm: mean heights, shape (steps, beads) [nm].
        references: columns of the references.
    """
    heights = np.asarray(heights_nm, dtype=np.float64)
    whole = [each for each in references if np.isfinite(heights[:, each]).all()]
    if not whole:
        return heights
    return heights - (heights[:, whole] - heights[0, whole]).mean(axis=1, keepdims=True)
