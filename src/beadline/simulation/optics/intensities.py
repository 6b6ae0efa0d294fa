"""I(rho, z): the intensity around a bead against radius and height, as a smooth function with its slopes."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline


def even_spline(radii: NDArray[Any], values: NDArray[np.float64]) -> CubicSpline:
    """Return the cubic spline through values along the last axis that is level at radius 0."""
    mirrored = np.concatenate((-radii[:0:-1], radii)), np.concatenate((values[..., :0:-1], values), axis=-1)
    return CubicSpline(*mirrored, axis=-1)


@dataclass(frozen=True, eq=False)
class RadialCourse:
    """The intensity of one height against radius: a cubic between the radii of the table.

    Attributes:
        step_px: distance of two radii [px].
        coefficients: of the powers 0 to 3 of the part of a step, shape (4, radii - 1).
    """

    step_px: float
    coefficients: NDArray[np.float64]

    def __call__(self, radius_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the intensity at radii, same shape.

        Raises:
            ValueError: a radius is outside the table.
        """
        place, part = self._place(radius_px)
        c0, c1, c2, c3 = (power.take(place) for power in self.coefficients)
        return c0 + part * (c1 + part * (c2 + part * c3))

    def with_slope(self, radius_px: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the intensity at radii and its slope [1/px], same shapes.

        Raises:
            ValueError: a radius is outside the table.
        """
        place, part = self._place(radius_px)
        c0, c1, c2, c3 = (power.take(place) for power in self.coefficients)
        value = c0 + part * (c1 + part * (c2 + part * c3))
        return value, (c1 + part * (2 * c2 + part * 3 * c3)) / self.step_px

    def _place(self, radius_px: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        steps = radius_px / self.step_px
        if steps.size and not steps.max() < self.coefficients.shape[1]:
            raise ValueError(
                f"Cannot tell the light {radius_px.max():.1f} px from a bead: the table reaches "
                f"{self.coefficients.shape[1] * self.step_px:.1f} px; make a larger one"
            )
        place = steps.astype(np.intp)
        return place, steps - place


@dataclass(frozen=True, eq=False)
class IntensityTable:
    """Intensity around a bead relative to the background, tabulated; between the entries bicubic splines.

    Attributes:
        z_nm: heights [nm], increasing evenly, shape (planes,).
        step_px: distance of two radii [px]; the first is 0.
        values: 1 is the background, shape (planes, radii).
        pixel_size_nm: what a pixel is in the sample [nm].
    """

    z_nm: NDArray[np.float64]
    step_px: float
    values: NDArray[np.float64]
    pixel_size_nm: float

    @property
    def radius_px(self) -> float:
        """How far the table reaches [px]."""
        return (self.values.shape[1] - 1) * self.step_px

    def at(self, z_nm: float) -> RadialCourse:
        """Return the intensity at a height.

        Raises:
            ValueError: the height is outside the table.
        """
        return self._course(z_nm, 0)

    def slope_at(self, z_nm: float) -> RadialCourse:
        """Return the derivative of the intensity with respect to height [1/nm], at a height.

        Raises:
            ValueError: the height is outside the table.
        """
        return self._course(z_nm, 1)

    def _course(self, z_nm: float, order: int) -> RadialCourse:
        if not self.z_nm[0] <= z_nm <= self.z_nm[-1]:
            raise ValueError(
                f"Cannot tell the light of a bead at {z_nm:.0f} nm: the table reaches from {self.z_nm[0]:.0f} to "
                f"{self.z_nm[-1]:.0f} nm; make a larger one"
            )
        value, slope = self._splines(z_nm, order).reshape(2, -1)
        v0, v1, s0, s1 = value[:-1], value[1:], slope[:-1], slope[1:]
        rise = v1 - v0
        return RadialCourse(self.step_px, np.stack((v0, s0, 3 * rise - 2 * s0 - s1, s0 + s1 - 2 * rise)))

    @cached_property
    def _splines(self) -> CubicSpline:
        """Splines along z of the values and of their slopes along the radius, per step."""
        radii = np.arange(self.values.shape[1])
        slopes = even_spline(radii, self.values)(radii, 1)
        return CubicSpline(self.z_nm, np.concatenate((self.values, slopes), axis=1), axis=0)
