"""How well the planes of a look-up table tell heights apart."""

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]
_NEIGHBOURS = 6


def plane_errors_nm(z_nm: Float64, profiles: Float64) -> Float64:
    """Measure each inner plane by the planes around it.

    Height, gain and background are fitted, in one step from the true height, to a polynomial through the nearest of
    the other planes.

    Args:
        z_nm: heights [nm], increasing, shape (planes,).
        profiles: shape (planes, radii), radii equally spaced from 0.

    Returns:
        Measured minus true height [nm], shape (planes - 2,); the distance to the planes around is larger than in
        the table itself, so the errors are larger, too.
    """
    inner = np.arange(1, len(z_nm) - 1)
    distance = np.abs(z_nm[inner, None] - z_nm)
    distance[np.arange(len(inner)), inner] = np.inf
    near = np.sort(np.argsort(distance, axis=1)[:, : min(_NEIGHBOURS, len(z_nm) - 1)], axis=1)
    values, slopes = _interpolation_weights(z_nm[near], z_nm[inner])
    model = np.einsum("pn,pnr->pr", values, profiles[near])
    change = np.einsum("pn,pnr->pr", slopes, profiles[near])
    columns = np.stack((change, model, np.ones_like(model)), axis=2)
    weighted = columns * np.arange(profiles.shape[1])[:, None]
    normal = np.swapaxes(weighted, 1, 2) @ columns
    moments = np.einsum("prc,pr->pc", weighted, profiles[inner] - model)
    scale = np.sqrt(np.maximum(np.einsum("pcc->pc", normal), 1e-30))
    scaled = normal / (scale[:, :, None] * scale[:, None, :]) + 1e-12 * np.eye(3)
    return (np.linalg.solve(scaled, (moments / scale)[..., None])[..., 0] / scale)[:, 0]


def look_alike(z_nm: Float64, profiles: Float64) -> float:
    """Return the highest correlation between two planes further apart than a quarter of the range."""
    weights = np.arange(profiles.shape[1], dtype=float)
    centred = profiles - (profiles @ weights / weights.sum())[:, None]
    norm = np.sqrt((centred**2) @ weights)
    correlation = (centred * weights) @ centred.T / np.maximum(np.outer(norm, norm), 1e-30)
    far = np.abs(z_nm[:, None] - z_nm) > (z_nm[-1] - z_nm[0]) / 4
    return float(correlation[far].max())


def _interpolation_weights(places: Float64, wanted: Float64) -> tuple[Float64, Float64]:
    """Return what to multiply values at `places` with for value and slope at `wanted` of the polynomial through them.

    Args:
        places: shape (polynomials, points).
        wanted: shape (polynomials,).

    Returns:
        Both of shape (polynomials, points).
    """
    scale = np.ptp(places, axis=1)[:, None]
    t = (places - wanted[:, None]) / scale
    powers = t[:, None, :] ** np.arange(places.shape[1])[:, None]
    ends = np.zeros((len(places), places.shape[1], 2))
    ends[:, 0, 0], ends[:, 1, 1] = 1, 1 / scale[:, 0]
    weights = np.linalg.solve(powers, ends)
    return weights[..., 0], weights[..., 1]
