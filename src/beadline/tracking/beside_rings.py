"""What is left of a picture around beads when their own rings are taken away."""

import numpy as np
from numpy.typing import NDArray

from .patches import patches

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]


def beside_rings(
    half: Float32, x: Float64, y: Float64, bead: NDArray[np.integer], core: NDArray[np.integer], reach: int
) -> tuple[Float32, NDArray[np.bool_]]:
    """Return squares around places beside beads, less the mean of each of the bead's rings.

    Args:
        half: the picture, shape (rows, columns).
        x: columns of the beads, shape (beads,).
        y: their rows.
        bead: which bead is taken away in each square, shape (squares,).
        core: column and row in the middle of each square, shape (2, squares).
        reach: the squares have `2 * reach + 1` pixels along each axis.

    Returns:
        The squares, shape (squares, side, side), and which of their pixels the picture has.
    """
    concerned, of = np.unique(bead, return_inverse=True)
    offset = np.abs(core - np.rint((x[bead], y[bead])).astype(np.int64)).max()
    rest, inside, left, top = _without_rings(half, x[concerned], y[concerned], int(offset) + reach)
    steps = np.arange(-reach, reach + 1)
    rows, columns = (core[1] - top[of])[:, None, None] + steps[:, None], (core[0] - left[of])[:, None, None] + steps
    pixels = of[:, None, None], rows, columns
    return rest[pixels], inside[pixels]


def _without_rings(
    half: Float32, x: Float64, y: Float64, reach: int
) -> tuple[Float32, NDArray[np.bool_], NDArray[np.int64], NDArray[np.int64]]:
    """Return squares around beads less the mean of each ring, which of their pixels there are, and their corners."""
    side = 2 * reach + 1
    left, top = (np.rint(centre).astype(np.int64) - reach for centre in (x, y))
    rest, inside = np.empty((len(x), side, side), np.float32), np.empty((len(x), side, side), np.bool_)
    pixels = patches(half, left, top, side).reshape(rest.shape)
    steps = np.arange(side)
    for bead, (column, row) in enumerate(zip(left, top, strict=True)):  # each fits in the fast memory of a processor
        across, down = column + steps, row + steps
        inside[bead] = ((down >= 0) & (down < half.shape[0]))[:, None] & ((across >= 0) & (across < half.shape[1]))
        squares = (((each - centre) ** 2).astype(np.float32) for each, centre in ((down, y[bead]), (across, x[bead])))
        ring = (2 * np.sqrt(np.add.outer(*squares))).astype(np.int64)
        counts = np.bincount(ring.ravel(), inside[bead].ravel())
        sums = np.bincount(ring.ravel(), (pixels[bead] * inside[bead]).ravel())
        rest[bead] = (pixels[bead] - (sums / np.maximum(counts, 1)).astype(np.float32)[ring]) * inside[bead]
    return rest, inside, left, top
