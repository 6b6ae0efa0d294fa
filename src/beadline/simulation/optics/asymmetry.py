"""Beads as they are: a little elliptic, comatic and brighter on one side."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Asymmetry:
    """How the rings of a bead deviate from circles about its centre; smooth everywhere, the centre included.

    Attributes:
        ellipse: rings are wider by this part along one axis and narrower along the other.
        ellipse_angle_rad: direction of the narrow axis against x [rad].
        coma_px: how far the ring of radius `coma_radius_px` is displaced; other rings as the square of theirs [px].
        coma_radius_px: see there [px].
        coma_angle_rad: direction of the displacement [rad].
        contrast: rings are stronger by this part on one side and weaker on the other, to be exact the logarithm of the
            light relative to the background, so that none becomes negative.
        contrast_angle_rad: direction of the strong side [rad].
        contrast_radius_px: the difference of the sides has come to 71 % at this radius [px].
    """

    ellipse: float = 0.0
    ellipse_angle_rad: float = 0.4
    coma_px: float = 0.0
    coma_radius_px: float = 32.0
    coma_angle_rad: float = 2.0
    contrast: float = 0.0
    contrast_angle_rad: float = 5.1
    contrast_radius_px: float = 3.0

    def seen(self, x_px: Array, y_px: Array) -> tuple[Array, Array, Array]:
        """Return where in the symmetric pattern the light at an offset from the centre comes from, and its exponent.

        Returns:
            x and y [px] and the exponent of the light, each of the shape of `x_px`.
        """
        cos, sin = np.cos(2 * self.ellipse_angle_rad), np.sin(2 * self.ellipse_angle_rad)
        shift = self.coma_px * (x_px**2 + y_px**2) / self.coma_radius_px**2
        x = x_px + self.ellipse * (cos * x_px + sin * y_px) - shift * np.cos(self.coma_angle_rad)
        y = y_px + self.ellipse * (sin * x_px - cos * y_px) - shift * np.sin(self.coma_angle_rad)
        along = np.cos(self.contrast_angle_rad) * x_px + np.sin(self.contrast_angle_rad) * y_px
        reach = np.sqrt(x_px**2 + y_px**2 + self.contrast_radius_px**2)
        return x, y, 1 + self.contrast * along / reach

    def slopes(self, x_px: Array, y_px: Array) -> tuple[Array, Array, Array, Array, Array, Array]:
        """Return the derivatives of `seen`: of x by x, x by y, y by x, y by y, of the exponent by x and by y."""
        cos, sin = np.cos(2 * self.ellipse_angle_rad), np.sin(2 * self.ellipse_angle_rad)
        coma = 2 * self.coma_px / self.coma_radius_px**2
        coma_x, coma_y = coma * np.cos(self.coma_angle_rad), coma * np.sin(self.coma_angle_rad)
        c, s = np.cos(self.contrast_angle_rad), np.sin(self.contrast_angle_rad)
        square = x_px**2 + y_px**2 + self.contrast_radius_px**2
        along, reach = c * x_px + s * y_px, np.sqrt(square)
        return (
            1 + self.ellipse * cos - coma_x * x_px,
            self.ellipse * sin - coma_x * y_px,
            self.ellipse * sin - coma_y * x_px,
            1 - self.ellipse * cos - coma_y * y_px,
            self.contrast * (c - along * x_px / square) / reach,
            self.contrast * (s - along * y_px / square) / reach,
        )


SYMMETRIC = Asymmetry()
TYPICAL = Asymmetry(ellipse=0.015, coma_px=0.25, contrast=0.06)
"""As far from symmetric as beads of real images are."""
