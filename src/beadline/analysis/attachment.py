"""Where on its bead a molecule is attached, and what that hides of the extension.

Source:
    Klaue & Seidel, Phys. Rev. Lett. 102 (2009) 028302; De Vlaminck et al., Nano Lett. 12 (2012) 5216.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class RotationCircle:
    """The circle on which a bead goes when the magnets turn: it shows where the molecule is attached.

    Attributes:
        x_nm: centre, above the attachment to the surface [nm].
        y_nm: centre [nm].
        radius_nm: of the circle, distance of the attachment from the bead's vertical axis [nm].
        radius_error_nm: its standard error [nm].
        shortening_nm: by how much the bead hides extension, R - sqrt(R² - r²) [nm]: add it.
        shortening_error_nm: its standard error [nm].
        warnings: what speaks against the result, in words.
    """

    x_nm: float
    y_nm: float
    radius_nm: float
    radius_error_nm: float
    shortening_nm: float
    shortening_error_nm: float
    warnings: tuple[str, ...] = ()


def rotation_circle(x_nm: ArrayLike, y_nm: ArrayLike, turns: ArrayLike, bead_radius_nm: float) -> RotationCircle:
    """Find where on its bead a molecule is attached, from positions while the magnets turn at low force.

    The bead keeps its side to the field, so its centre goes around the attachment once each turn. Positions are fitted
    by a circle in step with the magnets, so motion by heat does not widen it.

    Args:
        x_nm: positions, best averages over more than a correlation time, shape (points,) [nm].
        y_nm: as x_nm.
        turns: of the magnets at these positions, shape (points,).
        bead_radius_nm: of the bead [nm].

    Raises:
        ValueError: shapes do not fit, fewer than 5 points, less than a turn, or a circle wider than the bead.
    """
    where = np.asarray(x_nm, dtype=np.float64) + 1j * np.asarray(y_nm, dtype=np.float64)
    turned = np.asarray(turns, dtype=np.float64)
    if where.ndim != 1 or where.shape != turned.shape or len(where) < 5 or not np.ptp(turned) >= 0.75:
        raise ValueError(
            f"A circle cannot be found in positions of shape {where.shape} and turns of shape {turned.shape}: give at "
            "least 5 of each, over at least three quarters of a turn"
        )
    # which way the camera sees the magnets turn is not known: the better of both
    fits = [_around(where, sense * turned) for sense in (1, -1)]
    centre, arm, spread = min(fits, key=lambda fit: fit[2])
    error = float(spread / np.sqrt(len(where)))
    # chance alone makes a circle: its square adds
    radius = float(np.sqrt(max(abs(arm) ** 2 - 2 * error**2, 0.0)))
    if radius >= bead_radius_nm:
        raise ValueError(
            f"A molecule cannot be attached {radius:.3g} nm off the axis of a bead of {bead_radius_nm:g} nm radius: "
            "the bead may be held by two molecules, or its radius is wrong"
        )
    height = float(np.sqrt(bead_radius_nm**2 - radius**2))
    warnings = (
        (
            f"the circle of {radius:.2g} nm is no wider than chance makes one: the attachment is within "
            f"{3 * error:.2g} nm of the axis",
        )
        if radius < 3 * error
        else ()
    )
    return RotationCircle(
        float(centre.real),
        float(centre.imag),
        radius,
        error,
        bead_radius_nm - height,
        error * radius / height,
        warnings,
    )


def _around(where: NDArray[np.complex128], turned: Floats) -> tuple[complex, complex, float]:
    """Centre, arm, and standard deviation of the positions from the circle, in one direction."""
    design = np.stack([np.ones(len(turned)), np.exp(2j * np.pi * turned)], axis=1)
    (centre, arm), *_ = np.linalg.lstsq(design, where, rcond=None)
    rest = np.abs(where - design @ np.array([centre, arm]))
    return complex(centre), complex(arm), float(np.sqrt(np.sum(rest**2) / (2 * len(where) - 4)))
