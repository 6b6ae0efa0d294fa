"""Measuring a set of images: errors, failures, told uncertainties and the bound."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from beadline.tracking import LookupTable, TrackerOptions, track_stack
from beadline.tracks import COLUMN_NAMES, column_index, valid

from .image_sets import MARGIN_PX, Frames, ImageSet, Places

AXES = ("x", "y", "z")
_PLACE = [column_index(name) for name in ("x_px", "y_px", "z_nm")]
_SIGMA_NAMES = ("sigma_x_px", "sigma_y_px", "sigma_z_nm")
FRAMES_AT_ONCE = 800


@dataclass(frozen=True, eq=False)
class Located:
    """Where a tracker says the beads are.

    Attributes:
        places: x, y [px] and z [nm] in the frame, NaN if not found, shape (frames, 3).
        sigmas: told standard deviations in the same units, shape (frames, 3), or None if the tracker tells none.
        flagged: which it warns of, shape (frames,).
        noted: of which it says anything at all, be it for information only, shape (frames,).
    """

    places: NDArray[np.float64]
    sigmas: NDArray[np.float64] | None
    flagged: NDArray[np.bool_]
    noted: NDArray[np.bool_]


Locate = Callable[[ImageSet, Frames], Located]


@dataclass(frozen=True, eq=False)
class Measured:
    """What came of a set, all lengths in nm.

    Attributes:
        truth: x, y and z, shape (places, 3).
        errors: what was found less the truth, shape (places, repeats, 3).
        sigmas: what the tracker told, same shape, or None.
        flagged: what it warned of, shape (places, repeats).
        bounds: least standard deviations, shape (places, 3).
    """

    truth: NDArray[np.float64]
    errors: NDArray[np.float64]
    sigmas: NDArray[np.float64] | None
    flagged: NDArray[np.bool_]
    bounds: NDArray[np.float64]

    @property
    def good(self) -> NDArray[np.bool_]:
        """Which images were measured: every number is finite and there is no warning."""
        return np.isfinite(self.errors).all(axis=2) & ~self.flagged


def with_table(table: LookupTable, options: TrackerOptions | None = None) -> Locate:
    """Return a tracker of one bead with its look-up table."""

    def locate(images: ImageSet, frames: Frames) -> Located:
        return run_tracker(frames, options or images.options, [table])

    return locate


def run_tracker(
    frames: Frames, options: TrackerOptions, tables: list[LookupTable | None] | list[LookupTable]
) -> Located:
    """Measure the middle window of each frame."""
    origins = np.array([[MARGIN_PX, MARGIN_PX]], np.int32)
    tracks, flags = track_stack(frames, origins, options, tables)
    track = tracks[:, 0].astype(np.float64)
    return Located(track[:, _PLACE], told_sigmas(track), ~valid(flags[:, 0]), flags[:, 0] > 0)


def told_sigmas(tracks: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Return the columns of the standard deviations of x, y and z, None if tracks have none."""
    if not set(_SIGMA_NAMES) <= set(COLUMN_NAMES):
        return None
    return tracks[..., [column_index(name) for name in _SIGMA_NAMES]]


def measure(
    images: ImageSet, places: Places, repeats: int, trackers: dict[str, Locate], rng: np.random.Generator
) -> dict[str, Measured]:
    """Render each place, add noise several times, and let each tracker measure the same frames.

    Returns:
        What came of it, by tracker.
    """
    found: dict[str, list[Located]] = {name: [] for name in trackers}
    step = max(1, FRAMES_AT_ONCE // repeats)
    for start in range(0, len(places), step):
        frames = images.frames(places[start : start + step], repeats, rng)
        for name, locate in trackers.items():
            found[name].append(locate(images, frames))
    bounds = images.bounds_nm(places)
    return {name: _assembled(images, places, repeats, parts, bounds) for name, parts in found.items()}


def _assembled(
    images: ImageSet, places: Places, repeats: int, parts: list[Located], bounds: NDArray[np.float64]
) -> Measured:
    shape = (len(places), repeats, 3)
    located = np.concatenate([part.places for part in parts]).reshape(shape)
    sigmas: Any = None
    if all(part.sigmas is not None for part in parts):
        sigmas = np.concatenate([part.sigmas for part in parts if part.sigmas is not None])
        sigmas = sigmas.reshape(shape) * images.units_nm
    flagged = np.concatenate([part.flagged for part in parts]).reshape(shape[:2])
    errors = (located - places[:, None]) * images.units_nm
    return Measured(places * images.units_nm, errors, sigmas, flagged, bounds)
