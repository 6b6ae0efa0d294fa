"""Radial profiles from the pixels of many frames."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import make_lsq_spline

from . import kernels
from .options import TrackerOptions
from .radial_splines import evaluation_matrix

_FINE_RINGS_PER_PX = 8
_STIFFNESS = 0.03
"""Weight of the curvature of a profile against one frame's pixels; without it the radii near 0 that no pixel
falls on are free to be anything."""


def sum_rings(
    windows: NDArray[Any],
    plane_index: NDArray[np.int64],
    planes: int,
    centres: NDArray[np.float32],
    backgrounds: NDArray[np.float32],
    options: TrackerOptions,
) -> NDArray[np.float64]:
    """Sum the pixels of many windows into fine rings about their centres.

    Args:
        windows: of one bead [ADU], shape (frames, rows, columns).
        plane_index: plane of each window, shape (frames,).
        planes: number of planes.
        centres: x and y in the window [px], shape (frames, 2).
        backgrounds: [ADU], shape (frames,).
        options: of the tracker.

    Returns:
        Number of pixels, sum of their radii [px] and of their intensities relative to the background in each ring,
        shape (planes, rings, 3).
    """
    rings = np.zeros((planes, (options.radius_px + 1) * _FINE_RINGS_PER_PX, 3))
    radius, fineness = float(options.radius_px), float(_FINE_RINGS_PER_PX)
    for window, plane, (x, y), background in zip(windows, plane_index, centres, backgrounds, strict=True):
        kernels.add_rings(window, float(x), float(y), float(background), radius, fineness, rings[plane])
    return rings


def fit_profiles(rings: NDArray[np.float64], options: TrackerOptions) -> NDArray[np.float64]:
    """Fit splines along the radius to the rings of each plane.

    Args:
        rings: see `sum_rings`.
        options: of the tracker.

    Returns:
        Intensity relative to the background, shape (planes, radii).
    """
    samples = options.samples_per_px
    knots = options.radius_px * samples + 1
    bend = np.diff(np.eye(knots), 2, axis=0)
    # even at the centre: the neighbour of radius 0 on the other side is radius 1 again
    bend = np.concatenate((bend, 2 * (np.eye(knots)[1:2] - np.eye(knots)[:1])))
    profiles = np.empty((len(rings), knots))
    for plane, (count, radius, value) in enumerate(np.moveaxis(rings, 2, 1)):
        filled = count > 0
        count, radius, value = count[filled], radius[filled], value[filled]
        matrix = evaluation_matrix(radius / count * samples, knots)
        frames = count.sum() / (np.pi * options.radius_px**2)
        system = matrix.T @ (count[:, None] * matrix) + _STIFFNESS * frames * (bend.T @ bend)
        profiles[plane] = np.linalg.solve(system, matrix.T @ value)
    return profiles


def smooth_profiles(
    z_nm: NDArray[np.float64], profiles: NDArray[np.float64], smoothing_nm: float
) -> NDArray[np.float64]:
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
    inner = np.linspace(z_nm[0], z_nm[-1], pieces + 1)
    knots = np.concatenate((inner[:1].repeat(3), inner, inner[-1:].repeat(3)))
    return make_lsq_spline(z_nm, profiles, knots, k=3)(z_nm)
