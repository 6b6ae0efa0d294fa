"""Fits of a model with positive parameters to mean squares, whose errors the model itself tells.

Source:
    Quasi-likelihood, Wedderburn, Biometrika 61 (1974) 439. For independent mean squares it is the maximum likelihood of
    their Gamma distribution (for a periodogram: Whittle's likelihood); for correlated ones it is the best that can
    be made of them with weights.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Model = Callable[[Floats], Floats]
"""From parameters of shape (sets, parameters) to expected mean squares of shape (sets, points)."""
Covariance = Callable[[Floats, Floats], Floats]
"""From parameters and expected mean squares to variances, shape (points,), or covariance, shape (points, points)."""

_STEP, _LONGEST_STEP, _ROUNDS, _CLOSE = 1e-4, 0.7, 80, 1e-3


@dataclass(frozen=True)
class Fit:
    """Parameters that explain mean squares best.

    Attributes:
        logarithms: of the parameters, shape (parameters,).
        covariance: of the logarithms, shape (parameters, parameters).
        expected: mean squares by the model, shape (points,).
        at_limit: which parameters are as small as allowed, shape (parameters,).
    """

    logarithms: Floats
    covariance: Floats
    expected: Floats
    at_limit: NDArray[np.bool_]

    @property
    def errors(self) -> Floats:
        """Standard errors of the logarithms, shape (parameters,)."""
        return np.sqrt(np.diag(self.covariance))


def fit_mean_squares(model: Model, covariance: Covariance, measured: Floats, start: Floats, lowest: Floats) -> Fit:
    """Find the logarithms of the parameters that explain mean squares best, by Fisher scoring.

    Args:
        model: expected mean squares.
        covariance: of the mean squares, if the model is right.
        measured: mean squares, positive, shape (points,).
        start: logarithms of the parameters to begin with, shape (parameters,).
        lowest: least logarithm of each, shape (parameters,); one that would go below stays there.

    Returns:
        Its covariance does not know of the limits.

    Raises:
        ValueError: no parameters explain them.
    """
    logs = np.array(start, dtype=np.float64)
    for tried in range(_ROUNDS):
        expected, slopes = _with_slopes(model, logs)
        spread = covariance(np.exp(logs), expected)
        slopes_white, rest_white = _whitened(spread, slopes.T), _whitened(spread, measured - expected)
        information = slopes_white.T @ slopes_white
        if not np.isfinite(information).all() or np.linalg.cond(information) > 1e12:
            break
        found = Fit(logs, np.asarray(np.linalg.inv(information), dtype=np.float64), expected, logs <= lowest)
        score = slopes_white.T @ rest_white
        free = ~(found.at_limit & (score <= 0))
        step = np.zeros_like(logs)
        step[free] = np.linalg.solve(information[np.ix_(free, free)], score[free])
        longest = _LONGEST_STEP * 0.95**tried
        step = np.maximum(logs + step * min(1.0, longest / max(np.abs(step).max(), longest)), lowest) - logs
        if (np.abs(step) < _CLOSE * found.errors).all():
            return found
        logs = logs + step
    raise ValueError(
        f"No parameters near {', '.join(f'{value:.3g}' for value in np.exp(start))} explain these data: "
        "the trace may be too short, too slow for its camera, or no pendulum; give the noise if it was to be fitted"
    )


def _with_slopes(model: Model, logs: Floats) -> tuple[Floats, Floats]:
    """Expected mean squares, and their slopes with the logarithms, shape (parameters, points)."""
    moves = _STEP * np.eye(len(logs))
    every = model(np.exp(np.vstack((logs, logs + moves, logs - moves))))
    up, down = every[1 : len(logs) + 1], every[len(logs) + 1 :]
    return every[0], (up - down) / (2 * _STEP)


def _whitened(spread: Floats, values: Floats) -> Floats:
    if spread.ndim == 1:
        return (values.T / np.sqrt(spread)).T
    scale = np.sqrt(np.diag(spread))
    correlation = spread / np.outer(scale, scale) + 1e-9 * np.eye(len(scale))
    white = np.linalg.solve(np.linalg.cholesky(correlation), (values.T / scale).T)
    return np.asarray(white, dtype=np.float64)
