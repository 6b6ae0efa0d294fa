"""What a camera is expected to see of a bead on a tether, moving sideways: all that a force is read from."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from beadline.physics import (
    RecordedWell,
    drag_pn_s_per_nm,
    parallel_wall_factor,
    rolling_modes,
    rotation_wall_factor,
    rotational_drag_pn_nm_s,
    short_pendulum_pn_per_nm,
    thermal_energy_pn_nm,
    water_viscosity_pn_s_per_nm2,
)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Camera:
    """How frames are taken.

    Attributes:
        frame_s: time from frame to frame [s].
        exposure_s: time for which a frame sees the bead [s]; None is frame_s.
    """

    frame_s: float
    exposure_s: float | None = None


@dataclass(frozen=True)
class Pendulum:
    """A bead on a tether and the direction in which it is watched.

    Along the field the bead cannot turn: a pendulum as long as the tether, one Lorentzian. Across the field it rolls: a
    pendulum longer by the radius, two Lorentzians (`rolling_modes`).

    Attributes:
        extension_nm: of the tether, from the surface to the bead [nm]; the force is proportional to it.
        radius_nm: of the bead [nm].
        direction: "short", along the field, or "long", across it.
        temperature_k: temperature [K].

    Raises:
        ValueError: extension or radius are not positive, or there is no such direction.
    """

    extension_nm: float
    radius_nm: float
    direction: Literal["short", "long"] = "short"
    temperature_k: float = 298.15

    def __post_init__(self) -> None:
        for name in ("extension_nm", "radius_nm"):
            if not (np.isfinite(getattr(self, name)) and getattr(self, name) > 0):
                raise ValueError(
                    f"A pendulum cannot have {name} = {getattr(self, name):g} nm: it must be finite and above 0 nm"
                )
        if self.direction not in {"short", "long"}:
            raise ValueError(f'A pendulum has no direction {self.direction!r}: it is "short" or "long"')

    @property
    def length_nm(self) -> float:
        """Length by which the variance tells the force, kT length / variance [nm]."""
        return self.extension_nm + (self.radius_nm if self.direction == "long" else 0.0)

    @property
    def thermal_energy_pn_nm(self) -> float:
        """The kT of its temperature [pN nm]."""
        return thermal_energy_pn_nm(self.temperature_k)

    @property
    def expected_drag_pn_s_per_nm(self) -> float:
        """Drag in water, near the surface, by Stokes and Faxén [pN s/nm]."""
        bulk = drag_pn_s_per_nm(self.radius_nm, water_viscosity_pn_s_per_nm2(self.temperature_k))
        return float(bulk * parallel_wall_factor(self.radius_nm, self._height_nm))

    def well(
        self, camera: Camera, force_pn: ArrayLike, drag_pn_s_per_nm: ArrayLike, noise_nm: ArrayLike = 0.0
    ) -> RecordedWell:
        """Return the motion as the camera sees it; what it is asked is then summed over the last axis.

        Args:
            camera: how frames are taken.
            force_pn: on the tether, any shape [pN]; broadcasts with drag and noise.
            drag_pn_s_per_nm: of the bead along the surface [pN s/nm].
            noise_nm: standard deviation of the tracking in one frame [nm].

        Returns:
            Numbers of shape (..., 1, parts): ask for points of shape (points, 1) and sum over the parts.
        """
        force, drag, noise = np.broadcast_arrays(
            *(np.asarray(each, dtype=np.float64) for each in (force_pn, drag_pn_s_per_nm, noise_nm))
        )
        if self.direction == "short":
            stiffnesses, drags = short_pendulum_pn_per_nm(force, self.extension_nm)[..., np.newaxis], drag[..., None]
        else:
            turning = drag * self._turning_nm2
            stiffnesses, drags = rolling_modes(force, self.extension_nm, self.radius_nm, drag, turning)
        parts = np.eye(1, stiffnesses.shape[-1])[0]
        return RecordedWell(
            stiffnesses[..., np.newaxis, :],
            drags[..., np.newaxis, :],
            camera.frame_s,
            camera.exposure_s,
            noise[..., np.newaxis, np.newaxis] * parts,
            self.temperature_k,
        )

    @property
    def _height_nm(self) -> float:
        return self.extension_nm + self.radius_nm

    @property
    def _turning_nm2(self) -> float:
        """Drag of rolling over drag along the surface [nm²]."""
        walls = rotation_wall_factor(self.radius_nm, self._height_nm) / parallel_wall_factor(
            self.radius_nm, self._height_nm
        )
        return float(rotational_drag_pn_nm_s(self.radius_nm, 1.0) / drag_pn_s_per_nm(self.radius_nm, 1.0) * walls)
