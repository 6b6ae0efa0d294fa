"""What beads do while their molecule changes or after it has let them go."""

import numpy as np
from numpy.typing import NDArray

from beadline.physics import drag_pn_s_per_nm

from .random_numbers import mixed, normals
from .sample import Sample

Floats = NDArray[np.float64]

CHANNEL_NM = 100_000.0
"""Height of the channel: no bead rises further."""
_STREAM = 2**41


def step_of_centre(before_end_s: float, exposure_s: float, rate_per_s: float) -> tuple[float, float]:
    """Return by which part a bead follows a step of its harmonic well: the average over the exposure, and at its end.

    Exact for an overdamped bead.

    Args:
        before_end_s: how long before the end of the exposure the well makes a step [s]; may be before the exposure.
        exposure_s: duration of the exposure [s].
        rate_per_s: stiffness over drag [1/s].
    """
    shown_s = min(before_end_s, exposure_s)
    earlier = np.exp(-rate_per_s * (before_end_s - shown_s))
    lag_s = -earlier * np.expm1(-rate_per_s * shown_s) / rate_per_s
    return (shown_s - lag_s) / exposure_s, float(-np.expm1(-rate_per_s * before_end_s))


def drift_away(
    sample: Sample, key: np.uint64, places: Floats, forces: Floats, gone: NDArray[np.bool_], elapsed_s: float
) -> None:
    """Move beads without a molecule: up with the magnets or down with their weight, and at random.

    Args:
        sample: they are of.
        key: random key of the frame.
        places: x, y, z relative to the anchor [nm] and roll of each tether, shape (tethers, 4), is changed.
        forces: net force on each tether [pN].
        gone: which are without a molecule.
        elapsed_s: for how long [s].
    """
    s = sample.settings
    drag = float(drag_pn_s_per_nm(s.kind.radius_nm, s.viscosity_pn_s_per_nm2))
    for i in np.flatnonzero(gone).tolist():
        drawn = normals(mixed(mixed(key, _STREAM), i), 3)
        places[i, :3] += np.sqrt(2 * s.thermal_pn_nm / drag * elapsed_s) * drawn
        places[i, 2] = min(abs(places[i, 2] + forces[i] / drag * elapsed_s), CHANNEL_NM)
