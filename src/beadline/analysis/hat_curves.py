"""Hat curves: the extension of a molecule against its turns, as a round top and two straight sides.

Source:
    The shape: Strick et al., Science 271 (1996) 1835; a parabola up to buckling and straight lines beyond: Marko, Phys.
    Rev. E 76 (2007) 021926.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import least_squares

Floats = NDArray[np.float64]

LEAST_POINTS = 9
PARAMETERS = 7
LYING_NM = 200.0
"""A bead of a lower mean extension lies on the surface part of the time, and no longer follows the turns [nm]."""
HIGHEST_SIDE = 0.1
"""A side is on a curve if it falls at least this share of the height."""


@dataclass(frozen=True)
class HatCurve:
    """The shape of a hat curve. Sides: negative turns first, then positive.

    Attributes:
        centre_turns: middle between the two buckling points: where the molecule is relaxed, if both sides buckle alike.
        centre_error_turns: its standard error.
        top_nm: greatest extension of the curve [nm].
        top_error_nm: its standard error [nm].
        slopes_nm_per_turn: loss of extension per turn beyond buckling, positive where it falls, shape (2,) [nm/turn].
        slope_errors_nm_per_turn: their standard errors, shape (2,) [nm/turn].
        buckling_turns: turns at which the straight sides begin, shape (2,).
        buckling_error_turns: their standard errors, shape (2,).
        asymmetry: (positive - negative) / (positive + negative) of the slopes: 0 for a symmetric hat, near 1 for
            a molecule that melts when it is underwound.
        asymmetry_error: its standard error.
        residual_nm: standard deviation of the points from the curve [nm].
        drops_nm: from the top to the two points of buckling, shape (2,) [nm].
        warnings: what speaks against the result, in words.
    """

    centre_turns: float
    centre_error_turns: float
    top_nm: float
    top_error_nm: float
    slopes_nm_per_turn: Floats
    slope_errors_nm_per_turn: Floats
    buckling_turns: Floats
    buckling_error_turns: Floats
    asymmetry: float
    asymmetry_error: float
    residual_nm: float
    drops_nm: Floats
    warnings: tuple[str, ...] = ()

    def extension_nm(self, turns: ArrayLike) -> Floats:
        """Return the extension of this curve at turns [nm], in their shape."""
        shape = (self.top_nm, *self.buckling_turns, *self.slopes_nm_per_turn, *self.drops_nm)
        return hat_nm(np.asarray(turns, dtype=np.float64), np.array(shape))


def fit_hat_curve(turns: ArrayLike, extension_nm: ArrayLike) -> HatCurve:
    """Fit a parabola with two straight sides to extensions at turns.

    Points at which the bead has come down to the surface are to be left out before. Errors are from the scatter about
    the curve.

    Args:
        turns: of the magnets, in any order, shape (points,).
        extension_nm: averages at these turns, shape (points,) [nm].

    Raises:
        ValueError: shapes do not fit, fewer than 9 points, or the extension does not depend on the turns.
    """
    turned, length = np.asarray(turns, dtype=np.float64), np.asarray(extension_nm, dtype=np.float64)
    if turned.ndim != 1 or turned.shape != length.shape or len(turned) < LEAST_POINTS:
        raise ValueError(
            f"A hat cannot be fitted to turns of shape {turned.shape} and extensions of shape {length.shape}: "
            f"give one row of each, of at least {LEAST_POINTS} points"
        )
    if not np.isfinite(turned + length).all() or not np.ptp(turned) > 0 or not np.ptp(length) > 0:
        raise ValueError("A hat cannot be fitted to turns or extensions that are not finite, or all the same")
    found = min((_search(turned, length, start) for start in _starts(turned, length)), key=lambda each: each.cost)
    values = found.x
    freedom = len(turned) - PARAMETERS
    variance = 2 * found.cost / freedom
    covariance = variance * np.linalg.pinv(found.jac.T @ found.jac)
    errors = np.array([_error(each) for each in np.diag(covariance)])
    top, buckling, slopes = values[0], values[1:3], values[3:5]
    middle = np.array([0, 0.5, 0.5, 0, 0, 0, 0])
    both = slopes.sum()
    asymmetry = (slopes[1] - slopes[0]) / both if both else 0.0
    tilt = np.zeros(PARAMETERS)
    tilt[3:5] = np.array([-2 * slopes[1], 2 * slopes[0]]) / both**2 if both else np.inf
    return HatCurve(
        float(middle @ values),
        _error(middle @ covariance @ middle),
        float(top),
        float(errors[0]),
        slopes,
        errors[3:5],
        buckling,
        errors[1:3],
        float(asymmetry),
        _error(tilt @ covariance @ tilt),
        float(np.sqrt(variance)),
        values[5:],
        tuple(_doubts(turned, length, buckling, slopes, errors[3:5])),
    )


def fit_hat_above_surface(turns: ArrayLike, extension_nm: ArrayLike) -> HatCurve:
    """Fit the hat without the points at which the bead lies on the surface, and say how many those are.

    Args:
        turns: as for `fit_hat_curve`.
        extension_nm: above the surface, shape (points,) [nm].

    Raises:
        ValueError: as `fit_hat_curve`, for what is left.
    """
    turned, length = np.asarray(turns, dtype=np.float64), np.asarray(extension_nm, dtype=np.float64)
    lying = length < LYING_NM
    if not lying.any():
        return fit_hat_curve(turned, length)
    note = f"at {lying.sum()} of {len(length)} points the bead lies on the surface, below {LYING_NM:g} nm: left out"
    try:
        fit = fit_hat_curve(turned[~lying], length[~lying])
    except ValueError as refusal:
        raise ValueError(f"{refusal}; {note}") from refusal
    return replace(fit, warnings=(note, *fit.warnings))


def _error(variance: float) -> float:
    """Return the standard error; rounding makes the variance negative where the points do not tell a number at all."""
    return float(np.sqrt(variance)) if variance >= 0 else np.inf


def hat_nm(turns: Floats, parameters: Floats) -> Floats:
    """Return the extension of a hat [nm], shape of the turns.

    Args:
        turns: shape (points,).
        parameters: top [nm], turns of buckling at both sides, slopes there [nm/turn], and drops from the top to both
            points of buckling [nm].
    """
    top, low, high, slope_low, slope_high, drop_low, drop_high = parameters
    centre = (low + high) / 2
    half = (high - low) / 2
    away = (turns - centre) / half
    inside = np.where(away < 0, drop_low, drop_high) * np.minimum(np.abs(away), 1) ** 2
    beyond = slope_low * np.maximum(low - turns, 0) + slope_high * np.maximum(turns - high, 0)
    return top - inside - beyond


def _starts(turned: Floats, length: Floats) -> list[Floats]:
    top, fall = float(length.max()), float(np.ptp(length))
    middle, span = float(np.median(turned[length >= np.quantile(length, 0.8)])), float(np.ptp(turned))
    slope = fall / (span / 2)
    return [
        np.array([top, middle - width * span, middle + width * span, *slopes, 0.05 * fall, 0.05 * fall])
        for width in (0.08, 0.2)
        for slopes in ((slope, slope), (0.1 * slope, slope), (slope, 0.1 * slope))
    ]


def _search(turned: Floats, length: Floats, start: Floats):
    reach, fall = float(np.ptp(turned)), float(np.ptp(length))
    scale = np.array([fall, reach, reach, fall / reach, fall / reach, fall, fall])
    least = np.array([-np.inf, turned.min() - reach, turned.min() - reach, -np.inf, -np.inf, 0, 0])
    most = np.array([np.inf, turned.max() + reach, turned.max() + reach, np.inf, np.inf, fall, fall])
    return least_squares(
        lambda each: hat_nm(turned, each) - length, np.clip(start, least, most), x_scale=scale, bounds=(least, most)
    )


def _doubts(turned: Floats, length: Floats, buckling: Floats, slopes: Floats, errors: Floats) -> list[str]:
    warnings = []
    for side, name in enumerate(("negative", "positive")):
        beyond = np.count_nonzero(turned < buckling[0] if side == 0 else turned > buckling[1])
        if beyond < 3:
            warnings.append(f"{beyond} points lie beyond buckling at {name} turns: turn further")
        elif slopes[side] * np.ptp(turned) / 2 < HIGHEST_SIDE * np.ptp(length) or slopes[side] < 3 * errors[side]:
            warnings.append(
                f"the side at {name} turns falls by {slopes[side]:.2g} ± {errors[side]:.2g} nm/turn: it is flat, so "
                "its buckling point, and the centre with it, is not known"
            )
    return warnings
