"""The direction of the field in the camera: along it a bead is a short pendulum, and moves less."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

LARGEST_ERROR_DEG = 10.0


@dataclass(frozen=True)
class FieldAngle:
    """Where the short pendulum is.

    Attributes:
        angle_deg: of the field from x towards y, from -90 to 90 [°].
        error_deg: its standard error, from how much the beads differ [°].
        bead_angles_deg: of each bead [°], shape (beads,).
        variance_ratios: long over short variance of each bead, shape (beads,): (extension + radius) / extension, and
            more with a long exposure, which blurs the short pendulum most.
        warnings: what speaks against the result, in words.
    """

    angle_deg: float
    error_deg: float
    bead_angles_deg: Floats
    variance_ratios: Floats
    warnings: tuple[str, ...] = ()


def field_angle(x_nm: ArrayLike, y_nm: ArrayLike) -> FieldAngle:
    """Find the direction of the field from how tethered beads fluctuate.

    A straight drift is taken out of each trace; beads count by how plainly they tell the directions apart.

    Args:
        x_nm: positions, shape (frames, beads) [nm]; frames with NaN are left out.
        y_nm: as x_nm.

    Raises:
        ValueError: shapes do not fit, or a bead has fewer than 64 frames.
    """
    x, y = np.asarray(x_nm, dtype=np.float64), np.asarray(y_nm, dtype=np.float64)
    if x.ndim != 2 or x.shape != y.shape or not x.shape[1]:
        raise ValueError(
            f"A field cannot be found in x of shape {x.shape} and y of shape {y.shape}: both are (frames, beads)"
        )
    moments = np.array([_second_moments(x[:, bead], y[:, bead], bead) for bead in range(x.shape[1])])
    # of the tensor [[a, c], [c, b]]: the doubled angle of its smaller axis, and how far its axes differ
    doubled = np.array([(b - a) - 2j * c for a, b, c in moments]) / np.array([a + b for a, b, _ in moments])
    mean = doubled.mean()
    angle = float(np.degrees(np.angle(mean)) / 2)
    across = np.imag(doubled * np.exp(-1j * np.angle(mean)))
    beads = len(doubled)
    error = (
        float(np.degrees(across.std(ddof=1) / np.sqrt(beads) / abs(mean)) / 2) if beads > 1 and abs(mean) else np.inf
    )
    ratios = (1 + np.abs(doubled)) / (1 - np.abs(doubled))
    warnings = []
    if beads == 1:
        warnings.append("one bead: how well the angle is known cannot be told; use more")
    elif error > LARGEST_ERROR_DEG:
        warnings.append(
            f"the angle is known to {min(error, 90.0):.0f}° only: short and long pendulum are too alike; use shorter "
            "tethers, larger beads, or longer traces"
        )
    return FieldAngle(angle, error, np.degrees(np.angle(doubled)) / 2, ratios, tuple(warnings))


def _second_moments(x: Floats, y: Floats, bead: int) -> tuple[float, float, float]:
    seen = np.isfinite(x + y)
    if np.count_nonzero(seen) < 64:
        raise ValueError(f"Bead {bead} has {np.count_nonzero(seen)} frames with a position: it takes at least 64")
    frames = np.flatnonzero(seen)
    a, b = (each[seen] - np.polyval(np.polyfit(frames, each[seen], 1), frames) for each in (x, y))
    return float(a @ a), float(b @ b), float(a @ b)
