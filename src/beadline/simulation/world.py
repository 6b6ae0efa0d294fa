"""The one world of the simulation: axes, lamp and sample, moved on frame by frame."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from beadline.physics import WLC_COEFFICIENTS

from . import kernels, surroundings
from .axes import HEIGHT_HIGH_MM, HEIGHT_LOW_MM, focus_axis, height_axis, stage_axis, turns_axis
from .brownian import step_of_centre
from .courses import Course
from .events import NEAR_NM, RUPTURED, Event, Events
from .lost_beads import LostBeads
from .random_numbers import mixed, normals, stream
from .responses import LOW_FORCE_PN, Response
from .sample import Motion, Sample
from .world_settings import WorldSettings

Floats = NDArray[np.float64]

START_FOCUS_UM, START_LAMP_PERCENT = 50.0, 60.0
_LOWEST_START_NM = 100.0
_PIECE_MM, _PIECE_TURNS = 0.1, 1.0
"""By how much the magnets move on at most, on average, in a piece of the time between two frames."""
_GLIMPSE_S = 1e-3
_WLC = np.array(WLC_COEFFICIENTS)


@dataclass(frozen=True, eq=False)
class Exposure:
    """The truth about one frame; of what moves, the mean over the exposure.

    Attributes:
        id: of the frame.
        x_px: of each bead on the sensor, shape (beads,).
        y_px: of each bead on the sensor, shape (beads,).
        z_nm: height of the bottom of each bead above the surface [nm].
        defocus_nm: height of the centre of each bead above the focal plane [nm].
        force_pn: net force on each bead [pN].
        turns: in the molecule of each bead; this and what follows is empty in a truth that is only drawn.
        torque_pn_nm: of the molecule of each bead [pN nm].
        state: of each bead at the end of the exposure, see `Events.states`; 3 for a reference that is lost, too.
        events: of each bead so far.
        magnet_turns: of the magnets.
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
    turns: Floats = field(default_factory=lambda: np.empty(0))
    torque_pn_nm: Floats = field(default_factory=lambda: np.empty(0))
    state: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    events: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    magnet_turns: float = 0.0


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
        instrument = settings.instrument
        self._height = Course(high_mm, clock, play=instrument.magnet_backlash_mm, stops=(low_mm, high_mm))
        self._turns = Course(0.0, clock)
        self._stage = (Course(0.0, clock), Course(0.0, clock))
        self.lamp = Course(START_LAMP_PERCENT, clock)
        self.axes = {
            "focus": focus_axis(self._focus, instrument),
            "magnet_height": height_axis(self._height, low_mm, high_mm, instrument, clock),
            "magnet_turns": turns_axis(self._turns, instrument),
            "stage_x": stage_axis("stage_x", self._stage[0]),
            "stage_y": stage_axis("stage_y", self._stage[1]),
        }
        self.lost = LostBeads(settings)
        self.began_s = clock()
        self.newest: Exposure | None = None
        self._clock = clock
        self._ended_s = self.began_s
        self._walk_nm = np.zeros(3)
        self._places = self._first_places()
        self._means = np.zeros((settings.beads, 3))
        self.events = Events(self.sample, self.lost.gone[: settings.tethers])
        self._motion: tuple[tuple[float, ...], Floats, Response, Motion] | None = None

    def expose(self, frame_id: int, start_s: float, exposure_s: float) -> Exposure:
        """Move the world on to the end of an exposure and return the truth about it.

        Frames have to come in order; what happens depends on the seed, their ids and their times only.
        """
        key, middle_s = self._key(frame_id), start_s + exposure_s / 2
        elapsed_s = max(start_s - self._ended_s, 0.0)
        *earlier, begin_s = self._pieces(start_s)
        for n, (since_s, until_s) in enumerate(pairwise([*earlier, begin_s])):
            shown_s = min(_GLIMPSE_S, until_s - since_s)
            self._move_on(mixed(stream(key, "pause"), n), (since_s + until_s) / 2, until_s - since_s - shown_s, shown_s)
        of_tethers = self._move_on(key, middle_s, max(start_s - begin_s, 0.0), exposure_s)
        self._ended_s = start_s + exposure_s
        self.newest = self._truth(frame_id, middle_s, elapsed_s, exposure_s, **of_tethers)
        return self.newest

    def _pieces(self, until_s: float) -> list[float]:
        """Return when the pieces begin that the time since the last exposure is cut into [s].

        It is one piece if the magnets rest; else they move little in each.
        """
        since_s = self._ended_s
        changes = {moment for each in (self._height, self._turns) for moment in each.changes(since_s, until_s)}
        begins: list[float] = []
        for first_s, last_s in pairwise([since_s, *sorted(changes), until_s]):
            parts = (abs(each.at(last_s) - each.at(first_s)) for each in (self._height, self._turns))
            count = math.ceil(max(way / most for way, most in zip(parts, (_PIECE_MM, _PIECE_TURNS), strict=True)))
            begins += [first_s + (last_s - first_s) * n / count for n in range(count)] if count > 1 else [first_s]
        return begins

    def _move_on(self, key: np.uint64, at_s: float, pause_s: float, exposure_s: float) -> dict[str, Any]:
        """Let a pause and an exposure pass with the magnets as they are at a moment; return what `_truth` takes."""
        height_mm, magnet_turns = self._height.at(at_s), self._turns.at(at_s)
        dead_s = min(pause_s, self.sample.memory_s)
        forces, response, motion = self._motion_at(height_mm, magnet_turns, dead_s, exposure_s)
        tethers = self.settings.tethers
        pulls, places, means = forces[:tethers], self._places[:tethers], self._means[:tethers]
        angle = np.deg2rad(self.settings.molecules.field_angle_deg) + 2 * np.pi * magnet_turns
        near_s, free = np.zeros(tethers), self.events.free
        kernels.move_tethers(
            key,
            places,
            means,
            near_s,
            dead_s,
            exposure_s,
            pulls,
            motion.coefficients,
            motion.rolling,
            motion.chains,
            _WLC,
            LOW_FORCE_PN,
            motion.low_nm,
            NEAR_NM,
            ~free,
            np.array([np.cos(angle), np.sin(angle)]),
        )
        turns = self._turns_of_molecules(magnet_turns)
        near = near_s / (dead_s + exposure_s)
        happened = self.events.pass_time(pause_s + exposure_s, pulls, magnet_turns, near)
        caught = free & self.events.caught
        places[caught, 2] = np.minimum(places[caught, 2], NEAR_NM)
        self._follow(happened, pulls, motion, exposure_s)
        gone = self.lost.gone.copy()
        self.lost.drift(key, self._places, forces, pause_s + exposure_s)
        self._means[gone] = self._places[gone, :3]
        stuck = np.zeros(self.settings.references)
        return {
            "height_mm": height_mm,
            "magnet_turns": magnet_turns,
            "force_pn": forces,
            "turns": np.concatenate((turns, stuck)),
            "torque_pn_nm": np.concatenate((np.where(gone[:tethers], 0.0, response.torques_pn_nm), stuck)),
        }

    def forces_now_pn(self) -> Floats:
        """Return the net force on each bead now [pN]."""
        return self.sample.forces_pn(self._height.load_now())

    def mean_extensions_nm(self) -> Floats:
        """Return the mean height of the bottom of each tether's bead with the magnets where they are now [nm].

        NaN for one that is not stretched, or that something else than its molecule holds, or nothing.
        """
        pulls, turns = self.forces_now_pn()[: self.settings.tethers], self._turns_of_molecules(self._turns.now()[0])
        heights = self.sample.extensions_nm(pulls, turns, self.events.longer_nm)
        return np.where(self.events.free, heights, np.nan)

    def noise_key(self, frame_id: int) -> np.uint64:
        """Return the random key of the camera noise of a frame."""
        return stream(self._key(frame_id), "noise")

    def _truth(
        self, frame_id: int, middle_s: float, pause_s: float, exposure_s: float, *, height_mm: float, **of_tethers: Any
    ) -> Exposure:
        s, elapsed_s = self.settings, pause_s + exposure_s
        shaken = normals(stream(self._key(frame_id), "shaken"), 5)
        self._walk_nm = self._walk_nm + s.drift_walk_nm_per_root_s * np.sqrt(elapsed_s) * shaken[:3]
        drift = self._steady_drift_nm(middle_s) + self._walk_nm
        drift += surroundings.shift_nm(s.instrument, middle_s - self.began_s, exposure_s)
        drift[:2] += [1000 * each.at(middle_s) for each in self._stage]
        focus_um = self._focus.at(middle_s) + s.focus_noise_nm / 1000 * float(shaken[3])
        places = self._means.copy()
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
            state=np.concatenate((self.events.states, RUPTURED * self.lost.gone[s.tethers :])),
            events=np.concatenate((self.events.counts, np.zeros(s.references, np.int64))),
            **of_tethers,
            magnet_height_mm=height_mm,
            focus_um=focus_um,
            lamp_percent=self.lamp.at(middle_s) * max(1 + s.instrument.lamp_flicker * float(shaken[4]), 0.0),
            surface_nm=(float(drift[0]), float(drift[1]), float(drift[2] - s.kind.radius_nm - focal_plane_nm)),
        )

    def _turns_of_molecules(self, magnet_turns: float) -> Floats:
        return magnet_turns - self.events.removed_turns

    def _motion_at(
        self, height_mm: float, magnet_turns: float, dead_s: float, exposure_s: float
    ) -> tuple[Floats, Response, Motion]:
        """Return forces, responses and motion, kept while nothing changes."""
        # the schedule is exact to less than a nanosecond; a dead time that differs by less is the same
        conditions = (height_mm, magnet_turns, round(dead_s, 9), exposure_s, float(self.events.counts.sum()))
        if self._motion is None or self._motion[0] != conditions:
            forces = self.sample.forces_pn(height_mm)
            pulls = forces[: self.settings.tethers]
            response = self.sample.response(pulls, self._turns_of_molecules(magnet_turns), self.events.longer_nm)
            motion = self.sample.motion(pulls, response, dead_s, exposure_s)
            self._motion = (conditions, forces, response, motion)
        return self._motion[1:]

    def _follow(self, happened: list[Event], pulls: Floats, motion: Motion, exposure_s: float) -> None:
        """Let stretched beads follow what happened to their molecules; the others wander on with the new ones."""
        for event in happened:
            i = event.tether
            if pulls[i] >= LOW_FORCE_PN and self._places[i, 2] >= motion.low_nm[i]:
                mean, end = step_of_centre(event.before_end_s, exposure_s, float(motion.rising_per_s[i]))
                self._means[i, 2] += mean * event.longer_nm
                self._places[i, 2] += end * event.longer_nm

    def _first_places(self) -> Floats:
        """Start each tether at its mean extension, or close to the surface, and each reference on it."""
        extension = self.sample.extensions_nm(self.forces_now_pn()[: self.settings.tethers])
        places = np.zeros((self.settings.beads, 4))
        places[: self.settings.tethers, 2] = np.where(np.isnan(extension), _LOWEST_START_NM, extension)
        return places

    def _steady_drift_nm(self, time_s: float) -> Floats:
        s, elapsed_s = self.settings, time_s - self.began_s
        drift = np.array(s.drift_nm_per_s) * elapsed_s
        drift[2] += s.drift_exponential_nm * (1 - np.exp(-elapsed_s / s.drift_exponential_s))
        return drift

    def _key(self, frame_id: int) -> np.uint64:
        return mixed(self.settings.seed, frame_id + 1)
