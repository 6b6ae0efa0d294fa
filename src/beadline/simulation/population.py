"""Which tether is of which class, and what that makes of it: drawn once, by the seed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .tether_settings import CLASSES
from .world_settings import WorldSettings

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_STREAM = 7_001
_FREE_PART = (0.1, 0.4)
_OFF_CENTRE_DEG = (20.0, 50.0)
_APART_NM = (100.0, 500.0)
_MOST_OF_CONTOUR = 0.3


@dataclass(frozen=True, eq=False)
class Population:
    """The tethers of a sample, one row each.

    Attributes:
        classes: name of the class of each.
        contours_nm: length of each molecule that is free [nm].
        polar_deg: angle between the attachment and the lowest point of the bead [°]; above 0 it lies along the field.
        apart_nm: distance of the anchors of the two molecules of a double tether [nm], 0 for others.
    """

    classes: NDArray[np.str_]
    contours_nm: Floats
    polar_deg: Floats
    apart_nm: Floats

    @property
    def coilable(self) -> Flags:
        """Which feel the turns of the magnets as a twist."""
        return np.isin(self.classes, ("coilable", "off-centre", "sticky"))

    @property
    def double(self) -> Flags:
        """Which have two molecules."""
        return self.classes == "double"

    @property
    def sticky(self) -> Flags:
        """Which are caught by the surface."""
        return self.classes == "sticky"


def draw_population(settings: WorldSettings, contours_nm: Floats) -> Population:
    """Draw the classes, exactly by their shares but for rounding, and what differs from tether to tether.

    Args:
        settings: of the world.
        contours_nm: length of each molecule [nm], shape (tethers,).
    """
    rng = np.random.default_rng([settings.seed, _STREAM])
    count, shares = settings.tethers, settings.molecules.classes
    ends = np.round(np.cumsum([shares.get(each, 0.0) for each in CLASSES]) * count).astype(int)
    ordered = np.repeat(np.array(CLASSES), np.diff(ends, prepend=0))
    classes = rng.permutation(ordered) if len(shares) > 1 else ordered
    free = np.where(classes == "stuck", rng.uniform(*_FREE_PART, count), 1.0) * contours_nm
    # an attachment that is higher than a part of the molecule could hold its bead only against the surface
    steepest_deg = np.rad2deg(np.arccos(1 - np.minimum(_MOST_OF_CONTOUR * free / settings.kind.radius_nm, 1)))
    polar_deg = np.minimum(rng.uniform(*_OFF_CENTRE_DEG, count), steepest_deg)
    apart_nm = np.minimum(rng.uniform(*_APART_NM, count), _MOST_OF_CONTOUR * free)
    return Population(
        classes=classes,
        contours_nm=free,
        polar_deg=np.where(classes == "off-centre", polar_deg, 0.0),
        apart_nm=np.where(classes == "double", apart_nm, 0.0),
    )
