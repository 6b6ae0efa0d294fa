"""Building look-up tables from a recorded sweep of the focus."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .options import TrackerOptions
from .plane_checks import look_alike, plane_errors_nm
from .ring_profiles import fit_profiles, ring_variances, smooth_profiles
from .table_sweeps import Sweep, pixel_gain, track_sweep
from .tables import LookupTable


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
        look_alike: largest correlation between two planes further apart than a quarter of the range.
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
    quality of a table holds `frames` and `frames_refused`; `background_adu`, and relative to it `contrast`, the
    root-mean-square of the rings; `adu_per_electron`, the gain of the camera as in the options or as the frames
    tell, and the median reduced chi-square of the frames with it, `chi2`; from measuring each plane with the others
    `plane_error_rms_nm` and `plane_error_max_nm`; and `look_alike`, the highest correlation between planes far apart.

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
    _check_planes(planes, heights)
    _check_windows(stack, len(planes), options, bead_ids)
    order = np.argsort(heights, kind="stable")
    place = np.argsort(order)[planes]
    sweep = track_sweep(stack, place, heights[order], options)
    return _build_all(sweep, optics, bead_ids, smoothing_nm, limits or TableLimits())


def build_templates(
    stack: NDArray[np.uint8] | NDArray[np.uint16],
    options: TrackerOptions,
    optics: Mapping[str, Any],
    bead_ids: Sequence[int],
    *,
    limits: TableLimits | None = None,
) -> BuiltTables:
    """Build a template of each bead: a look-up table of a single plane, to measure x and y with.

    Without a table a bead is compared with its own rings in the same image. If it is not round, these change a little
    with its place in a pixel, and its centre by some thousandths of a pixel; a template stays the same. Ten
    images of a bead are enough. It holds as long as the bead keeps about the same height.

    Args:
        stack: windows [ADU] of beads that keep their heights, u8 or u16, shape (frames, beads, window_px, window_px).
        options: how to track.
        optics: what the images depend on, see `build_lookup_tables`.
        bead_ids: ids of the beads, shape (beads,).
        limits: when a template is refused.

    Returns:
        Templates, to give to a tracker in place of look-up tables.

    Raises:
        ValueError: shapes do not belong together.
    """
    _check_windows(stack, len(stack), options, bead_ids)
    sweep = track_sweep(stack, np.zeros(len(stack), np.int64), np.array([np.nan]), options)
    return _build_all(sweep, optics, bead_ids, None, limits or TableLimits())


def _build_all(
    sweep: Sweep, optics: Mapping[str, Any], bead_ids: Sequence[int], smoothing_nm: float | None, limits: TableLimits
) -> BuiltTables:
    built = BuiltTables([])
    for bead, bead_id in enumerate(bead_ids):
        try:
            table = _build(sweep, bead, bead_id, optics, smoothing_nm, limits)
        except _UselessError as reason:
            what = "look-up table" if len(sweep.z_nm) > 1 else "template"
            built.refused[bead_id] = f"Bead {bead_id} has no {what}: {reason}"
        else:
            built.tables.append(table)
    return built


class _UselessError(Exception):
    """Why the windows of a bead make no table."""


def _check_windows(stack: NDArray[Any], frames: int, options: TrackerOptions, bead_ids: Sequence[int]) -> None:
    expected = (frames, len(bead_ids), options.window_px, options.window_px)
    if stack.shape != expected or not frames:
        raise ValueError(
            f"Cannot build look-up tables from windows of shape {stack.shape}: "
            f"{expected} is expected from the frames, the bead ids and window_px, with at least 1 frame"
        )


def _check_planes(planes: NDArray[np.int64], heights: NDArray[np.float64]) -> None:
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


def _build(
    sweep: Sweep,
    bead: int,
    bead_id: int,
    optics: Mapping[str, Any],
    smoothing_nm: float | None,
    limits: TableLimits,
) -> LookupTable:
    """Build one table.

    Raises:
        _UselessError: the windows make none.
    """
    good = sweep.good[:, bead]
    planes, radius = sweep.plane_index[good], sweep.options.radius_px
    lost = len(sweep.z_nm) - len(np.unique(planes))
    if lost:
        raise _UselessError(f"no centre was found in any frame of {lost} of {len(sweep.z_nm)} planes")
    noise = pixel_gain(sweep, bead)
    floor = sweep.options.noise_floor_adu2
    profiles = fit_profiles(sweep.rings[bead], radius, noise["adu_per_electron"], floor)
    if smoothing_nm is not None:
        profiles = smooth_profiles(sweep.z_nm, profiles, smoothing_nm)
    variance = ring_variances(sweep.rings[bead], profiles)
    expected = noise["adu_per_electron"] * profiles + floor
    uneven = np.maximum(np.nan_to_num(variance - expected), 0)
    rim = np.arange(3 * radius // 4, radius + 1)
    background = float(np.median(profiles[:, rim] @ rim / rim.sum()))
    profiles = profiles / background - 1
    quality = {
        "frames": float(good.sum()),
        "frames_refused": float((~good).sum()),
        "contrast": float(np.sqrt(np.mean(sweep.contrast[good, bead] ** 2))) / background,
        "background_adu": background,
        **noise,
    }
    if quality["contrast"] < limits.contrast:
        raise _UselessError(
            f"its rings have a contrast of {quality['contrast']:.4f}, at least {limits.contrast} is needed"
        )
    if len(sweep.z_nm) > 1:
        quality |= _quality_of_planes(sweep.z_nm, profiles[:, : radius + 1], limits)
    return LookupTable(bead_id, sweep.z_nm, profiles, sweep.options, optics, quality, uneven / background**2)


def _quality_of_planes(z_nm: NDArray[np.float64], disc: NDArray[np.float64], limits: TableLimits) -> dict[str, float]:
    """Return how well the planes tell heights apart.

    Raises:
        _UselessError: not well enough.
    """
    step_nm = (z_nm[-1] - z_nm[0]) / (len(z_nm) - 1)
    errors_nm = plane_errors_nm(z_nm, disc)
    rms_nm, alike = float(np.sqrt(np.mean(errors_nm**2))), look_alike(z_nm, disc)
    if not rms_nm <= limits.plane_error_steps * step_nm:
        raise _UselessError(
            f"planes measured by the other planes are wrong by {rms_nm:.1f} nm rms, "
            f"at most {limits.plane_error_steps * step_nm:.1f} nm is allowed"
        )
    if alike > limits.look_alike:
        raise _UselessError(
            f"planes far apart look alike (correlation {alike:.4f}, at most {limits.look_alike} is allowed)"
        )
    return {
        "plane_error_rms_nm": rms_nm,
        "plane_error_max_nm": float(np.abs(errors_nm).max()),
        "look_alike": alike,
    }
