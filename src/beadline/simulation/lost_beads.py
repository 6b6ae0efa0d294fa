"""Beads that have lost their tether: they go where the force pulls them, and do not come back."""

import numpy as np
from numpy.typing import NDArray

from beadline.physics import drag_pn_s_per_nm

from .world_settings import WorldSettings

Floats = NDArray[np.float64]
CEILING_NM = 100_000.0
"""Height of the flow cell."""


class LostBeads:
    """Says how far each bead has gone since it came off."""

    def __init__(self, settings: WorldSettings) -> None:
        self._beads = settings.beads
        self._drag = drag_pn_s_per_nm(settings.kind.radius_nm, settings.viscosity_pn_s_per_nm2)
        self._ways_nm: dict[int, float] = {}

    @property
    def ids(self) -> list[int]:
        """Numbers of the beads that are lost, tethers first."""
        return sorted(self._ways_nm)

    def lose(self, bead: int) -> None:
        """Let a bead go.

        Raises:
            ValueError: there is no such bead.
        """
        if not 0 <= bead < self._beads:
            raise ValueError(f"Cannot lose bead {bead}: the sample has beads 0 to {self._beads - 1}, tethers first")
        self._ways_nm.setdefault(bead, 0.0)

    def rise(self, heights_nm: Floats, forces_pn: Floats, elapsed_s: float) -> None:
        """Move the lost ones on, between the floor and the ceiling of the flow cell, and add that to their heights.

        Args:
            heights_nm: as if none were lost, shape (beads,), changed.
            forces_pn: net force on each bead [pN], shape (beads,).
            elapsed_s: since the last time [s].
        """
        for bead, way_nm in list(self._ways_nm.items()):
            height_nm = float(heights_nm[bead])
            way_nm += float(forces_pn[bead]) / float(self._drag) * elapsed_s
            way_nm = min(max(way_nm, -height_nm), CEILING_NM - height_nm)
            self._ways_nm[bead] = way_nm
            heights_nm[bead] += way_nm
