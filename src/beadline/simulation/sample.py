"""The sample: which beads there are, and what the magnets do to them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from beadline.physics import (
    drag_pn_s_per_nm,
    parallel_wall_factor,
    perpendicular_wall_factor,
    rolling_descent_nm,
    rolling_modes,
    rotation_wall_factor,
    rotational_drag_pn_nm_s,
)

from .brownian import harmonic_motion
from .layout import spread_beads
from .population import draw_population
from .responses import LOW_FORCE_PN, Response, Responses
from .world_settings import WorldSettings

Floats = NDArray[np.float64]

_LOW_NM, _SHORTEST_NM = 200.0, 50.0
_HARMONIC_SPREADS = 6.0


@dataclass(frozen=True, eq=False)
class Motion:
    """How the tethers move in one frame, as `kernels.move_tethers` takes it."""

    coefficients: Floats
    rolling: Floats
    chains: Floats
    low_nm: Floats
    rising_per_s: Floats


class Sample:
    """Beads that do not change.

    Attributes:
        settings: of the world.
        positions_px: anchor of each bead on the sensor, tethers first, shape (beads, 2).
        force_scales: force on each bead relative to the law, shape (beads,).
        population: the tethers and their classes.
        responses: of the tethers to force and turns.
    """

    def __init__(self, settings: WorldSettings) -> None:
        """Draw a sample by the seed."""
        s, rng = settings, np.random.default_rng(settings.seed)
        self.settings = settings
        self.positions_px = spread_beads(settings, rng)
        contours_nm = s.contour_nm * (1 + s.contour_scatter * rng.standard_normal(s.tethers))
        self.force_scales = np.exp(s.force_scatter * rng.standard_normal(s.beads))
        self.population = draw_population(settings, contours_nm)
        self.responses = Responses(settings, self.population)
        self._law = s.law
        self._drag = float(drag_pn_s_per_nm(s.kind.radius_nm, s.viscosity_pn_s_per_nm2))
        self._turning_drag = float(rotational_drag_pn_nm_s(s.kind.radius_nm, s.viscosity_pn_s_per_nm2))
        polar = np.deg2rad(self.population.polar_deg)
        self._levers_nm, self._offsets_nm = s.kind.radius_nm * np.cos(polar), s.kind.radius_nm * np.sin(polar)
        # two molecules hold a bead so that it cannot roll
        self._rolls = ~self.population.double & s.molecules.rolling

    @property
    def memory_s(self) -> float:
        """Time after which a bead that wanders has forgotten where it was [s]; one that is stretched forgets sooner.

        The slowest it does is to roll to its other side and move there along the surface with the chain: the variance
        of where it may be, times the drag on the surface, over kT, is about four relaxation times. Twice that is taken.
        """
        s, radius_nm = self.settings, self.settings.kind.radius_nm
        drag = self._drag * float(parallel_wall_factor(radius_nm, radius_nm))
        turning = self._turning_drag * float(rotation_wall_factor(radius_nm, radius_nm))
        chain_nm2 = 2 / 3 * s.persistence_nm * float(self.contours_nm.max(initial=0.0))
        return 2 * (drag * (chain_nm2 + radius_nm**2) + turning) / s.thermal_pn_nm

    @property
    def contours_nm(self) -> Floats:
        """Length of each molecule that is free [nm], shape (tethers,)."""
        return self.population.contours_nm

    def forces_pn(self, height_mm: float) -> Floats:
        """Return the net force on each bead, magnets less weight [pN], shape (beads,)."""
        return self._law.force_pn(height_mm) * self.force_scales - self.settings.kind.weight_pn

    def response(self, forces_pn: Floats, turns: Floats | float = 0.0, longer_nm: Floats | float = 0.0) -> Response:
        """Return how the tethers answer a force [pN] and turns, each `longer_nm` [nm] by something that opened."""
        rest = np.zeros_like(forces_pn)
        return self.responses.at(forces_pn, turns + rest, longer_nm + rest)

    def extensions_nm(self, forces_pn: Floats, turns: Floats | float = 0.0, longer_nm: Floats | float = 0.0) -> Floats:
        """Return the mean height of the bottom of each bead [nm].

        That is the extension for a bead that is attached there, less what rolling takes, see `rolling_descent_nm`. NaN
        below the force where there is a harmonic well.
        """
        extensions = self.response(forces_pn, turns, longer_nm).extensions_nm
        return np.where(forces_pn >= LOW_FORCE_PN, self._bottoms_nm(forces_pn, extensions), np.nan)

    def motion(self, forces_pn: Floats, response: Response, dead_s: float, exposure_s: float) -> Motion:
        """Return the motion in one frame; of a tether below `LOW_FORCE_PN` the wells are for that force."""
        s, radius_nm = self.settings, self.settings.kind.radius_nm
        forces, extension, along = (
            np.maximum(forces_pn, LOW_FORCE_PN),
            response.extensions_nm,
            response.stiffnesses_pn_per_nm,
        )
        bottom_nm = self._bottoms_nm(forces, extension)
        height_nm = bottom_nm + radius_nm
        drag_across = self._drag * parallel_wall_factor(radius_nm, height_nm)
        # on the wall itself nothing would move; there tethers wander
        drag_along = self._drag * perpendicular_wall_factor(radius_nm, height_nm + 1.0)
        stiffness, drag, rolling = self._across(forces, extension, drag_across, height_nm)
        rest = 0 * extension
        coefficients = harmonic_motion(
            np.stack((self._offsets_nm, rest, bottom_nm, rest), axis=-1),
            np.stack((forces / extension, stiffness[:, 0], along, stiffness[:, 1]), axis=-1),
            np.stack((drag_across, drag[:, 0], drag_along, drag[:, 1]), axis=-1),
            s.thermal_pn_nm,
            dead_s=dead_s,
            exposure_s=exposure_s,
        )
        coefficients[~self._rolls, 3] = 0.0
        spread_nm = np.sqrt(s.thermal_pn_nm / along)
        low_nm = np.where(bottom_nm > _HARMONIC_SPREADS * spread_nm, np.minimum(_LOW_NM, bottom_nm / 2), _LOW_NM)
        return Motion(coefficients, rolling, self._chains(response), low_nm, along / drag_along)

    @property
    def _sunk_nm(self) -> Floats:
        """By how much each bead hangs lower than if it were attached at its lowest point [nm]."""
        return self.settings.kind.radius_nm - self._levers_nm

    def _bottoms_nm(self, forces_pn: Floats, extensions_nm: Floats) -> Floats:
        """Mean height of the bottom of each bead under its force, or the least one of a harmonic well [nm]."""
        forces = np.maximum(forces_pn, LOW_FORCE_PN)
        descent_nm = rolling_descent_nm(forces, self._levers_nm, self.settings.temperature_k)
        return np.maximum(extensions_nm - self._sunk_nm - np.where(self._rolls, descent_nm, 0.0), 0.0)

    def _across(
        self, forces: Floats, extension: Floats, drag: Floats, height_nm: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """Stiffness and drag of the slow and the fast motion across the field, and how they are mixed."""
        turning = self._turning_drag * rotation_wall_factor(self.settings.kind.radius_nm, height_nm)
        stiffness, drags = rolling_modes(forces, extension, self._levers_nm, drag, turning)
        slow, ratio = drag / drags[:, 0], np.sqrt(turning / drag)
        share = np.sqrt((1 - slow) / slow)
        rolling = np.stack((slow, slow * share * ratio, share / ratio, -1 / (share * ratio)), axis=-1)
        plain = ~self._rolls
        stiffness[plain], drags[plain] = (forces / extension)[plain, np.newaxis], drag[plain, np.newaxis]
        rolling[plain] = (1.0, 0.0, 0.0, 0.0)
        return stiffness, drags, rolling

    def _chains(self, response: Response) -> Floats:
        """Constants of each tether for the small steps: see `kernels.move_tethers`."""
        s = self.settings
        one = np.ones_like(self.contours_nm)
        columns = (
            # however far it is wound up, it reaches its attachment
            np.maximum(response.free_nm, self._sunk_nm + _SHORTEST_NM),
            np.where(self.population.double, 2.0, 1.0) * s.thermal_pn_nm / s.persistence_nm,
            one * s.thermal_pn_nm,
            one * s.kind.radius_nm,
            one * self._drag,
            np.where(self._rolls, self._turning_drag, np.inf),
            self._levers_nm,
            self._offsets_nm,
        )
        return np.ascontiguousarray(np.stack(columns, axis=-1))
