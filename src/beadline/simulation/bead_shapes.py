"""How each bead of the sample deviates from a round one, and what else lies on the glass."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .optics import TYPICAL, Asymmetry, BeadOptics
from .world import Exposure
from .world_settings import WorldSettings

Floats = NDArray[np.float64]

_BEADS, _DIRT = 0x0B, 0x0D
"""Which of the random numbers of a seed."""
_LEAST, _MOST = 0.5, 1.5
_DIRT_RADIUS_NM, _DIRT_INDEX, _DIRT_EXTINCTION = 250.0, 1.5, 0.01
_DIRT_STRENGTH, _DIRT_ELLIPSE = (0.3, 1.5), 0.2


@dataclass(frozen=True, eq=False)
class GlassDirt:
    """Small particles that lie on the glass.

    Attributes:
        positions_px: on the sensor while nothing drifts, shape (pieces, 2).
        shapes: see `kernel_shapes`.
        radius_nm: height of their centres above the glass [nm].
    """

    positions_px: Floats
    shapes: NDArray[np.float32]
    radius_nm: float = _DIRT_RADIUS_NM

    def seen(self, exposure: Exposure, corner_px: tuple[int, int], pixel_size_nm: float) -> Floats:
        """Return x and y in a part of the sensor [px] and the defocus [nm] of each piece, shape (pieces, 3)."""
        drift_x_nm, drift_y_nm, height_nm = exposure.surface_nm
        drift_px = np.array((drift_x_nm, drift_y_nm)) / pixel_size_nm
        defocus_nm = np.full(len(self.positions_px), height_nm + self.radius_nm)
        return np.column_stack((self.positions_px + drift_px - corner_px, defocus_nm))


def bead_asymmetries(settings: WorldSettings) -> list[Asymmetry]:
    """Return how each bead deviates from a round one, tethers first: half to 1.5 times as much as is set."""
    s, rng = settings, np.random.default_rng([settings.seed, _BEADS])
    angles = rng.uniform(0, 2 * np.pi, (s.beads, 3))
    much = s.light.asymmetry * rng.uniform(_LEAST, _MOST, (s.beads, 3))
    return [
        Asymmetry(
            ellipse=TYPICAL.ellipse * by[0],
            ellipse_angle_rad=angle[0],
            coma_px=TYPICAL.coma_px * by[1],
            coma_angle_rad=angle[1],
            contrast=TYPICAL.contrast * by[2],
            contrast_angle_rad=angle[2],
        )
        for angle, by in zip(angles.tolist(), much.tolist(), strict=True)
    ]


def kernel_shapes(asymmetries: list[Asymmetry], strengths: Floats) -> NDArray[np.float32]:
    """Return asymmetries as `shape_kernels.add_shaped_rings` takes them, shape (beads, 8)."""
    rows = [
        (
            a.ellipse * np.cos(2 * a.ellipse_angle_rad),
            a.ellipse * np.sin(2 * a.ellipse_angle_rad),
            a.coma_px / a.coma_radius_px**2 * np.cos(a.coma_angle_rad),
            a.coma_px / a.coma_radius_px**2 * np.sin(a.coma_angle_rad),
            a.contrast * np.cos(a.contrast_angle_rad),
            a.contrast * np.sin(a.contrast_angle_rad),
            a.contrast_radius_px**2,
            strength,
        )
        for a, strength in zip(asymmetries, strengths.tolist(), strict=True)
    ]
    return np.array(rows, np.float32).reshape(-1, 8)


def glass_dirt(settings: WorldSettings) -> GlassDirt:
    """Strew dirt on the glass by the seed."""
    s, rng = settings, np.random.default_rng([settings.seed, _DIRT])
    pieces = s.light.glass_dirt
    places = rng.uniform(0, 1, (pieces, 2)) * (s.width_px, s.height_px)
    ellipses, angles = rng.uniform(0, _DIRT_ELLIPSE, pieces), rng.uniform(0, np.pi, pieces)
    shapes = [Asymmetry(each, angle) for each, angle in zip(ellipses.tolist(), angles.tolist(), strict=True)]
    return GlassDirt(places, kernel_shapes(shapes, rng.uniform(*_DIRT_STRENGTH, pieces)))


def dirt_optics(settings: WorldSettings) -> BeadOptics:
    """Return what the image of a piece of dirt depends on: a small sphere."""
    s = settings
    depth_nm = s.focal_plane_nm + s.kind.radius_nm
    return s.light.of_sphere(_DIRT_RADIUS_NM, _DIRT_INDEX, _DIRT_EXTINCTION, s.pixel_size_nm, depth_nm)
