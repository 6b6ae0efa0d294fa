"""Whether a bead has another one beside it, even if that one is part of a cluster."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .candidates import Candidates
from .patches import patches
from .ring_centres import ring_centres

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

CORE = 0.4
"""Radius of the disc in which the core of a bead is told from those beside it, in units of half a window."""
_STRENGTH = 6.0
"""What a core has more of, in units of the noise."""
_PEAK = 0.25
"""Side of the square in which a core is the most aligned, in units of half a window."""
_PIECE, _PIECE_LESS = 1.2, 0.1
"""A piece of a ring is so much less aligned than the middle of its bead, in a square of this side around it."""
_WANDER = 0.2
"""How far a centre may lie from its core, in units of half a window."""
SPREAD = 1.0
"""Side of the square in which the spread is taken, in units of half a window."""
_NEIGHBOUR = 0.49
"""A core is a bead if the radial excess of its alignment, 0 to 1, times its spread is more than this."""
_MOST_SPREAD = 1.3
"""Spread of a core that counts at most, in units of the bead's."""


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
    """

    half: Float32
    along_x: Float32
    along_y: Float32
    spread: Float32
    share: Float32
    strength: Float32
    half_window: float


def have_neighbours(around: Surroundings, beads: Candidates, same_px: float, apart_px: float) -> NDArray[np.bool_]:
    """Return which beads have another one beside them, shape (beads,).

    It shows in what a bead's own rings leave of the picture around it: there is a core that varies about as much as
    the bead does. Dirt varies in a smaller area, and what is uneven in the rings of a bead varies less.

    Args:
        around: the halved picture.
        beads: what is asked about, in pixels of the picture itself.
        same_px: what is nearer is no other bead [px].
        apart_px: what is farther away is not beside it [px].
    """
    found = np.zeros(len(beads.x_px), np.bool_)
    x, y = (beads.x_px - 0.5) / 2, (beads.y_px - 0.5) / 2
    near, far, wander = same_px / 2, apart_px / 2, _WANDER * around.half_window
    peak_x, peak_y = _peaks(around)
    excess = 2 * around.share[peak_y, peak_x].astype(np.float64) - 1
    distance = np.hypot(x[:, None] - peak_x, y[:, None] - peak_y)
    # what the rings of the bead leave hardly ever varies more than all that is there
    likely = _is_bead(excess, around.spread[peak_y, peak_x] / beads.spread[:, None])
    likely &= (distance >= near - wander) & (distance < far + wander)
    some = np.flatnonzero(likely.any(axis=0))
    core_x, core_y = _refined(around, peak_x[some], peak_y[some], wander)
    distance = np.hypot(x[:, None] - core_x, y[:, None] - core_y)
    bead, core = np.nonzero(likely[:, some] & (distance >= near) & (distance < far))
    if bead.size:
        left_over = _left_over(around, x, y, bead, core_x[core], core_y[core])
        found[bead[_is_bead(excess[some][core], left_over / beads.spread[bead])]] = True
    return found


def _peaks(around: Surroundings) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return x and y of what could be the middle of a bead, alone or in a cluster, or be a piece of a ring."""
    share = around.share
    highest = share == ndimage.maximum_filter(share, size=max(3, round(_PEAK * around.half_window)))
    around_it = ndimage.maximum_filter(share, size=round(_PIECE * around.half_window))
    highest &= share > around_it - _PIECE_LESS
    y, x = np.nonzero(highest & (share > (1 + _NEIGHBOUR / _MOST_SPREAD) / 2) & (around.strength > _STRENGTH))
    return x, y


def _is_bead(excess: Float64, spread: Float64) -> NDArray[np.bool_]:
    """Tell cores of beads by the radial excess of their alignment, 0 to 1, and their spread in units of a bead's."""
    return excess * np.minimum(spread, _MOST_SPREAD) > _NEIGHBOUR


def _refined(
    around: Surroundings, x: NDArray[np.int64], y: NDArray[np.int64], wander: float
) -> tuple[Float64, Float64]:
    """Return the centres of cores."""
    centre_x, centre_y = ring_centres(around.along_x, around.along_y, x, y, CORE * around.half_window)
    near = np.hypot(centre_x - x, centre_y - y) < wander
    return np.where(near, centre_x, x), np.where(near, centre_y, y)


def _left_over(
    around: Surroundings, x: Float64, y: Float64, bead: NDArray[np.integer], core_x: Float64, core_y: Float64
) -> Float64:
    """Return how much the pixels at a core vary beside the rings of a bead."""
    reach = round(SPREAD * around.half_window) // 2
    concerned, of = np.unique(bead, return_inverse=True)
    farthest = np.hypot(core_x - x[bead], core_y - y[bead]).max()
    rest, inside, left, top = _beside_rings(around.half, x[concerned], y[concerned], math.ceil(farthest) + reach + 1)
    column, row = np.rint(core_x).astype(int) - left[of], np.rint(core_y).astype(int) - top[of]
    steps = np.arange(-reach, reach + 1)
    pixels = of[:, None, None], row[:, None, None] + steps[:, None], column[:, None, None] + steps
    return rest[pixels].astype(np.float64).std(axis=(1, 2), where=inside[pixels])


def _beside_rings(
    half: Float32, x: Float64, y: Float64, reach: int
) -> tuple[Float32, NDArray[np.bool_], NDArray[np.int64], NDArray[np.int64]]:
    """Return squares around beads less the mean of each ring, which of their pixels there are, and their corners."""
    side = 2 * reach + 1
    left, top = (np.rint(centre).astype(np.int64) - reach for centre in (x, y))
    steps = np.arange(side)
    across, down = left[:, None] + steps, top[:, None] + steps
    inside = ((down >= 0) & (down < half.shape[0]))[:, :, None] & ((across >= 0) & (across < half.shape[1]))[:, None, :]
    squares = ((down - y[:, None]) ** 2).astype(np.float32), ((across - x[:, None]) ** 2).astype(np.float32)
    ring = (2 * np.sqrt(squares[0][:, :, None] + squares[1][:, None, :])).astype(np.int64)
    rings = int(ring.max()) + 1
    place = (ring + rings * np.arange(len(x))[:, None, None])[inside]
    pixels = patches(half, left, top, side).reshape(inside.shape)
    sums, counts = (np.bincount(place, weights, rings * len(x)) for weights in (pixels[inside], None))
    rest = np.zeros_like(pixels)
    rest[inside] = pixels[inside] - (sums / np.maximum(counts, 1)).astype(np.float32)[place]
    return rest, inside, left, top
