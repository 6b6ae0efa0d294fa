"""Beads that nothing holds any more: they go where the force pulls them, at random, and do not come back."""

import numpy as np
from numpy.typing import NDArray

from beadline.physics import drag_pn_s_per_nm

from .random_numbers import exponential, mixed, normals, stream
from .world_settings import WorldSettings

Floats = NDArray[np.float64]
CEILING_NM = 100_000.0
"""Height of the flow cell: no bead rises further."""
_TO_LOWEST = 6
"""Counter of the draw of the lowest point, after the two of each of the three normal numbers."""


class LostBeads:
    """Which beads are lost, whatever has let them go, and where they drift.

    Attributes:
        gone: which beads are lost, tethers first, shape (beads,).
    """

    def __init__(self, settings: WorldSettings) -> None:
        """Begin with none."""
        drag = float(drag_pn_s_per_nm(settings.kind.radius_nm, settings.viscosity_pn_s_per_nm2))
        self.gone = np.zeros(settings.beads, bool)
        self._mobility = 1 / drag
        self._diffusion = settings.thermal_pn_nm / drag

    @property
    def ids(self) -> list[int]:
        """Numbers of the beads that are lost, tethers first."""
        return np.flatnonzero(self.gone).tolist()

    def lose(self, bead: int) -> None:
        """Let a bead go.

        Raises:
            ValueError: there is no such bead.
        """
        if not 0 <= bead < len(self.gone):
            raise ValueError(f"Cannot lose bead {bead}: the sample has beads 0 to {len(self.gone) - 1}, tethers first")
        self.gone[bead] = True

    def drift(self, key: np.uint64, places: Floats, forces_pn: Floats, elapsed_s: float) -> None:
        """Move the lost ones on, between the floor and the ceiling of the flow cell.

        Exact for a drag that does not change with the height, however long the time: Brownian motion with a drift that
        a floor reflects is its free course, lifted by as much as the lowest point of this lies below the floor.

        Args:
            key: random key of the frame.
            places: x, y, z relative to the anchor of each bead [nm], shape (beads, 3 or more), is changed.
            forces_pn: net force on each bead [pN], shape (beads,).
            elapsed_s: for how long [s].
        """
        variance = 2 * self._diffusion * elapsed_s
        for i in self.ids:
            own = mixed(stream(key, "lost beads"), i)
            begin = float(places[i, 2])
            places[i, :3] += np.sqrt(variance) * normals(own, 3)
            end = float(places[i, 2]) + float(forces_pn[i]) * self._mobility * elapsed_s
            lowest = (begin + end - np.sqrt((end - begin) ** 2 + 2 * variance * exponential(int(own), _TO_LOWEST))) / 2
            places[i, 2] = min(end - min(lowest, 0.0), CEILING_NM)
