"""The light without beads: how it varies across the sensor."""

import numpy as np
from numpy.typing import NDArray

from .optics import dust_patch, overlap, uneven_light
from .world_settings import WorldSettings

_UNEVEN, _DUST = 0x0E, 0x0F
"""Which of the random numbers of a seed."""
_DUST_SIZES_PX = (1.0, 7.0)


def light_field(settings: WorldSettings) -> NDArray[np.float32] | None:
    """Return the light on each pixel, 1 is the average, shape (rows, columns); None where it is even."""
    s = settings
    if not s.light.unevenness and not s.light.dust:
        return None
    shape = (s.height_px, s.width_px)
    light = uneven_light(shape, s.light.unevenness, np.random.default_rng([s.seed, _UNEVEN]))
    rng = np.random.default_rng([s.seed, _DUST])
    for _ in range(s.light.dust):
        patch = dust_patch(rng.uniform(*_DUST_SIZES_PX), rng)
        x, y = rng.uniform(0, s.width_px), rng.uniform(0, s.height_px)
        under, part = overlap(light, patch, int(x) - patch.shape[1] // 2, int(y) - patch.shape[0] // 2)
        under *= np.maximum(1 + part, 0)
    return light.astype(np.float32)
