"""What can be said of patterns around given centres: how much of them is rings, how strong, how wide, how alike."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .patches import patches

Float64 = NDArray[np.float64]

_BINS_PER_PX = 2
_OUTER_PART = 0.8


@dataclass(frozen=True, eq=False)
class RingPatterns:
    """Patterns around centres.

    Attributes:
        score: share of the variance, noise aside, that lies in rings; 1 is perfect; shape (patterns,).
        contrast: root-mean-square of the rings, over the disc, relative to the background, shape (patterns,).
        extent_px: root-mean-square distance of what differs from the background [px], shape (patterns,).
        profiles: mean of the pixels in each ring less that of all [ADU], shape (patterns, rings).
        counts: pixels in each ring, shape (patterns, rings).
    """

    score: Float64
    contrast: Float64
    extent_px: Float64
    profiles: Float64
    counts: Float64

    def likeness(self, examples: NDArray[np.integer]) -> Float64:
        """Return the correlation of each profile with the most alike of some of them, shape (patterns,)."""
        weighted = self.profiles * np.sqrt(self.counts)
        unit = weighted / np.maximum(np.linalg.norm(weighted, axis=1, keepdims=True), 1e-12)
        return (unit @ unit[examples].T).max(axis=1)


def ring_patterns(image: NDArray[Any], x_px: Float64, y_px: Float64, radius_px: int, noise: float) -> RingPatterns:
    """Measure the patterns around centres.

    Args:
        image: pixels [ADU], shape (rows, columns).
        x_px: centres along a row [px], shape (patterns,), at least the radius from the edges.
        y_px: centres along a column [px].
        radius_px: of the discs that are looked at [px].
        noise: standard deviation of the noise of a pixel [ADU].
    """
    side = 2 * radius_px + 2
    left, top = (np.floor(centre).astype(np.int64) - radius_px for centre in (x_px, y_px))
    pixels = patches(image, left, top, side)
    ring, rings = _rings(x_px - left, y_px - top, radius_px, side)
    inside = ring < rings
    mean = pixels.sum(axis=1, where=inside) / inside.sum(axis=1)
    pixels -= mean[:, None]
    # the last column takes what lies outside the disc
    place = (ring + (rings + 1) * np.arange(len(ring))[:, None]).ravel()
    shape, size = (len(ring), rings + 1), len(ring) * (rings + 1)
    counts = np.bincount(place, minlength=size).reshape(shape)[:, :-1].astype(np.float64)
    sums = np.bincount(place, weights=pixels.ravel(), minlength=size).reshape(shape)[:, :-1]
    profiles = sums / np.maximum(counts, 1)
    squares = np.square(pixels).sum(axis=1, where=inside, dtype=np.float64)
    in_rings = (counts * profiles**2).sum(axis=1)
    freedom = (counts > 0).sum(axis=1) - 1
    of_all = counts.sum(axis=1)
    rings_alone = np.maximum(in_rings - freedom * noise**2, 0)
    beside = np.maximum(squares - in_rings - (of_all - 1 - freedom) * noise**2, 0)
    outer = slice(int(_OUTER_PART * rings), None)
    background = sums[:, outer].sum(axis=1) / counts[:, outer].sum(axis=1)
    distinct = counts * (profiles - background[:, None]) ** 2
    radii = (np.arange(rings) + 0.5) / _BINS_PER_PX
    extent_px = np.sqrt(distinct @ radii**2 / np.maximum(distinct.sum(axis=1), 1e-12))
    return RingPatterns(
        score=rings_alone / np.maximum(rings_alone + beside, 1e-12),
        contrast=np.sqrt(rings_alone / of_all) / np.maximum(background + mean, 1e-12),
        extent_px=extent_px,
        profiles=profiles,
        counts=counts,
    )


def _rings(x: Float64, y: Float64, radius_px: int, side: int) -> tuple[NDArray[np.int64], int]:
    """Return in which ring each pixel lies, shape (patterns, pixels), and the number of rings."""
    steps = np.arange(side)
    squared_x = ((steps - x[:, None]) ** 2).astype(np.float32)
    squared_y = ((steps - y[:, None]) ** 2).astype(np.float32)
    distance = np.sqrt(squared_y[:, :, None] + squared_x[:, None, :]).reshape(len(x), side * side)
    rings = radius_px * _BINS_PER_PX
    return np.minimum((distance * _BINS_PER_PX).astype(np.int64), rings), rings
