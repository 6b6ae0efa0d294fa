"""The sample: which beads there are, and what the magnets do to them."""

import numpy as np
from numpy.typing import NDArray

from beadline.physics import (
    drag_pn_s_per_nm,
    parallel_wall_factor,
    perpendicular_wall_factor,
    wlc_extension_nm,
    wlc_stiffness_pn_per_nm,
)

from .brownian import harmonic_motion
from .layout import spread_beads
from .world_settings import WorldSettings

Floats = NDArray[np.float64]

LOW_FORCE_PN = 0.2
"""Net force below which a tether is not in a harmonic well."""
_FORCES_PN = np.geomspace(0.9 * LOW_FORCE_PN, 1000.0, 4096)


class Sample:
    """Beads that do not change.

    Attributes:
        settings: of the world.
        positions_px: anchor of each bead on the sensor, tethers first, shape (beads, 2).
        contours_nm: length of each molecule [nm], shape (tethers,).
        force_scales: force on each bead relative to the law, shape (beads,).
    """

    def __init__(self, settings: WorldSettings) -> None:
        """Draw a sample by the seed."""
        s, rng = settings, np.random.default_rng(settings.seed)
        self.settings = settings
        self.positions_px = spread_beads(settings, rng)
        self.contours_nm = s.contour_nm * (1 + s.contour_scatter * rng.standard_normal(s.tethers))
        self.force_scales = np.exp(s.force_scatter * rng.standard_normal(s.beads))
        self._law = s.law
        self._drag_pn_s_per_nm = float(drag_pn_s_per_nm(s.kind.radius_nm, s.viscosity_pn_s_per_nm2))
        self._log_forces = np.log(_FORCES_PN)
        # a chain of length 1: the extension of another grows with its contour, the stiffness falls
        self._extensions = wlc_extension_nm(_FORCES_PN, 1.0, s.persistence_nm, s.temperature_k)
        self._log_stiffnesses = np.log(wlc_stiffness_pn_per_nm(_FORCES_PN, 1.0, s.persistence_nm, s.temperature_k))

    @property
    def chains(self) -> Floats:
        """Constants of each tether for the small steps: see `kernels.move_tethers`."""
        s = self.settings
        one = np.ones_like(self.contours_nm)
        columns = (
            self.contours_nm,
            one * s.thermal_pn_nm / s.persistence_nm,
            one * s.thermal_pn_nm,
            one * s.kind.radius_nm,
            one * self._drag_pn_s_per_nm,
        )
        return np.ascontiguousarray(np.stack(columns, axis=-1))

    def forces_pn(self, height_mm: float) -> Floats:
        """Return the net force on each bead, magnets less weight [pN], shape (beads,)."""
        return self._law.force_pn(height_mm) * self.force_scales - self.settings.kind.weight_pn

    def extensions_nm(self, forces_pn: Floats) -> Floats:
        """Return the mean extension of each tether [nm]; NaN below the force where there is a harmonic well."""
        forces = np.maximum(forces_pn, LOW_FORCE_PN)
        extension = np.interp(np.log(forces), self._log_forces, self._extensions) * self.contours_nm
        return np.where(forces_pn >= LOW_FORCE_PN, extension, np.nan)

    def motion(self, forces_pn: Floats, dead_s: float, exposure_s: float) -> Floats:
        """Return the coefficients of one frame of motion along x, y, z of each tether, shape (tethers, 3, 8).

        Those of a tether below `LOW_FORCE_PN` are for that force and not to be used.
        """
        s, radius_nm = self.settings, self.settings.kind.radius_nm
        forces = np.maximum(forces_pn, LOW_FORCE_PN)
        extension = np.interp(np.log(forces), self._log_forces, self._extensions) * self.contours_nm
        along = np.exp(np.interp(np.log(forces), self._log_forces, self._log_stiffnesses)) / self.contours_nm
        across = forces / extension
        height_nm = extension + radius_nm
        drag_across = self._drag_pn_s_per_nm * parallel_wall_factor(radius_nm, height_nm)
        drag_along = self._drag_pn_s_per_nm * perpendicular_wall_factor(radius_nm, height_nm)
        return harmonic_motion(
            np.stack((0 * extension, 0 * extension, extension), axis=-1),
            np.stack((across, across, along), axis=-1),
            np.stack((drag_across, drag_across, drag_along), axis=-1),
            s.thermal_pn_nm,
            dead_s=dead_s,
            exposure_s=exposure_s,
        )
