"""Where the beads lie on the sensor."""

import numpy as np
from numpy.typing import NDArray

from .world_settings import WorldSettings

LEAST_DISTANCE_PX = 72.0
_MARGIN_PX = 48.0


def spread_beads(settings: WorldSettings, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return x and y of each bead [px], tethers first, shape (beads, 2).

    They are shaken places of a square grid that is as wide as the number of beads allows.

    Raises:
        ValueError: they do not fit.
    """
    if settings.positions_px is not None:
        return np.array(settings.positions_px, dtype=np.float64).reshape(-1, 2)
    room = np.array([settings.width_px - 1, settings.height_px - 1]) - 2 * _MARGIN_PX
    if settings.beads == 0:
        return np.empty((0, 2))
    pitch = _widest_pitch(settings, room)
    columns, rows = (np.floor(room / pitch) + 1).astype(int)
    cells = rng.permutation(columns * rows)[: settings.beads]
    slack = room - (np.array([columns, rows]) - 1) * pitch
    shake = (pitch - LEAST_DISTANCE_PX) / 2
    origin = _MARGIN_PX + slack / 2
    places = origin + pitch * np.column_stack((cells % columns, cells // columns))
    shaken = places + rng.uniform(-shake, shake, (settings.beads, 2))
    return np.clip(shaken, _MARGIN_PX, _MARGIN_PX + room)


def _widest_pitch(settings: WorldSettings, room: NDArray[np.float64]) -> float:
    def places(pitch: float) -> int:
        return int(np.prod(np.floor(room / pitch) + 1)) if (room >= 0).all() else 0

    if places(LEAST_DISTANCE_PX) < settings.beads:
        raise ValueError(
            f"{settings.beads} beads do not fit on {settings.width_px} x {settings.height_px} px: there is room for "
            f"{places(LEAST_DISTANCE_PX)} that are {LEAST_DISTANCE_PX:g} px apart; take a larger sensor or positions_px"
        )
    pitches = np.arange(LEAST_DISTANCE_PX, max(room.max(), LEAST_DISTANCE_PX) + 1)
    return float(max(pitch for pitch in pitches if places(float(pitch)) >= settings.beads))
