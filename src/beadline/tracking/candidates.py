"""Places in a picture that could be the centre of a bead."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .peaks import highest_around
from .ring_centres import ring_centres

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Bools = NDArray[np.bool_]

SAME = 0.15
"""Candidates nearer to each other than this are one, in units of half a window."""
_ALIGNMENT, _STRENGTH = 0.8, 6.0
"""What a peak has more of: of 0.5 to 1, and in units of the noise."""
_AT_CENTRE = 0.7
"""The same at the centre found from it, which for dirt beside a bead is another place."""
_BEADLIKE, _FAINT = 0.9, 0.02
"""What has less than this part of the median strength of peaks so well aligned is no bead, nor disturbs one."""
RINGS = 0.7
"""Radius of the disc in which gradients are looked at, in units of half a window."""
_PEAK = 0.25
"""Side of the square in which a peak is the highest, in units of half a window."""
_WANDER = 0.25
"""How far a centre may lie from its peak, in units of half a window."""
_RIVAL = 0.7
"""Spread of what disturbs a bead, in units of the bead's; dirt upon its rings has less."""


@dataclass(frozen=True, eq=False)
class Candidates:
    """Centres of what has rings of some kind, be it at the edge or in a cluster.

    Attributes:
        x_px: along a row [px], shape (candidates,).
        y_px: along a column [px].
        spread: standard deviation of the pixels around it [ADU]; dirt beside a bead has less than the bead.
    """

    x_px: Float64
    y_px: Float64
    spread: Float64

    def inside(self, shape: tuple[int, ...], margin_px: float) -> Bools:
        """Return which are at least so far from the edges of a picture of that shape (rows, columns)."""
        rows, columns = shape
        from_sides = np.minimum(self.x_px, columns - self.x_px)
        from_ends = np.minimum(self.y_px, rows - self.y_px)
        return np.asarray(np.minimum(from_sides, from_ends) >= margin_px)

    def crowded(self, same_px: float, apart_px: float) -> Bools:
        """Return which have another candidate of about the same spread beside them.

        Args:
            same_px: what is nearer is no other [px].
            apart_px: what is farther away is not beside it [px].
        """
        distance = np.hypot(self.x_px[:, None] - self.x_px, self.y_px[:, None] - self.y_px)
        rival = (distance >= same_px) & (distance < apart_px) & (self.spread > _RIVAL * self.spread[:, None])
        return np.asarray(rival.any(axis=1))

    def nearest(self, x_px: float, y_px: float) -> tuple[int, float]:
        """Return which is nearest to a place, and its distance [px]; -1 and infinity if there are none."""
        if not len(self.x_px):
            return -1, np.inf
        distance = np.hypot(self.x_px - x_px, self.y_px - y_px)
        return int(distance.argmin()), float(distance.min())

    def __getitem__(self, chosen: Bools) -> "Candidates":
        return Candidates(self.x_px[chosen], self.y_px[chosen], self.spread[chosen])


def find_candidates(
    spread: Float32, along_x: Float32, along_y: Float32, share: Float32, strength: Float32, half_window_px: float
) -> Candidates:
    """Find the peaks of the radial alignment of a picture, and the centres of the rings there.

    Args:
        spread: standard deviation around each pixel of the halved picture [ADU], shape (rows, columns).
        along_x: gradients of the halved picture, same shape.
        along_y: the same along y.
        share: their radial alignment in discs of the radius `RINGS`, see `radial_alignment`, same shape.
        strength: of the gradients there, same shape.
        half_window_px: half the side of the window of a bead [px].
    """
    half_px = half_window_px / 2  # in pixels of the halved picture
    peaks = highest_around(share, max(3, round(_PEAK * half_px)))
    y, x = np.nonzero(peaks & (share > _ALIGNMENT) & (strength > _STRENGTH))
    beadlike = strength[y, x][share[y, x] > _BEADLIKE]
    if beadlike.size:
        clear = strength[y, x] > _FAINT * np.median(beadlike)
        x, y = x[clear], y[clear]
    centre_x, centre_y = ring_centres(along_x, along_y, x, y, RINGS * half_px, RINGS * half_px / 2)
    there, spreads = (
        ndimage.map_coordinates(each, (centre_y, centre_x), order=1, mode="nearest") for each in (share, spread)
    )
    real = (np.hypot(centre_x - x, centre_y - y) < _WANDER * half_px) & (there > _AT_CENTRE)
    # a pixel of the halved picture has its centre between four pixels
    return Candidates(2 * centre_x + 0.5, 2 * centre_y + 0.5, spreads.astype(np.float64))[real]
