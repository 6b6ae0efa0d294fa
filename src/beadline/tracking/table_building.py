"""Building look-up tables from a recorded sweep of the focus."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import make_lsq_spline

from beadline.tracks import column_index, empty_tracks, valid

from . import kernels
from .frame_tracker import Tracker
from .options import TrackerOptions
from .plane_checks import look_alike, plane_errors_nm
from .radial_splines import evaluation_matrix
from .tables import LookupTable

_FINE_RINGS_PER_PX = 8
_STIFFNESS = 0.03
"""Weight of the curvature of a profile against one frame's pixels; without it the radii near 0 that no pixel
falls on are free to be anything."""


@dataclass(frozen=True)
class BuiltTables:
    """What came of a sweep.

    Attributes:
        tables: the usable ones, in the order of the beads.
        refused: why a bead has none, by its id.
    """

    tables: list[LookupTable]
    refused: dict[int, str] = field(default_factory=dict[int, str])


@dataclass(frozen=True)
class TableLimits:
    """When a table is refused.

    Attributes:
        contrast: least root-mean-square of the rings relative to the background.
        plane_error_steps: largest root-mean-square error of a plane measured by the others, in mean steps.
        look_alike: largest correlation between two planes further apart than a tenth of the range.
    """

    contrast: float = 0.005
    plane_error_steps: float = 0.5
    look_alike: float = 0.995


def build_lookup_tables(
    stack: NDArray[np.uint8] | NDArray[np.uint16],
    plane_index: Sequence[int] | NDArray[np.integer],
    z_nm: Sequence[float] | NDArray[np.floating],
    options: TrackerOptions,
    optics: Mapping[str, Any],
    bead_ids: Sequence[int],
    *,
    smoothing_nm: float | None = None,
    limits: TableLimits | None = None,
) -> BuiltTables:
    """Build the look-up table of each bead from windows recorded while the focus was swept.

    Profiles are splines fitted to the pixels of all frames of a plane about the centre found in each frame. The
    quality of a table holds `contrast` (root-mean-square of the rings), `frames` and `frames_refused`,
    `residual` (root-mean-square of the pixels about their rings, relative to the background), and from
    measuring each plane with a table of the others `plane_error_rms_nm`, `plane_error_max_nm` and
    `look_alike` (highest correlation between planes far apart).

    Args:
        stack: windows [ADU], u8 or u16, shape (frames, beads, window_px, window_px).
        plane_index: plane of each frame, shape (frames,).
        z_nm: height of each plane [nm] as the bead would have to rise for the same image, in any order.
        options: how to track.
        optics: what the images depend on, plain data: pixel_size_nm, focal_factor and so on.
        bead_ids: ids of the beads, shape (beads,).
        smoothing_nm: distance of the knots of a smooth curve through the planes [nm], against jitter of the
            stage; None takes the planes as they are.
        limits: when a table is refused.

    Raises:
        ValueError: shapes, planes or heights do not belong together.
    """
    planes, heights = np.asarray(plane_index, dtype=np.int64), np.asarray(z_nm, dtype=np.float64)
    _check(stack, planes, heights, options, bead_ids)
    limits = limits or TableLimits()
    order = np.argsort(heights, kind="stable")
    place = np.argsort(order)[planes]
    centres, backgrounds, good = _centres(stack, options)
    built = BuiltTables([])
    for bead, bead_id in enumerate(bead_ids):
        try:
            rings = _sum_rings(
                stack[:, bead], place, len(heights), centres[:, bead], backgrounds[:, bead], good[:, bead]
            )
            profiles = _fit_profiles(rings, options)
            if smoothing_nm is not None:
                profiles = _smooth(heights[order], profiles, smoothing_nm)
            quality = _quality(rings, profiles, heights[order], good[:, bead])
            _refuse_useless(quality, heights[order], limits)
            built.tables.append(LookupTable(bead_id, heights[order], profiles, options, optics, quality))
        except _UselessError as reason:
            built.refused[bead_id] = f"Bead {bead_id} has no look-up table: {reason}"
    return built


class _UselessError(Exception):
    """Why the windows of a bead make no table."""


def _check(
    stack: NDArray[Any],
    planes: NDArray[np.int64],
    heights: NDArray[np.float64],
    options: TrackerOptions,
    bead_ids: Sequence[int],
) -> None:
    expected = (len(planes), len(bead_ids), options.window_px, options.window_px)
    if stack.shape != expected:
        raise ValueError(
            f"Cannot build look-up tables from windows of shape {stack.shape}: "
            f"{expected} is expected from the planes, the bead ids and window_px"
        )
    if heights.ndim != 1 or len(np.unique(heights)) != len(heights) or len(heights) < 4:
        raise ValueError(
            f"Cannot build look-up tables from {heights.size} planes: at least 4 with different heights are needed"
        )
    missing = sorted(set(range(len(heights))) - set(planes.tolist()))
    if missing or planes.min() < 0 or planes.max() >= len(heights):
        raise ValueError(
            f"Cannot build look-up tables of {len(heights)} planes: the frames belong to planes "
            f"{planes.min()} to {planes.max()} and planes {missing} have none"
        )


def _centres(
    stack: NDArray[Any], options: TrackerOptions
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]]:
    """Track all windows without a table; return centres in the window, backgrounds and which are good."""
    frames, beads, side = stack.shape[:3]
    # the windows of a frame under each other are a tall frame
    origins = np.stack((np.zeros(beads, np.int32), side * np.arange(beads, dtype=np.int32)), axis=1)
    tracker = Tracker(options, beads)
    tracks, flags = empty_tracks(frames, beads), np.zeros((frames, beads), np.uint16)
    for windows, out_tracks, out_flags in zip(stack, tracks, flags, strict=True):
        tracker.track(np.ascontiguousarray(windows).reshape(-1, side), origins, out_tracks, out_flags)
    return tracks[..., :2] - origins, tracks[..., column_index("background_adu")], valid(flags)


def _sum_rings(
    windows: NDArray[Any],
    place: NDArray[np.int64],
    planes: int,
    centres: NDArray[np.float32],
    backgrounds: NDArray[np.float32],
    good: NDArray[np.bool_],
) -> NDArray[np.float64]:
    lost = [plane for plane in range(planes) if not good[place == plane].any()]
    if lost:
        raise _UselessError(f"no centre was found in any frame of {len(lost)} of {planes} planes")
    rings = np.zeros((planes, (windows.shape[-1] // 2) * _FINE_RINGS_PER_PX, 4))
    for frame in np.flatnonzero(good):
        x, y = centres[frame]
        kernels.add_rings(
            windows[frame],
            float(x),
            float(y),
            float(backgrounds[frame]),
            windows.shape[-1] / 2 - 1,
            float(_FINE_RINGS_PER_PX),
            rings[place[frame]],
        )
    return rings


def _fit_profiles(rings: NDArray[np.float64], options: TrackerOptions) -> NDArray[np.float64]:
    """Fit splines along the radius to the rings of each plane."""
    samples = options.samples_per_px
    knots = options.radius_px * samples + 1
    bend = np.diff(np.eye(knots), 2, axis=0)
    # even at the centre: the neighbour of radius 0 on the other side is radius 1 again
    bend = np.concatenate((bend, 2 * (np.eye(knots)[1:2] - np.eye(knots)[:1])))
    profiles = np.empty((len(rings), knots))
    for plane, (count, radius, value, _) in enumerate(np.moveaxis(rings, 2, 1)):
        filled = count > 0
        count, radius, value = count[filled], radius[filled], value[filled]
        matrix = evaluation_matrix(radius / count * samples, knots)
        frames = count.sum() / (np.pi * options.radius_px**2)
        system = matrix.T @ (count[:, None] * matrix) + _STIFFNESS * frames * (bend.T @ bend)
        profiles[plane] = np.linalg.solve(system, matrix.T @ value)
    return profiles


def _smooth(z_nm: NDArray[np.float64], profiles: NDArray[np.float64], smoothing_nm: float) -> NDArray[np.float64]:
    pieces = max(1, round((z_nm[-1] - z_nm[0]) / smoothing_nm))
    if pieces + 3 > len(z_nm):
        raise ValueError(
            f"Cannot smooth {len(z_nm)} planes with knots every {smoothing_nm:g} nm: that is as free as the planes; "
            "take a larger smoothing_nm or None"
        )
    inner = np.linspace(z_nm[0], z_nm[-1], pieces + 1)
    knots = np.concatenate((inner[:1].repeat(3), inner, inner[-1:].repeat(3)))
    return make_lsq_spline(z_nm, profiles, knots, k=3)(z_nm)


def _quality(
    rings: NDArray[np.float64], profiles: NDArray[np.float64], z_nm: NDArray[np.float64], good: NDArray[np.bool_]
) -> dict[str, float]:
    count, _, value, square = np.moveaxis(rings, 2, 0)
    in_ring = square.sum() - (value**2 / np.maximum(count, 1)).sum()
    errors_nm = plane_errors_nm(z_nm, profiles)
    return {
        "contrast": float(np.sqrt((value**2 / np.maximum(count, 1)).sum() / count.sum())),
        "frames": float(good.sum()),
        "frames_refused": float((~good).sum()),
        "residual": float(np.sqrt(in_ring / count.sum())),
        "plane_error_rms_nm": float(np.sqrt(np.mean(errors_nm**2))),
        "plane_error_max_nm": float(np.abs(errors_nm).max()),
        "look_alike": look_alike(z_nm, profiles),
    }


def _refuse_useless(quality: Mapping[str, float], z_nm: NDArray[np.float64], limits: TableLimits) -> None:
    step_nm = (z_nm[-1] - z_nm[0]) / (len(z_nm) - 1)
    if quality["contrast"] < limits.contrast:
        raise _UselessError(
            f"its rings have a contrast of {quality['contrast']:.4f}, at least {limits.contrast} is needed"
        )
    if not quality["plane_error_rms_nm"] <= limits.plane_error_steps * step_nm:
        raise _UselessError(
            f"planes measured by the other planes are wrong by {quality['plane_error_rms_nm']:.1f} nm rms, "
            f"at most {limits.plane_error_steps * step_nm:.1f} nm is allowed"
        )
    if quality["look_alike"] > limits.look_alike:
        raise _UselessError(
            f"planes far apart look alike (correlation {quality['look_alike']:.4f}, "
            f"at most {limits.look_alike} is allowed)"
        )
