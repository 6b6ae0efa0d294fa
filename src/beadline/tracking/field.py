"""Finding the beads of a field of view."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .alignment import gradients, halved, pixel_noise, radial_alignment, spread_around
from .candidates import RINGS, SAME, Candidates, find_candidates
from .neighbours import CORE, SPREAD, Surroundings, have_neighbours
from .ring_patterns import ring_patterns

_ISOLATION = 1.6
"""Distance to the next bead that leaves the rings of a bead undisturbed, in units of half a window."""
_EXTENT = 0.12
"""Least extent of a bead in units of half a window; dust is smaller."""

_PAIR_CONTRAST, _PAIR_SCORE = 1.1, 0.95
"""Two beads that all but cover each other have more contrast than one, and a worse score."""


@dataclass(frozen=True, slots=True)
class FoundBead:
    """A bead in a picture.

    Attributes:
        x_px: centre along a row [px].
        y_px: centre along a column [px].
        score: share of the variance in its window, noise aside, that lies in rings; 1 is perfect.
        contrast: root-mean-square of the rings in its window relative to the background.
        likeness: correlation of its rings with those of the most alike example, None if none was given.
    """

    x_px: float
    y_px: float
    score: float
    contrast: float
    likeness: float | None = None


def find_beads(
    image: NDArray[np.uint8] | NDArray[np.uint16],
    *,
    window_px: int = 64,
    min_score: float = 0.8,
    allow_overlap: bool = False,
    isolation_px: float | None = None,
    min_contrast: float = 0.03,
    contrast_range: tuple[float, float] = (0.5, 1.4),
    like: Sequence[tuple[float, float]] = (),
    min_likeness: float = 0.9,
) -> list[FoundBead]:
    """Find the isolated beads of a picture, light or dark, with or without examples of what one looks like.

    Doublets, clusters, dirt and beads whose window would reach over the edge are left out.

    Args:
        image: pixels [ADU], u8 or u16, shape (rows, columns).
        window_px: side of the window in which a bead will be tracked [px], even; its rings should fill it.
        min_score: least share of the variance in a window, noise aside, that lies in rings around its centre.
        allow_overlap: whether windows may overlap; if not, the bead with the better score is kept.
        isolation_px: least distance to anything else that looks like the centre of a bead [px]; None is 0.8 of
            `window_px`.
        min_contrast: least root-mean-square of the rings in the window relative to the background.
        contrast_range: least and most contrast in units of the upper quartile over the beads; what is far out of focus
            has less, two beads behind each other have more.
        like: x and y [px] in this picture of beads that those to be found resemble; each within a quarter of a window.
        min_likeness: least correlation of the rings with those of an example.

    Returns:
        The beads from top to bottom, those of one height from left to right.

    Raises:
        ValueError: the picture is smaller than a window, or there is no bead where an example is said to be.
        TypeError: the picture is neither u8 nor u16.
    """
    _check(image, window_px)
    half_window = window_px / 2
    noise = pixel_noise(image)
    half = halved(image)
    along_x, along_y = gradients(half)
    radii = [part * half_window / 2 for part in (RINGS, CORE)]
    wide, narrow = radial_alignment(along_x, along_y, radii, noise / 2)
    spread = spread_around(half, SPREAD * half_window / 2)
    every = find_candidates(spread, along_x, along_y, *wide, half_window)
    apart_px = _ISOLATION * half_window if isolation_px is None else isolation_px
    whole = every.inside(image.shape, half_window)
    candidates = every[whole & ~every.crowded(SAME * half_window, apart_px)]
    patterns = ring_patterns(image, candidates.x_px, candidates.y_px, window_px // 2 - 1, noise)
    good = (patterns.score >= min_score) & (patterns.contrast >= min_contrast)
    good &= patterns.extent_px >= _EXTENT * half_window
    if good.any():
        relative = patterns.contrast / np.quantile(patterns.contrast[good], 0.75)
        good &= (relative >= contrast_range[0]) & (relative <= contrast_range[1])
        good &= (relative < _PAIR_CONTRAST) | (patterns.score >= _PAIR_SCORE)
    likeness = patterns.likeness(_examples(candidates, like, half_window / 2)) if len(like) else None
    if likeness is not None:
        good &= likeness >= min_likeness
    around = Surroundings(half, along_x, along_y, spread, *narrow, half_window / 2, noise / 2)
    good[good] = ~have_neighbours(around, candidates[good], patterns.score[good], SAME * half_window, apart_px)
    beads = [
        FoundBead(
            float(candidates.x_px[place]),
            float(candidates.y_px[place]),
            float(patterns.score[place]),
            float(patterns.contrast[place]),
            None if likeness is None else float(likeness[place]),
        )
        for place in np.flatnonzero(good)
    ]
    beads = _separate(beads, SAME * half_window if allow_overlap else window_px)
    return sorted(beads, key=lambda bead: (bead.y_px, bead.x_px))


def _check(image: NDArray[Any], window_px: int) -> None:
    if image.dtype not in (np.uint8, np.uint16):
        raise TypeError(f"Cannot find beads in a picture of type {image.dtype}: it must be uint8 or uint16")
    if image.ndim != 2 or min(image.shape) < window_px:
        raise ValueError(
            f"Cannot find beads in a picture of shape {image.shape}: it must be at least {window_px} px wide and high"
        )


def _examples(candidates: Candidates, places: Sequence[tuple[float, float]], within_px: float) -> NDArray[np.integer]:
    """Return which candidates lie at some places."""
    examples: list[int] = []
    for x_px, y_px in places:
        example, distance_px = candidates.nearest(x_px, y_px)
        if distance_px > within_px:
            raise ValueError(
                f"Cannot find beads like the one at ({x_px:.1f}, {y_px:.1f}) px: within {within_px:g} px there is "
                "nothing with rings that has its window inside the picture and no other bead beside it; "
                "point at the centre of an isolated bead"
            )
        examples.append(example)
    return np.array(examples)


def _separate(beads: list[FoundBead], separation_px: float) -> list[FoundBead]:
    """Keep the best of beads that are too near to each other along both axes."""
    kept: list[FoundBead] = []
    for bead in sorted(beads, key=lambda bead: -bead.score):
        if all(max(abs(bead.x_px - other.x_px), abs(bead.y_px - other.y_px)) >= separation_px for other in kept):
            kept.append(bead)
    return kept
