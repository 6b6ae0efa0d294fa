"""What can be chosen about lamp, objective and glass of the simulated microscope, checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .bead_kinds import BeadKind
from .checked_numbers import Ranges, checked
from .optics import BeadOptics

_RANGES: Ranges = {
    "wavelength_nm": (300, 1200, "nm"),
    "bandwidth_nm": (0, 200, "nm"),
    "numerical_aperture": (0.1, 1.5, ""),
    "medium_index": (1.0, 1.6, ""),
    "immersion_index": (1.0, 1.6, ""),
    "condenser_angle_rad": (0, 0.3, "rad"),
    "refractive_index": (1.0, 3.0, ""),
    "extinction": (0, 1, ""),
    "asymmetry": (0, 5, ""),
    "unevenness": (0, 0.9, ""),
    "dust": (0, 1000, "pieces"),
    "glass_dirt": (0, 1000, "pieces"),
}


@dataclass(frozen=True)
class LightPath:
    """Lamp, objective and glass as plain data; by default clean. The flicker of the lamp is in `InstrumentSettings`.

    Attributes:
        wavelength_nm: centre of the lamp's spectrum in vacuum [nm].
        bandwidth_nm: full width at half maximum of the spectrum, a Gaussian [nm].
        numerical_aperture: of the objective, below both indices.
        medium_index: refractive index around the beads.
        immersion_index: refractive index between objective and glass. Unlike the medium's, it gives the spherical
            aberration of the focal plane's depth at the start, at every focus.
        condenser_angle_rad: half the angle of the lamp's cone of light [rad].
        refractive_index: of the beads; None is that of their kind.
        extinction: imaginary part of the refractive index of the beads; None is that of their kind.
        asymmetry: how far the beads are from round: 0 not at all, 1 as beads of real images are, each in its own way.
        unevenness: how much brighter or darker than the average the light is at most across the sensor.
        dust: pieces of dust in the light path, which stay where they are on the sensor.
        glass_dirt: small particles on the glass, which drift with it and go out of focus like beads.
    """

    wavelength_nm: float = 625.0
    bandwidth_nm: float = 20.0
    numerical_aperture: float = 1.2
    medium_index: float = 1.33
    immersion_index: float = 1.33
    condenser_angle_rad: float = 0.03
    refractive_index: float | None = None
    extinction: float | None = None
    asymmetry: float = 0.0
    unevenness: float = 0.0
    dust: int = 0
    glass_dirt: int = 0

    @classmethod
    def from_plain(cls, settings: Mapping[str, Any]) -> "LightPath":
        """Make settings from plain data.

        Raises:
            ValueError: a setting is unknown or out of range.
            TypeError: a setting is of the wrong kind.
        """
        made = cls(**checked("The simulated light path", cls, settings, _RANGES))
        made.of_sphere(1000.0, 1.5, 0.0, 100.0, 0.0)  # a wrong numerical aperture is refused here
        return made

    def of_bead(self, kind: BeadKind, pixel_size_nm: float, focal_depth_nm: float) -> BeadOptics:
        """Return what the image of a bead depends on.

        Args:
            kind: the bead.
            pixel_size_nm: size of a pixel in the sample [nm].
            focal_depth_nm: of the focal plane in the medium, for the spherical aberration [nm].
        """
        index = kind.refractive_index if self.refractive_index is None else self.refractive_index
        extinction = kind.extinction if self.extinction is None else self.extinction
        return self.of_sphere(kind.radius_nm, index, extinction, pixel_size_nm, focal_depth_nm)

    def of_sphere(
        self,
        radius_nm: float,
        refractive_index: float,
        extinction: float,
        pixel_size_nm: float,
        focal_depth_nm: float,
    ) -> BeadOptics:
        """Return what the image of any sphere depends on, see `of_bead`."""
        return BeadOptics(
            radius_nm,
            refractive_index,
            extinction,
            wavelength_nm=self.wavelength_nm,
            bandwidth_nm=self.bandwidth_nm,
            numerical_aperture=self.numerical_aperture,
            medium_index=self.medium_index,
            immersion_index=self.immersion_index,
            condenser_angle_rad=self.condenser_angle_rad,
            pixel_size_nm=pixel_size_nm,
            focal_depth_nm=focal_depth_nm if self.immersion_index != self.medium_index else None,
        )
