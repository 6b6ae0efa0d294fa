"""Finding the beads of a field of view."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from beadline.tracks import column_index, empty_tracks

from .alignment import pixel_noise, radial_alignment
from .frame_tracker import Tracker
from .options import TrackerOptions
from .windows import window_origins

_X, _Y = column_index("x_px"), column_index("y_px")


@dataclass(frozen=True, slots=True)
class FoundBead:
    """A bead in a picture.

    Attributes:
        x_px: centre along a row [px].
        y_px: centre along a column [px].
        score: share of the variance in its window, noise aside, that lies in rings; 1 is perfect.
        contrast: root-mean-square of the rings relative to the background.
    """

    x_px: float
    y_px: float
    score: float
    contrast: float


def find_beads(
    image: NDArray[np.uint8] | NDArray[np.uint16],
    *,
    window_px: int = 64,
    threshold: float = 0.75,
    minimum_separation_px: float | None = None,
    alignment_limit: float = 0.72,
    strength_limit: float = 6.0,
    contrast_limit: float = 0.4,
    sharpness_limit: float = 0.1,
) -> list[FoundBead]:
    """Find the isolated beads of a picture, without a sample of what one looks like.

    Doublets, clusters, dirt and beads whose window would reach over the edge are left out.

    Args:
        image: pixels [ADU], u8 or u16, shape (rows, columns).
        window_px: side of the window in which a bead will be tracked [px], even.
        threshold: least share of the variance in a window, noise aside, that lies in rings around its centre.
        minimum_separation_px: least distance of two beads along x or along y [px]; None is `window_px`, so that
            windows do not overlap. Of two that are nearer the one with the better score is kept.
        alignment_limit: least radial share of the squared gradients, from 0.5 to 1.
        strength_limit: least squared gradients in units of the noise.
        contrast_limit: least contrast in units of the median over the beads.
        sharpness_limit: least squared gradients in units of the median over the beads; a cloud far from the focus
            has much less.

    Returns:
        The beads from top to bottom, those of one height from left to right.

    Raises:
        ValueError: the picture is smaller than a window.
        TypeError: the picture is neither u8 nor u16.
    """
    options = TrackerOptions(window_px=window_px)
    if image.ndim != 2 or min(image.shape) < window_px:
        raise ValueError(
            f"Cannot find beads in a picture of shape {image.shape}: it must be at least {window_px} px wide and high"
        )
    x_px, y_px, strength = _candidates(image, window_px, alignment_limit, strength_limit)
    tracks, shares, contrast = _measure(image, x_px, y_px, options)
    good = np.isfinite(tracks[:, _X]) & (shares >= threshold)
    if good.any():
        enough = contrast >= contrast_limit * np.median(contrast[good])
        good &= enough & (strength >= sharpness_limit * np.median(strength[good]))
    beads = [
        FoundBead(float(track[_X]), float(track[_Y]), float(share), float(rings))
        for track, share, rings in zip(tracks[good], shares[good], contrast[good], strict=True)
    ]
    beads = _separate(beads, window_px if minimum_separation_px is None else minimum_separation_px)
    return sorted(beads, key=lambda bead: (bead.y_px, bead.x_px))


def _candidates(
    image: NDArray[Any], window_px: int, alignment_limit: float, strength_limit: float
) -> tuple[NDArray[np.floating], NDArray[np.floating], NDArray[np.float32]]:
    """Return peaks of the radial alignment whose windows lie inside the picture, and their strength."""
    rows, columns = image.shape[0] // 2 * 2, image.shape[1] // 2 * 2
    even = image[:rows, :columns].astype(np.float32)
    half = (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4
    share, strength = radial_alignment(half, 0.35 * window_px / 2)
    peaks = share == ndimage.maximum_filter(share, size=max(3, window_px // 8))
    peaks &= (share > alignment_limit) & (strength > strength_limit)
    y, x = np.nonzero(peaks)
    x_px, y_px = 2.0 * x + 0.5, 2.0 * y + 0.5
    origins = window_origins(x_px, y_px, window_px)
    inside = (origins >= 0).all(axis=1) & (origins <= np.array(image.shape[::-1]) - window_px).all(axis=1)
    return x_px[inside], y_px[inside], strength[y, x][inside]


def _measure(
    image: NDArray[Any], x_px: NDArray[np.floating], y_px: NDArray[np.floating], options: TrackerOptions
) -> tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.float64]]:
    """Track the candidates; return tracks, shares of the variance in rings, and contrasts, NaN where no bead is."""
    tracker = Tracker(options, len(x_px))
    tracks, flags = empty_tracks(len(x_px)), np.zeros(len(x_px), np.uint16)
    about_rings = np.zeros((len(x_px), 3), np.float32)
    tracker.track(image, window_origins(x_px, y_px, options.window_px), tracks, flags, about_rings)
    share, pixels, contrast = about_rings.astype(np.float64).T
    rings = pixels**2 * share / np.maximum(1 - share, 1e-6)
    beside_noise = np.maximum(pixels**2 - pixel_noise(image) ** 2, 0)
    return tracks, rings / np.maximum(rings + beside_noise, 1e-6), contrast


def _separate(beads: list[FoundBead], separation_px: float) -> list[FoundBead]:
    """Keep the best of beads that are too near to each other."""
    kept: list[FoundBead] = []
    for bead in sorted(beads, key=lambda bead: -bead.score):
        if all(max(abs(bead.x_px - other.x_px), abs(bead.y_px - other.y_px)) >= separation_px for other in kept):
            kept.append(bead)
    return kept
