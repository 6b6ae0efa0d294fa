"""The one world of the simulation: axes, lamp and sample, moved on frame by frame."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from beadline.physics import WLC_COEFFICIENTS

from . import kernels
from .axes import HEIGHT_HIGH_MM, HEIGHT_LOW_MM, focus_axis, height_axis, turns_axis
from .courses import Course
from .random_numbers import mixed, normals
from .sample import LOW_FORCE_PN, Sample
from .world_settings import WorldSettings

Floats = NDArray[np.float64]

START_FOCUS_UM, START_LAMP_PERCENT = 50.0, 60.0
_LOW_NM = 200.0
_LONGEST_PAUSE_S = 5.0
"""What moved longer ago is forgotten: no tether remembers 5 s."""
_WLC = np.array(WLC_COEFFICIENTS)
_SHAKEN = 2**40
"""Offset of the random keys of drift and focus from those of the tethers."""


@dataclass(frozen=True, eq=False)
class Exposure:
    """The truth about one frame; of what moves, the mean over the exposure.

    Attributes:
        id: of the frame.
        x_px: of each bead on the sensor, shape (beads,).
        y_px: of each bead on the sensor, shape (beads,).
        z_nm: height of the bottom of each bead above the surface [nm]: the extension of its tether.
        defocus_nm: height of the centre of each bead above the focal plane [nm].
        force_pn: net force on each bead [pN].
        magnet_height_mm: of the magnets [mm].
        focus_um: of the objective [µm].
        lamp_percent: brightness of the lamp [%].
        surface_nm: how far the glass has drifted along x and y, and its height above the focal plane [nm].
    """

    id: int
    x_px: Floats
    y_px: Floats
    z_nm: Floats
    defocus_nm: Floats
    force_pn: Floats
    magnet_height_mm: float
    focus_um: float
    lamp_percent: float
    surface_nm: tuple[float, float, float] = (0.0, 0.0, 0.0)


class World:
    """Everything but the camera."""

    def __init__(self, settings: WorldSettings, clock: Callable[[], float]) -> None:
        """Make the world and begin its time.

        Args:
            settings: what it is like.
            clock: the host's monotonic time [s].
        """
        self.settings = settings
        self.sample = Sample(settings)
        law = settings.law
        low_mm, high_mm = max(HEIGHT_LOW_MM, law.low_mm), min(HEIGHT_HIGH_MM, law.high_mm)
        self._focus = Course(START_FOCUS_UM, clock)
        self._height = Course(high_mm, clock)
        self.lamp = Course(START_LAMP_PERCENT, clock)
        self.axes = {
            "focus": focus_axis(self._focus),
            "magnet_height": height_axis(self._height, low_mm, high_mm),
            "magnet_turns": turns_axis(Course(0.0, clock)),
        }
        self.began_s = clock()
        self.newest: Exposure | None = None
        self._clock = clock
        self._ended_s = self.began_s
        self._walk_nm = np.zeros(3)
        self._places = self._first_places()
        self._means = np.empty_like(self._places)
        self._chains = self.sample.chains
        self._motion: tuple[tuple[float, float, float], Floats, Floats] | None = None

    def expose(self, frame_id: int, start_s: float, exposure_s: float) -> Exposure:
        """Move the world on to the end of an exposure and return the truth about it.

        Frames have to come in order; what happens depends on the seed, their ids and their times only.
        """
        middle_s = start_s + exposure_s / 2
        height_mm = self._height.at(middle_s)
        dead_s = min(max(start_s - self._ended_s, 0.0), _LONGEST_PAUSE_S)
        forces, coefficients = self._motion_at(height_mm, dead_s, exposure_s)
        tethers = self.settings.tethers
        kernels.move_tethers(
            self._key(frame_id),
            self._places,
            self._means,
            dead_s,
            exposure_s,
            forces[:tethers],
            coefficients,
            self._chains,
            _WLC,
            LOW_FORCE_PN,
            _LOW_NM,
        )
        self._ended_s = start_s + exposure_s
        self.newest = self._truth(frame_id, middle_s, dead_s + exposure_s, height_mm, forces)
        return self.newest

    def forces_now_pn(self) -> Floats:
        """Return the net force on each bead now [pN]."""
        return self.sample.forces_pn(self._height.now()[0])

    def noise_key(self, frame_id: int) -> np.uint64:
        """Return the random key of the camera noise of a frame."""
        return mixed(self._key(frame_id), 2 * _SHAKEN)

    def _truth(self, frame_id: int, middle_s: float, elapsed_s: float, height_mm: float, forces: Floats) -> Exposure:
        s = self.settings
        shaken = normals(mixed(self._key(frame_id), _SHAKEN), 4)
        self._walk_nm = self._walk_nm + s.drift_walk_nm_per_root_s * np.sqrt(elapsed_s) * shaken[:3]
        drift = self._steady_drift_nm(middle_s) + self._walk_nm
        focus_um = self._focus.at(middle_s) + s.focus_noise_nm / 1000 * float(shaken[3])
        places = np.zeros((s.beads, 3))
        places[: s.tethers] = self._means
        lateral = self.sample.positions_px + (places[:, :2] + drift[:2]) / s.pixel_size_nm
        centre_nm = places[:, 2] + drift[2]
        centre_nm[s.tethers :] += s.reference_kind.radius_nm - s.kind.radius_nm
        focal_plane_nm = s.focal_plane_nm + s.focal_factor * 1000 * (focus_um - START_FOCUS_UM)
        return Exposure(
            id=frame_id,
            x_px=lateral[:, 0],
            y_px=lateral[:, 1],
            z_nm=places[:, 2],
            defocus_nm=centre_nm - focal_plane_nm,
            force_pn=forces,
            magnet_height_mm=height_mm,
            focus_um=focus_um,
            lamp_percent=self.lamp.at(middle_s),
            surface_nm=(float(drift[0]), float(drift[1]), float(drift[2] - s.kind.radius_nm - focal_plane_nm)),
        )

    def _motion_at(self, height_mm: float, dead_s: float, exposure_s: float) -> tuple[Floats, Floats]:
        """Return forces and coefficients of motion, kept while nothing changes."""
        # the schedule is exact to less than a nanosecond; a dead time that differs by less is the same
        conditions = (height_mm, round(dead_s, 9), exposure_s)
        if self._motion is None or self._motion[0] != conditions:
            forces = self.sample.forces_pn(height_mm)
            motion = self.sample.motion(forces[: self.settings.tethers], dead_s, exposure_s)
            self._motion = (conditions, forces, motion)
        return self._motion[1], self._motion[2]

    def _first_places(self) -> Floats:
        """Start each tether at its mean extension, or close to the surface."""
        extension = self.sample.extensions_nm(self.forces_now_pn()[: self.settings.tethers])
        places = np.zeros((self.settings.tethers, 3))
        places[:, 2] = np.where(np.isnan(extension), _LOW_NM / 2, extension)
        return places

    def _steady_drift_nm(self, time_s: float) -> Floats:
        s, elapsed_s = self.settings, time_s - self.began_s
        drift = np.array(s.drift_nm_per_s) * elapsed_s
        drift[2] += s.drift_exponential_nm * (1 - np.exp(-elapsed_s / s.drift_exponential_s))
        return drift

    def _key(self, frame_id: int) -> np.uint64:
        return mixed(self.settings.seed, frame_id + 1)
