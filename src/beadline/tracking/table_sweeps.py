"""A sweep of the focus as tables are made from it: the rings of all frames, and the noise of their pixels."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .fits import Windows, room_for_fits
from .frame_memory import frame_memory
from .geometry import geometry, table_radii
from .options import TrackerOptions
from .ring_profiles import FINE_RINGS_PER_PX
from .warming import warm_up


@dataclass(frozen=True)
class Sweep:
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


def track_sweep(
    stack: NDArray[Any], plane_index: NDArray[np.int64], z_nm: NDArray[np.float64], options: TrackerOptions
) -> Sweep:
    """Find the centres in all frames and sum the rings about them.

    Args:
        stack: windows, shape (frames, beads, window_px, window_px).
        plane_index: plane of each frame, shape (frames,).
        z_nm: height of each plane [nm], increasing.
        options: how to track.
    """
    frames, beads, side = stack.shape[:3]
    options = replace(options, polish=True)
    warm_up()
    from . import kernels  # noqa: PLC0415 - loads numba
    from .prepared_tables import prepare  # noqa: PLC0415
    from .stages import Stages  # noqa: PLC0415

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
    stages = Stages(options, geometry(options.window_px, options.radius_px), prepare([None], options))

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
    return Sweep(
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


def _flicker(stack: NDArray[Any], plane_index: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return half the mean squared difference to the next frame, NaN for the last frame of a plane."""
    flicker = np.full(stack.shape[:2], np.nan)
    for frame in np.flatnonzero(plane_index[1:] == plane_index[:-1]):
        change = stack[frame + 1].astype(np.float32)
        change -= stack[frame]
        flicker[frame] = np.einsum("bij,bij->b", change, change) / (2 * change[0].size)
    return flicker


def pixel_gain(sweep: Sweep, bead: int) -> dict[str, float]:
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
