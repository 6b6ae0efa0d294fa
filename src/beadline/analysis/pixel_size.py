"""The size of a pixel in the sample, from stuck beads while the stage goes known ways."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]

PARAMETERS = 4
LEAST_POSITIONS = 3
LEAST_SIGMAS = 10.0
"""A way that is known worse than this, in its standard errors, is no way."""
LARGEST_DISAGREEMENT, SIGMAS = 0.002, 3.0
LARGEST_RESIDUAL = 0.01
"""Of the whole way; more is not a straight line at constant scale."""


@dataclass(frozen=True)
class PixelSize:
    """How large a pixel is in the sample, and how well that is known.

    Attributes:
        size_nm: of a pixel [nm].
        error_nm: its standard error [nm], from the scatter of the steps and from how much the beads differ.
        angle_deg: direction of the stage axis in the picture, from x towards y, -180 to 180 [°].
        angle_error_deg: its standard error [°].
        backlash_nm: way the stage has lost at each position after it has turned back [nm].
        backlash_error_nm: its standard error [nm].
        drift_nm_per_s: of the beads along and across the axis [nm/s], shape (2,); it is taken out.
        residual_nm: standard deviation of the mean bead from the straight line [nm].
        bead_sizes_nm: pixel size by each bead alone [nm], shape (beads,).
        bead_errors_nm: standard errors of their differences from all beads together [nm], shape (beads,); NaN for one.
        warnings: what speaks against the result, in words.
    """

    size_nm: float
    error_nm: float
    angle_deg: float
    angle_error_deg: float
    backlash_nm: float
    backlash_error_nm: float
    drift_nm_per_s: Floats
    residual_nm: float
    bead_sizes_nm: Floats
    bead_errors_nm: Floats
    warnings: tuple[str, ...] = ()

    def sentence(self) -> str:
        """Say it."""
        return (
            f"a pixel is {self.size_nm:.2f} ± {self.error_nm:.2f} nm by {len(self.bead_sizes_nm)} beads, the axis at "
            f"{self.angle_deg:.2f} ± {self.angle_error_deg:.2f}°, backlash {self.backlash_nm:.0f} ± "
            f"{self.backlash_error_nm:.0f} nm"
        )


def fit_pixel_size(
    stage_um: ArrayLike,
    direction: ArrayLike,
    time_s: ArrayLike,
    x_px: ArrayLike,
    y_px: ArrayLike,
    ids: Sequence[int] | None = None,
) -> PixelSize:
    """Fit where beads are in the picture, by least squares, to where the stage is, which way it came, and a drift.

    Args:
        stage_um: positions of the axis, shape (steps,) [µm].
        direction: 1 where the axis came from lower positions, -1 from higher ones, shape (steps,).
        time_s: of each step, shape (steps,) [s].
        x_px: of each bead at each step, shape (steps, beads) [px].
        y_px: as x_px.
        ids: of the beads, for warnings; None counts them from 0.

    Raises:
        ValueError: shapes do not fit, not every position was reached from both sides, there are fewer than 3, a number
            is not finite, or the beads do not go with the axis.
    """
    stage, way, time = (np.asarray(each, dtype=np.float64) for each in (stage_um, direction, time_s))
    where = np.asarray(x_px, dtype=np.float64) + 1j * np.asarray(y_px, dtype=np.float64)
    _check(stage, way, time, where)
    design = np.stack([np.ones(len(stage)), stage - stage.mean(), way / 2, time - time.mean()], axis=1)
    beads = where.shape[1]
    values, inverse, variance = _line(design, where.mean(axis=1, keepdims=True))
    scale, shift, drift = values[1:, 0]
    error = np.sqrt(np.diag(inverse) * variance[0])
    travel_um = float(np.ptp(stage))
    if not abs(scale) * travel_um > LEAST_SIGMAS * max(error[1] * travel_um, 1e-9):
        raise ValueError(
            f"The beads do not go with the axis: over {travel_um:g} µm they moved "
            f"{abs(scale) * travel_um:.2g} ± {error[1] * travel_um:.2g} px; is it the axis of the stage, and are the "
            "beads stuck?"
        )
    alone, _, _ = _line(design, where)
    apart, apart_inverse, apart_variance = _line(design, where - where.mean(axis=1, keepdims=True))
    # along the axis: how much shorter or longer the way of a bead is than that of all
    longer = np.real(apart[1] / scale)
    longer_error = np.sqrt(apart_inverse[1, 1] * apart_variance) / abs(scale) if beads > 1 else np.full(1, np.nan)
    size_nm = 1000 / abs(scale)
    between = float(longer.std(ddof=1) / np.sqrt(beads)) if beads > 1 else 0.0
    residual_nm = float(np.sqrt(variance[0])) * size_nm
    nm_per_px = 1000 / scale
    return PixelSize(
        float(size_nm),
        float(size_nm * np.hypot(error[1] / abs(scale), between)),
        float(np.degrees(np.angle(scale))),
        float(np.degrees(error[1] / abs(scale))),
        float(-np.real(shift * nm_per_px)),
        float(error[2] * size_nm),
        np.array([np.real(drift * nm_per_px), np.imag(drift * nm_per_px)]),
        residual_nm,
        1000 / np.abs(alone[1]),
        size_nm * longer_error,
        tuple(_doubts(ids or range(beads), longer, longer_error, residual_nm, 1000 * travel_um)),
    )


def _check(stage: Floats, way: Floats, time: Floats, where: Complexes) -> None:
    if where.ndim != 2 or not where.shape[1] or not (len(where),) == stage.shape == way.shape == time.shape:
        raise ValueError(
            f"A pixel cannot be measured with beads of shape {where.shape} at stage positions of shape {stage.shape}, "
            f"directions of shape {way.shape} and times of shape {time.shape}: give one row for each step"
        )
    if not np.isfinite(stage + way + time).all() or not np.isfinite(where).all():
        raise ValueError("A pixel cannot be measured with positions that are not finite: leave these beads out")
    least = min(len(np.unique(stage[way > 0])), len(np.unique(stage[way < 0])))
    if least < LEAST_POSITIONS:
        raise ValueError(
            f"A pixel cannot be measured with {least} stage positions reached from one side: it takes at least "
            f"{LEAST_POSITIONS} from each, to tell backlash and drift from the way"
        )


def _line(design: Floats, where: Complexes) -> tuple[Complexes, Floats, Floats]:
    """Fit, and return the parameters, the inverse of the normal matrix, and the variance of x or y about the fit."""
    values: Complexes = np.asarray(np.linalg.lstsq(design.astype(complex), where, rcond=None)[0], dtype=np.complex128)
    rest = np.abs(where - design @ values) ** 2
    freedom = 2 * (len(design) - PARAMETERS)
    return values, np.asarray(np.linalg.inv(design.T @ design), dtype=np.float64), rest.sum(axis=0) / freedom


def _doubts(
    ids: Sequence[int], longer: Floats, longer_error: Floats, residual_nm: float, travel_nm: float
) -> list[str]:
    """Return what speaks against the result."""
    warnings: list[str] = []
    if len(longer) == 1:
        warnings.append("one bead: whether it is stuck cannot be told; use more")
    warnings += [
        f"bead {bead} goes {100 * share:+.2f} ± {100 * error:.2f} % of the way further than all "
        "together: it may be loose or half hidden, leave it out"
        for bead, share, error in zip(ids, longer, longer_error, strict=True)
        if abs(share) > max(SIGMAS * error, LARGEST_DISAGREEMENT)
    ]
    if residual_nm > LARGEST_RESIDUAL * travel_nm:
        warnings.append(
            f"the beads are {residual_nm:.0f} nm off a straight line, {100 * residual_nm / travel_nm:.1f} % of the "
            "way: the stage does not go where it says, or the beads are lost; take smaller steps, or wait longer"
        )
    return warnings
