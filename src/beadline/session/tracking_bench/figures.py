"""Figures of a set: errors against the bound, bias, told against real uncertainty, with bootstrap intervals."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .measuring import AXES, Measured

RESAMPLES = 400
Values = NDArray[np.float64]


def set_figures(measured: Measured, rng: np.random.Generator) -> dict[str, Any]:
    """Return the figures of a set of images at independent places.

    Images that were not measured count in `failures`, not in the other figures. The bias is the root-mean-square over
    places of the mean error, free of noise: it is taken from products of errors of the same place. With noise alone
    its square can come out negative, then the figure is minus the root of its size.
    """
    scaled = measured.errors / measured.bounds[:, None]
    return {
        **error_figures(scaled, measured.good, rng),
        "mean_error_nm": by_axis(np.where(measured.good[..., None], measured.errors, np.nan), np.nanmean),
        "rmse_nm": by_axis(np.where(measured.good[..., None], measured.errors, np.nan), _rms),
        **sigma_figures(measured, rng),
        **failure_figures(measured),
    }


def error_figures(scaled: Values, good: NDArray[np.bool_], rng: np.random.Generator) -> dict[str, Any]:
    """Return rmse and bias of errors in units of the bound, each with its interval of 95 %.

    Args:
        scaled: errors, shape (places, repeats, 3).
        good: which to take, shape (places, repeats).
        rng: draws the resamples, which are of places.
    """
    kept = np.where(good[..., None], scaled, 0.0)
    counts = good.sum(axis=1)[:, None]
    sums, squares = kept.sum(axis=1), (kept**2).sum(axis=1)
    pairs = counts * (counts - 1)
    rmse = _resampled(squares, np.broadcast_to(counts, squares.shape), rng)
    bias = _resampled(sums**2 - squares, np.broadcast_to(pairs, squares.shape), rng)
    return {
        "rmse_over_crlb": _named(rmse[0]),
        "rmse_over_crlb_95": _intervals(rmse[1]),
        "bias_over_crlb": _named(bias[0]),
        "bias_over_crlb_95": _intervals(bias[1]),
    }


def sigma_figures(measured: Measured, rng: np.random.Generator) -> dict[str, Any]:
    """Return told over real standard deviation, None if none is told.

    `sigma_ratio` is that of the axis that is furthest off, `sigma_ratio_of` that of each with an interval of 95 %.
    """
    if measured.sigmas is None or not measured.good.any():
        return {"sigma_ratio": None, "sigma_ratio_of": None, "sigma_ratio_of_95": None}
    with np.errstate(invalid="ignore"):
        pulls = np.where(measured.good[..., None], measured.errors / measured.sigmas, 0.0)
    squares = (pulls**2).sum(axis=1)
    counts = np.broadcast_to(measured.good.sum(axis=1)[:, None], squares.shape)
    with np.errstate(divide="ignore"):
        pull, ends = _resampled(squares, counts, rng)
        ratios, ends = 1 / pull, 1 / ends[::-1]
    worst = ratios[np.argmax(np.abs(np.log(ratios)))]
    return {"sigma_ratio": float(worst), "sigma_ratio_of": _named(ratios), "sigma_ratio_of_95": _intervals(ends)}


def failure_figures(measured: Measured) -> dict[str, Any]:
    """Return how many images there were and how many were not measured, and why."""
    lost = ~np.isfinite(measured.errors).all(axis=2)
    return {
        "images": int(lost.size),
        "failures": int((~measured.good).sum()),
        "nan": int(lost.sum()),
        "flagged": int(measured.flagged.sum()),
    }


def by_axis(values: Values, figure: Callable[[Values], Any]) -> dict[str, float]:
    """Return a figure of each axis of values of shape (..., 3); NaN if there are no numbers at all."""
    columns = [values[..., axis].ravel() for axis in range(3)]
    return _named([figure(column) if np.isfinite(column).any() else np.nan for column in columns])


def _rms(values: Values) -> float:
    return float(np.sqrt(np.nanmean(values**2)))


def _resampled(above: Values, below: Values, rng: np.random.Generator) -> tuple[Values, Values]:
    """Return the signed root of a ratio of sums over places, shape (3,), and the ends of its interval, (2, 3)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        figure = _signed_root(above.sum(axis=0) / below.sum(axis=0))
        drawn = np.empty((RESAMPLES, 3))
        for row in drawn:
            taken = rng.integers(0, len(above), len(above))
            row[:] = _signed_root(above[taken].sum(axis=0) / below[taken].sum(axis=0))
    return figure, np.quantile(drawn, [0.025, 0.975], axis=0)


def _signed_root(squares: Values) -> Values:
    return np.sign(squares) * np.sqrt(np.abs(squares))


def _named(values: Any) -> dict[str, float]:
    return {axis: float(value) for axis, value in zip(AXES, values, strict=True)}


def _intervals(ends: Values) -> dict[str, list[float]]:
    return {axis: [float(low), float(high)] for axis, low, high in zip(AXES, *ends, strict=True)}
