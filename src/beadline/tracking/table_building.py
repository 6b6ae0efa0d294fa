"""Building look-up tables from a recorded sweep of the focus."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .fits import Windows, room_for_fits
from .frame_memory import frame_memory
from .frame_tracker import Tracker
from .geometry import table_radii
from .options import TrackerOptions
from .plane_checks import look_alike, plane_errors_nm
from .ring_profiles import FINE_RINGS_PER_PX, fit_profiles, ring_variances, smooth_profiles
from .tables import LookupTable
from .warming import warm_up


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
    _check(stack, planes, heights, options, bead_ids)
    limits = limits or TableLimits()
    order = np.argsort(heights, kind="stable")
    place = np.argsort(order)[planes]
    sweep = _track(stack, place, heights[order], options)
    built = BuiltTables([])
    for bead, bead_id in enumerate(bead_ids):
        try:
            table = _build(sweep, bead, bead_id, optics, smoothing_nm, limits or TableLimits())
        except _UselessError as reason:
            built.refused[bead_id] = f"Bead {bead_id} has no look-up table: {reason}"
        else:
            built.tables.append(table)
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


@dataclass(frozen=True)
class _Sweep:
    """What the frames of all beads hold, planes by increasing height; shapes begin with (frames, beads) or (beads,).

    `rings` are sums of pixels, see `fit_profiles`; `left` is the variance about the rings of a window, `flicker` that
    from one frame to the next of the same plane, and `light` the mean intensity.
    """

    plane_index: NDArray[np.int64]
    z_nm: NDArray[np.float64]
    options: TrackerOptions
    good: NDArray[np.bool_]
    contrast: NDArray[np.float64]
    light: NDArray[np.float64]
    left: NDArray[np.float64]
    flicker: NDArray[np.float64]
    rings: NDArray[np.float64]


def _track(
    stack: NDArray[Any], plane_index: NDArray[np.int64], z_nm: NDArray[np.float64], options: TrackerOptions
) -> _Sweep:
    frames, beads, side = stack.shape[:3]
    options = replace(options, polish=True)
    tracker = Tracker(options, 1)
    warm_up()
    from . import kernels  # noqa: PLC0415 - loads numba

    memory = frame_memory(np.ascontiguousarray(stack).reshape(-1, side, side))
    count = frames * beads
    # every window is a frame of its own, with one bead
    windows = Windows(np.arange(count, dtype=np.int32), np.zeros((count, 2), np.int32), np.zeros(count, np.int32))
    plane_of = (np.arange(beads) * len(z_nm) + plane_index[:, None]).astype(np.int32).ravel()
    light = stack.mean(axis=(2, 3), dtype=np.float32).astype(np.float64)
    of_plane = np.stack([light[plane_index == plane].mean(axis=0) for plane in range(len(z_nm))])
    scales = (of_plane[plane_index] / np.maximum(light, 1e-3)).ravel()
    fine = (table_radii(options.radius_px) - 1) * FINE_RINGS_PER_PX
    rings = np.zeros((beads * len(z_nm), fine, 4))
    shares = np.zeros(count)
    stages = tracker.stages

    fits = room_for_fits(windows, side, (side, side), kernels.STATES)

    def add(part: slice, fitted: NDArray[np.int32]) -> None:
        shares[part] = fits.about_rings[part, 0]
        fitted = fitted[shares[part][fitted] >= options.ring_fraction_limit]
        kernels.add_rings(
            fitted, stages.windows, stages.corners, fits.centres[part], plane_of[part], scales[part],
            np.float32(FINE_RINGS_PER_PX), rings,
        )  # fmt: skip

    stages.run(memory, windows, fits, slice(0, count), add)
    good = (fits.outcome == 0) & (shares >= options.ring_fraction_limit)
    return _Sweep(
        plane_index=plane_index,
        z_nm=z_nm,
        options=options,
        good=good.reshape(frames, beads),
        contrast=fits.about_rings[:, 2].reshape(frames, beads),
        light=light,
        left=(fits.about_rings[:, 1] ** 2).reshape(frames, beads),
        flicker=_flicker(stack, plane_index),
        rings=rings.reshape(beads, len(z_nm), fine, 4),
    )


def _build(
    sweep: _Sweep,
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
    noise = _noise(sweep, bead)
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
    disc = profiles[:, : radius + 1]
    errors_nm = plane_errors_nm(sweep.z_nm, disc)
    quality = {
        "frames": float(good.sum()),
        "frames_refused": float((~good).sum()),
        "contrast": float(np.sqrt(np.mean(sweep.contrast[good, bead] ** 2))) / background,
        "background_adu": background,
        **noise,
        "plane_error_rms_nm": float(np.sqrt(np.mean(errors_nm**2))),
        "plane_error_max_nm": float(np.abs(errors_nm).max()),
        "look_alike": look_alike(sweep.z_nm, disc),
    }
    _refuse_useless(quality, sweep.z_nm, limits)
    return LookupTable(bead_id, sweep.z_nm, profiles, sweep.options, optics, quality, uneven / background**2)


def _flicker(stack: NDArray[Any], plane_index: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return half the mean squared difference to the next frame, NaN for the last frame of a plane."""
    flicker = np.full(stack.shape[:2], np.nan)
    for frame in np.flatnonzero(plane_index[1:] == plane_index[:-1]):
        change = stack[frame + 1].astype(np.float32)
        change -= stack[frame]
        flicker[frame] = np.einsum("bij,bij->b", change, change) / (2 * change[0].size)
    return flicker


def _noise(sweep: _Sweep, bead: int) -> dict[str, float]:
    """Return the gain of the camera [ADU] and the median chi-square of the bead's frames.

    The gain is what makes that 1, or what the pixels vary from frame to frame if that is less, as it is for a bead that
    is not quite round.
    """
    good, options = sweep.good[:, bead], sweep.options
    light, left, flicker = sweep.light[good, bead], sweep.left[good, bead], sweep.flicker[good, bead]
    gain = options.adu_per_electron
    if gain is None:
        gains = [(each - options.noise_floor_adu2) / light for each in (left, flicker)]
        medians = [np.median(each[np.isfinite(each)]) for each in gains if np.isfinite(each).any()]
        gain = max(float(min(medians)), 1e-6)
    chi2 = np.median(left / (gain * light + options.noise_floor_adu2))
    return {"adu_per_electron": float(gain), "chi2": float(chi2)}


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
