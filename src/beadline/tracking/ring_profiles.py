"""Radial profiles from the pixels of many frames."""

import numpy as np
from numpy.typing import NDArray

from .geometry import table_radii
from .radial_splines import basis, coefficients_from_values, penalty

FINE_RINGS_PER_PX = 16
_TURNS, _LEAST_VARIANCE_ADU2 = 3, 1e-3
_TINY = 1e-9

Float64 = NDArray[np.float64]


def fit_profiles(rings: Float64, radius_px: int, adu_per_electron: float, noise_floor_adu2: float) -> Float64:
    """Fit splines along the radius to the pixels of each plane.

    Pixels are summed beforehand into rings so fine that nothing but their mean radius matters. They get the weights
    that they have in a measurement, the inverse of their variance: rings too fine for a spline are then left out of
    the table in such a way that they do not move what is measured with it.

    Args:
        rings: number of pixels, sum of their radii [px], of their intensities and of the squares of these in each fine
            ring, shape (planes, (table_radii - 1) * FINE_RINGS_PER_PX, 4).
        radius_px: radius of the largest disc in a window [px].
        adu_per_electron: gain of the camera [ADU].
        noise_floor_adu2: variance of a dark pixel [ADU²].

    Returns:
        Intensity, shape (planes, table_radii).
    """
    radii = table_radii(radius_px)
    intervals, knots = radii - 1, radii + 2
    count, radius, value, _ = np.moveaxis(rings, 2, 0).reshape(4, len(rings), intervals, FINE_RINGS_PER_PX)
    middle = (np.arange(intervals * FINE_RINGS_PER_PX) + 0.5).reshape(intervals, -1) / FINE_RINGS_PER_PX
    mean = np.where(count > 0, radius / np.maximum(count, _TINY), middle)
    shapes = basis(mean - np.arange(intervals, dtype=float)[:, None])[0]
    weights = np.ones_like(count)
    coefficients = np.zeros((len(rings), knots))
    for _ in range(_TURNS):
        coefficients = _solve(count * weights, value * weights, shapes)
        light = sum(shapes[m] * coefficients[:, m : m + intervals, None] for m in range(4))
        variance = np.maximum(adu_per_electron * light + noise_floor_adu2, _LEAST_VARIANCE_ADU2)
        weights = (count * variance).sum(axis=(1, 2), keepdims=True) / count.sum(axis=(1, 2), keepdims=True) / variance
    return (coefficients[:, :-2] + 4 * coefficients[:, 1:-1] + coefficients[:, 2:]) / 6


def _solve(count: Float64, value: Float64, shapes: Float64) -> Float64:
    """Return the coefficients of smooth splines through sums of pixels.

    Args:
        count: weighted number of pixels, shape (planes, intervals, fine rings in each).
        value: weighted sum of their intensities, same shape.
        shapes: the four splines at their radii, shape (4, planes, intervals, fine rings in each).

    Returns:
        Shape (planes, intervals + 3).
    """
    planes, intervals = count.shape[:2]
    knots, place = intervals + 3, np.arange(intervals)
    frames = count.sum(axis=(1, 2)) / (np.pi * intervals**2)
    system = frames[:, None, None] * penalty(knots)
    moments = np.zeros((planes, knots))
    for m in range(4):
        moments[:, place + m] += (shapes[m] * value).sum(axis=-1)
        for other in range(4):
            system[:, place + m, place + other] += (count * shapes[m] * shapes[other]).sum(axis=-1)
    return np.linalg.solve(system, moments[..., None])[..., 0]


def ring_variances(rings: Float64, profiles: Float64) -> Float64:
    """Return the variance of the pixels about the profile, from one radius to the next.

    Args:
        rings: see `fit_profiles`.
        profiles: intensity, shape (planes, radii).

    Returns:
        Shape (planes, radii); NaN where no pixel is.
    """
    planes, radii = profiles.shape
    count, radius, value, squares = np.moveaxis(rings, 2, 0)
    mean = np.where(count > 0, radius / np.maximum(count, _TINY), 0)
    coefficients = profiles @ coefficients_from_values(radii).T
    first = np.minimum(mean.astype(np.int64), radii - 2)
    shapes = basis(mean - first)[0]
    model = sum(shapes[m] * np.take_along_axis(coefficients, first + m, axis=1) for m in range(4))
    left = (squares - model * (2 * value - count * model)).reshape(planes, radii - 1, -1).sum(axis=-1)
    pixels = count.reshape(planes, radii - 1, -1).sum(axis=-1)
    variances = np.full((planes, radii), np.nan)
    variances[:, :-1] = np.where(pixels > 0, left / np.maximum(pixels, _TINY), np.nan)
    return variances


def smooth_profiles(z_nm: Float64, profiles: Float64, smoothing_nm: float) -> Float64:
    """Replace each radius by a smooth curve through its planes, fitted by least squares.

    Args:
        z_nm: heights [nm], increasing, shape (planes,).
        profiles: shape (planes, radii).
        smoothing_nm: distance of the knots of the curve [nm].

    Raises:
        ValueError: the knots are so near to each other that nothing would be smoothed.
    """
    pieces = max(1, round((z_nm[-1] - z_nm[0]) / smoothing_nm))
    if pieces + 3 > len(z_nm):
        raise ValueError(
            f"Cannot smooth {len(z_nm)} planes with knots every {smoothing_nm:g} nm: that is as free as the planes; "
            "take a larger smoothing_nm or None"
        )
    from scipy.interpolate import make_lsq_spline  # noqa: PLC0415 - takes half a second to load

    inner = np.linspace(z_nm[0], z_nm[-1], pieces + 1)
    knots = np.concatenate((inner[:1].repeat(3), inner, inner[-1:].repeat(3)))
    return make_lsq_spline(z_nm, profiles, knots, k=3)(z_nm)
