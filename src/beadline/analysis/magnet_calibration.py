"""Force against the height of the magnets: two exponentials, for each bead or for all together.

Beads of one kind differ in how much magnetic material they hold, so all follow one law, each with a factor of its own.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import OptimizeResult, least_squares

from beadline.physics import ForceLaw

Floats = NDArray[np.float64]

LEAST_HEIGHTS = 5
CLOSEST_DECAYS = 1.3
"""Two decay lengths nearer to each other than by this factor are one."""


@dataclass(frozen=True)
class MagnetCalibration:
    """A law of the force, from measured forces at heights.

    Attributes:
        law: two exponentials, or one (with `amplitude_2_pn` 0), less the weight of the beads if that was given, for the
            mean bead, over the heights that were measured.
        logarithms: of amplitude [pN] and decay [mm] of each exponential, shape (2,) or (4,).
        covariance: of these logarithms.
        bead_factors: force of the magnets on each bead over that on the mean bead, geometric mean 1, shape (beads,).
        bead_factor_errors: their standard errors, shape (beads,).
        scatter: standard deviation of the logarithms of these factors; NaN for one bead.
        reduced_chi_squared: mean square of the residuals over their errors, 1 if these are right.
        warnings: what speaks against the result, in words.
    """

    law: ForceLaw
    logarithms: Floats
    covariance: Floats
    bead_factors: Floats
    bead_factor_errors: Floats
    scatter: float
    reduced_chi_squared: float
    warnings: tuple[str, ...] = ()

    def typical_pn(self, force_pn: ArrayLike, bead: int) -> Floats:
        """Return the force on a typical bead where that on a bead was measured [pN], in the shape of the forces.

        Args:
            force_pn: measured [pN].
            bead: place of the bead among the factors.
        """
        weight_pn = -self.law.offset_pn
        return (np.asarray(force_pn, dtype=np.float64) + weight_pn) / self.bead_factors[bead] - weight_pn

    def force_error_pn(self, height_mm: ArrayLike) -> Floats:
        """Return the standard error of the force by the law [pN], in the shape of the heights.

        Raises:
            ValueError: the law does not hold there.
        """
        height = np.asarray(height_mm, dtype=np.float64)
        force = self.law.force_pn(height)
        parts = [np.exp(log_a - height / np.exp(log_d)) for log_a, log_d in self.logarithms.reshape(-1, 2)]
        decays = np.exp(self.logarithms[1::2])
        slopes = np.stack([each for part, d in zip(parts, decays, strict=True) for each in (part, part * height / d)])
        return np.sqrt(np.einsum("i...,ij,j...->...", slopes, self.covariance, slopes)) + 0 * force


def calibrate_magnets(
    height_mm: ArrayLike,
    force_pn: ArrayLike,
    relative_error: ArrayLike,
    bead: ArrayLike | None = None,
    *,
    weight_pn: float = 0.0,
) -> MagnetCalibration:
    """Fit the force against the height of the magnets, in the logarithm of the force of the magnets.

    A force from fluctuations is that of the magnets less the weight of the bead: without the weight, the law is a few
    per cent wrong below 1 pN. The second exponential is kept only if the data ask for it (Bayesian information
    criterion).

    Args:
        height_mm: of the magnets, shape (points,) [mm].
        force_pn: measured, shape (points,) [pN].
        relative_error: standard errors of the forces over the forces, broadcast.
        bead: which bead was measured, whole numbers from 0, shape (points,); None for one bead.
        weight_pn: of each bead, see `bead_weight_pn` [pN]; 0 for forces of the magnets alone.

    Raises:
        ValueError: shapes do not fit, fewer than 5 heights, a number is not positive, or a bead has no points.
    """
    height, force = np.asarray(height_mm, dtype=np.float64), np.asarray(force_pn, dtype=np.float64)
    which = np.zeros(height.shape, dtype=np.int64) if bead is None else np.asarray(bead)
    if height.ndim != 1 or not height.shape == force.shape == which.shape:
        raise ValueError(
            f"Cannot calibrate magnets with heights of shape {height.shape}, forces of shape {force.shape} and beads "
            f"of shape {which.shape}: give one row of each"
        )
    heights = len(np.unique(height))
    if heights < LEAST_HEIGHTS:
        raise ValueError(f"Cannot calibrate magnets at {heights} heights: it takes at least {LEAST_HEIGHTS}")
    error = np.broadcast_to(np.asarray(relative_error, dtype=np.float64), height.shape)
    if not ((force > 0) & (error > 0) & np.isfinite(force * error * height)).all():
        raise ValueError("Cannot calibrate magnets with forces or errors that are not finite and above 0")
    if not (np.isfinite(weight_pn) and weight_pn >= 0):
        raise ValueError(f"Cannot calibrate magnets with beads that weigh {weight_pn:g} pN: give 0 pN or more")
    if set(np.unique(which).tolist()) != set(range(int(which.max()) + 1)):
        raise ValueError(f"Beads are numbered from 0 without gaps, and not {np.unique(which).tolist()}")
    pulled = force + weight_pn
    error = error * force / pulled
    one = _search(height, pulled, error, which, 1)
    two = _search(height, pulled, error, which, 2) if heights >= LEAST_HEIGHTS + 1 else one
    better = 2 * one.cost - 2 * two.cost > 2 * np.log(len(height)) and _apart(two)
    return _calibration(two if better else one, 2 if better else 1, height, which, weight_pn)


def _search(
    height: Floats, force: Floats, error: Floats, which: NDArray[np.int64], exponentials: int
) -> OptimizeResult:
    steepness, level = np.polyfit(height, np.log(force), 1)
    decay = -1 / min(steepness, -1e-3)
    pieces = [[level, np.log(decay)]] if exponentials == 1 else [[level, np.log(decay / 2.5)], [level, np.log(decay)]]
    start = np.concatenate((np.ravel(pieces), np.zeros(which.max())))

    def residuals(parameters: Floats) -> Floats:
        factors = _log_factors(parameters[2 * exponentials :])
        return (_log_force(height, parameters[: 2 * exponentials]) + factors[which] - np.log(force)) / error

    return least_squares(residuals, start, bounds=(start - 8, start + 8), x_scale=0.3)


def _log_force(height: Floats, logarithms: Floats) -> Floats:
    parts = [log_a - height / np.exp(log_d) for log_a, log_d in logarithms.reshape(-1, 2)]
    return np.logaddexp.reduce(parts, axis=0)


def _log_factors(free: Floats) -> Floats:
    """Logarithms of the factors of all beads, with mean 0, from those of all but the last."""
    return np.append(free, -free.sum())


def _apart(fit: OptimizeResult) -> bool:
    """Whether two exponentials are two: other decays, and none out of sight."""
    first, second = fit.x[:4].reshape(2, 2)
    sd = np.sqrt(np.diag(np.linalg.pinv(fit.jac.T @ fit.jac)))[:4]
    return bool(abs(first[1] - second[1]) > np.log(CLOSEST_DECAYS) and sd.max() < 2)


def _calibration(
    fit: OptimizeResult, exponentials: int, height: Floats, which: NDArray[np.int64], weight_pn: float
) -> MagnetCalibration:
    freedom = len(height) - len(fit.x)
    chi_squared = float(2 * fit.cost / max(freedom, 1))
    covariance = np.linalg.inv(fit.jac.T @ fit.jac)
    number = 2 * exponentials
    pieces = fit.x[:number].reshape(-1, 2)
    order = np.argsort(pieces[:, 1])
    place = np.ravel([[2 * each, 2 * each + 1] for each in order])
    values = [float(each) for each in np.exp(fit.x[place])]
    law = ForceLaw(
        0.0 - weight_pn,
        values[0],
        values[1],
        *(values[2:] or (0.0, values[1])),
        low_mm=float(height.min()),
        high_mm=float(height.max()),
        source=f"{len(height)} measured forces on {which.max() + 1} beads",
    )
    beads = int(which.max()) + 1
    log_factors = _log_factors(fit.x[number:])
    to_all = np.vstack((np.eye(beads - 1), -np.ones((1, beads - 1))))
    spread = to_all @ covariance[number:, number:] @ to_all.T
    warnings = []
    if freedom < 1 or abs(chi_squared - 1) > 4 * np.sqrt(2 / freedom):
        warnings.append(
            f"the forces are {np.sqrt(chi_squared):.2g} times as far from the law as their errors say: look for beads "
            "that touch the surface, or heights where the magnets had not arrived"
        )
    if beads < 3:
        warnings.append(f"{beads} bead(s): beads differ by about 10 %, and which is typical is not known")
    return MagnetCalibration(
        law,
        fit.x[place],
        covariance[np.ix_(place, place)],
        np.exp(log_factors),
        np.exp(log_factors) * np.sqrt(np.diag(spread)),
        float(log_factors.std(ddof=1)) if beads > 1 else float("nan"),
        chi_squared,
        tuple(warnings),
    )
