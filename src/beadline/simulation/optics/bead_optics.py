"""What an image of a bead depends on, besides where the bead is."""

import hashlib
import json
from dataclasses import asdict, dataclass

import numpy as np


@dataclass(frozen=True)
class BeadOptics:
    """A sphere, the light and the objective.

    Attributes:
        radius_nm: of the sphere [nm].
        refractive_index: of the sphere.
        extinction: imaginary part of its refractive index.
        wavelength_nm: centre of the spectrum in vacuum [nm].
        bandwidth_nm: full width at half maximum of the spectrum, a Gaussian [nm].
        numerical_aperture: of the objective.
        medium_index: refractive index around the bead.
        immersion_index: refractive index in which the focus moves; with water immersion that of the medium.
        condenser_angle_rad: half the angle of the cone of light [rad].
        pixel_size_nm: size of a pixel in the sample [nm].
        focal_depth_nm: depth of the focal plane in the medium [nm]. With it, heights are those of the bead in the
            medium, and an immersion unlike the medium gives the spherical aberration of that depth; None takes them
            as ways of the focus in the immersion.

    Raises:
        ValueError: a value is out of its range.
    """

    radius_nm: float
    refractive_index: float
    extinction: float = 0.0
    wavelength_nm: float = 625.0
    bandwidth_nm: float = 20.0
    numerical_aperture: float = 1.2
    medium_index: float = 1.33
    immersion_index: float = 1.33
    condenser_angle_rad: float = 0.03
    pixel_size_nm: float = 112.0
    focal_depth_nm: float | None = None

    def __post_init__(self) -> None:
        for name in ("radius_nm", "refractive_index", "wavelength_nm", "numerical_aperture", "pixel_size_nm"):
            if not getattr(self, name) > 0:
                raise ValueError(f"Cannot image a bead with {name} = {getattr(self, name)}: it must be greater than 0")
        for name in ("extinction", "bandwidth_nm", "condenser_angle_rad"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"Cannot image a bead with {name} = {getattr(self, name)}: it must be 0 or more")
        lowest = min(self.medium_index, self.immersion_index)
        if not self.numerical_aperture < lowest:
            raise ValueError(
                f"Cannot image a bead with a numerical aperture of {self.numerical_aperture}: it must be below "
                f"{lowest}, the smaller index of medium and immersion, as evanescent waves are not computed"
            )

    @property
    def widest_angle_rad(self) -> float:
        """Half the angle of the cone in the medium that the objective takes in [rad]."""
        return float(np.arcsin(self.numerical_aperture / self.medium_index))

    @property
    def key(self) -> str:
        """SHA-256 of all values, the same on every machine."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()
