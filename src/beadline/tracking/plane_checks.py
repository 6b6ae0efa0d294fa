"""How well the planes of a look-up table tell heights apart."""

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

Float64 = NDArray[np.float64]
_NEIGHBOURS = 4
_CLOSE_NM = 0.01


def plane_errors_nm(z_nm: Float64, profiles: Float64) -> Float64:
    """Measure each inner plane with a table made of the other planes.

    Args:
        z_nm: heights [nm], increasing, shape (planes,).
        profiles: shape (planes, radii), radii equally spaced from 0.

    Returns:
        Measured minus true height [nm], shape (planes - 2,); the distance to the planes around is larger than in
        the table itself, so the errors are larger, too.
    """
    weights = np.arange(profiles.shape[1], dtype=float)
    errors = np.empty(len(z_nm) - 2)
    for plane in range(1, len(z_nm) - 1):
        near = np.arange(max(0, plane - _NEIGHBOURS), min(len(z_nm), plane + _NEIGHBOURS + 1))
        others = near[near != plane]
        spline = CubicSpline(z_nm[others], profiles[others], axis=0)
        errors[plane - 1] = _fit_height(spline, profiles[plane], weights, z_nm[plane]) - z_nm[plane]
    return errors


def look_alike(z_nm: Float64, profiles: Float64) -> float:
    """Return the highest correlation between two planes further apart than a quarter of the range."""
    weights = np.arange(profiles.shape[1], dtype=float)
    centred = profiles - (profiles @ weights / weights.sum())[:, None]
    norm = np.sqrt((centred**2) @ weights)
    correlation = (centred * weights) @ centred.T / np.maximum(np.outer(norm, norm), 1e-30)
    far = np.abs(z_nm[:, None] - z_nm) > (z_nm[-1] - z_nm[0]) / 4
    return float(correlation[far].max())


def _fit_height(spline: CubicSpline, profile: Float64, weights: Float64, z_nm: float) -> float:
    """Fit height, gain and offset by Gauss-Newton steps from a guess."""
    root = np.sqrt(weights)
    gain, z = 1.0, z_nm
    for _ in range(6):
        model, slope = spline(z), spline(z, 1)
        columns = np.stack((gain * slope, model, np.ones_like(model)), axis=1)
        step, *_ = np.linalg.lstsq(root[:, None] * columns, root * (profile - gain * model), rcond=None)
        z, gain = z + step[0], gain + step[1]
        if abs(step[0]) < _CLOSE_NM:
            break
    return z
