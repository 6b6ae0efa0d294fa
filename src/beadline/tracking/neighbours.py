"""Whether a bead has another one beside it, even if that one is part of a cluster."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .alignment import alignment_at, gradients
from .beside_rings import beside_rings
from .candidates import Candidates
from .peaks import highest_around
from .ring_centres import ring_centres

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Ints = NDArray[np.int64]

CORE = 0.4
"""Radius of the disc in which the core of a bead is told from those beside it, in units of half a window."""
_ALIGNMENT, _STRENGTH = 0.58, 6.0
"""What a core has more of: of 0.5 to 1, and in units of the noise."""
_PEAK = 0.25
"""Side of the square in which a core is the most aligned, in units of half a window."""
_WANDER, _WANDER_BESIDE = 0.2, 0.35
"""How far a centre may lie from its core, with the rings of the bead and without them, in units of half a window."""
_CENTRED = 0.5
"""Radius of the disc that tells the centre of a core, in units of half a window."""
SPREAD = 1.0
"""Side of the square in which the spread is taken, in units of half a window."""
_MARGIN = 4
"""What the smoothing of the gradients needs besides, in pixels of the halved picture."""
_RINGS = 0.7
"""Radius of the disc in which the rings of a core are looked at, in units of half a window."""
_LEAST_SPREAD, _WIDE_SPREAD, _MOST_SPREAD = 0.4, 0.65, 1.3
"""Spread of a core in units of the bead's: a neighbour has at least so much, dirt less than the second, and more than
the last does not count."""
_PURE, _CLEAR, _CLEAR_AND_WIDE = 0.9, 0.49, 0.30
"""A core is a bead if the radial excess of its alignment, 0 to 1, is more than the first, as of a faint one far out of
focus; or if the excess times the spread is more than the second, or than the third where its spread is wide."""
_DISTURBED_SCORE, _UNCERTAIN = 0.92, 1.05
"""Something disturbs a bead whose score is less; then a neighbour so much farther away is taken for it, as the place
of one that is part of a cluster is not better known."""


@dataclass(frozen=True, eq=False)
class Surroundings:
    """The halved picture and what was made of it, all of its shape; lengths are in its pixels.

    Attributes:
        half: the picture [ADU].
        along_x: its gradients.
        along_y: the same along y.
        spread: standard deviation around each pixel, in squares of `SPREAD`.
        share: radial alignment in discs of `CORE`, see `radial_alignment`.
        strength: of the gradients there.
        half_window: half the side of a window.
        noise: standard deviation of the noise of a pixel [ADU].
    """

    half: Float32
    along_x: Float32
    along_y: Float32
    spread: Float32
    share: Float32
    strength: Float32
    half_window: float
    noise: float


def have_neighbours(
    around: Surroundings, beads: Candidates, scores: Float64, same_px: float, apart_px: float
) -> NDArray[np.bool_]:
    """Return which beads have another one beside them, shape (beads,).

    It shows in what a bead's own rings leave of the picture around it: there are rings around a core that varies about
    as much as the bead does. Dirt varies in a smaller area, and what is uneven in the rings of a bead has no rings of
    its own.

    Args:
        around: the halved picture.
        beads: what is asked about, in pixels of the picture itself.
        scores: share of the variance in the window of each that lies in rings, shape (beads,).
        same_px: what is nearer is no other bead [px].
        apart_px: what is farther away is not beside it [px].
    """
    found = np.zeros(len(beads.x_px), np.bool_)
    x, y = (beads.x_px - 0.5) / 2, (beads.y_px - 0.5) / 2
    near, far = same_px / 2, apart_px / 2 * np.where(scores < _DISTURBED_SCORE, _UNCERTAIN, 1)
    wander = _WANDER_BESIDE * around.half_window
    peak_x, peak_y = _peaks(around)
    distance = np.hypot(x[:, None] - peak_x, y[:, None] - peak_y)
    # what the rings of the bead leave hardly ever varies more than all that is there
    likely = around.spread[peak_y, peak_x] > _LEAST_SPREAD * beads.spread[:, None]
    bead, peak = np.nonzero(likely & (distance >= near - wander) & (distance < far[:, None] + wander))
    if bead.size:
        bead, core_x, core_y = _cores(around, (x, y), beads.spread, bead, (peak_x[peak], peak_y[peak]))
        distance = np.hypot(x[bead] - core_x, y[bead] - core_y)
        found[bead[(distance >= near) & (distance < far[bead])]] = True
    return found


def _peaks(around: Surroundings) -> tuple[Ints, Ints]:
    """Return x and y of what could be the middle of a bead, alone or in a cluster, or be a piece of a ring."""
    share = around.share
    highest = highest_around(share, max(3, round(_PEAK * around.half_window)))
    y, x = np.nonzero(highest & (share > _ALIGNMENT) & (around.strength > _STRENGTH))
    return x, y


def _cores(
    around: Surroundings, centres: tuple[Float64, Float64], spreads: Float64, bead: Ints, peaks: tuple[Ints, Ints]
) -> tuple[Ints, Float64, Float64]:
    """Return which bead each core is beside, and the centre of it, of those that are beads themselves.

    Args:
        around: the halved picture.
        centres: x and y of the beads.
        spreads: of the beads.
        bead: which bead each peak is beside, shape (peaks,).
        peaks: x and y of them.
    """
    middles = np.stack(_middles(around, *peaks))
    pixels = np.rint(middles).astype(np.int64)
    reach = math.ceil(_RINGS * around.half_window) + _MARGIN
    rest, inside = beside_rings(around.half, *centres, bead, pixels, reach)
    middle = np.s_[
        reach - round(SPREAD * around.half_window) // 2 : reach + round(SPREAD * around.half_window) // 2 + 1
    ]
    inner = np.s_[:, middle, middle]
    spread = rest[inner].std(axis=(1, 2), dtype=np.float64, where=inside[inner]) / spreads[bead]
    wide = spread > _LEAST_SPREAD
    bead, spread, middles, pixels = bead[wide], spread[wide], middles[:, wide], pixels[:, wide]
    # one below the other they are a picture
    side = 2 * reach + 1
    along_x, along_y = (each * inside[wide].reshape(-1, side) for each in gradients(rest[wide].reshape(-1, side)))
    places = np.stack((np.full(len(bead), reach), reach + side * np.arange(len(bead))))
    at_x, at_y = places + middles - pixels
    share = alignment_at(along_x, along_y, at_x, at_y, _RINGS * around.half_window, around.noise)
    is_bead = _is_bead(2 * share - 1, spread)
    places, pixels = places[:, is_bead], pixels[:, is_bead]
    radius, most = _CENTRED * around.half_window, _WANDER_BESIDE * around.half_window
    centres_there = ring_centres(along_x, along_y, places[0], places[1], radius, most)
    core_x, core_y = pixels - places + centres_there
    return bead[is_bead], core_x, core_y


def _is_bead(excess: Float64, spread: Float64) -> NDArray[np.bool_]:
    """Tell cores of beads by the radial excess of their alignment, 0 to 1, and their spread in units of a bead's."""
    evidence = excess * np.minimum(spread, _MOST_SPREAD)
    pure = (excess > _PURE) & (spread > _LEAST_SPREAD)
    return pure | (evidence > _CLEAR) | (evidence > _CLEAR_AND_WIDE) & (spread > _WIDE_SPREAD)


def _middles(around: Surroundings, x: Ints, y: Ints) -> tuple[Float64, Float64]:
    """Return the centres of cores; the peak where the centre found is another one's."""
    radius = _CENTRED * around.half_window
    (x, y), again = np.unique((x, y), axis=1, return_inverse=True)
    centre_x, centre_y = ring_centres(around.along_x, around.along_y, x, y, radius, radius / 2)
    near = np.hypot(centre_x - x, centre_y - y) < _WANDER * around.half_window
    return np.where(near, centre_x, x)[again], np.where(near, centre_y, y)[again]
