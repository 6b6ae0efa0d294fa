"""Tethered beads as a camera sees them, moved by exact updates of their Ornstein-Uhlenbeck motion.

None of it uses a formula of an estimator: neither variances of frames, nor spectra, nor the two modes of rolling.
"""

import numpy as np
from scipy.linalg import expm
from scipy.signal import lfilter

from beadline.physics import (
    drag_pn_s_per_nm,
    parallel_wall_factor,
    rotation_wall_factor,
    rotational_drag_pn_nm_s,
    thermal_energy_pn_nm,
    water_viscosity_pn_s_per_nm2,
    wlc_extension_nm,
)

KT = thermal_energy_pn_nm()
MYONE_NM, M270_NM = 525.0, 1400.0


def extension_of(bases: float, force_pn: float) -> float:
    return float(wlc_extension_nm(force_pn, 0.34 * bases, 50.0, stretch_pn=1000.0))


def drag_of(radius_nm: float, extension_nm: float) -> float:
    bulk = drag_pn_s_per_nm(radius_nm, water_viscosity_pn_s_per_nm2())
    return float(bulk * parallel_wall_factor(radius_nm, extension_nm + radius_nm))


def short_traces(
    force_pn: float,
    extension_nm: float,
    drag: float,
    frames: int,
    beads: int,
    *,
    frame_s: float,
    exposure_s: float | None = None,
    noise_nm: float = 0.0,
    drift_nm_per_s: float = 0.0,
    seed: int = 1,
) -> np.ndarray:
    """Return independent traces along the field, shape (frames, beads) [nm], at rest from the first frame on."""
    rng = np.random.default_rng(seed)
    exposure = frame_s if exposure_s is None else exposure_s
    stiffness = force_pn / extension_nm
    variance, a = KT / stiffness, stiffness * exposure / drag
    kept, waiting = np.exp(-a), np.exp(-stiffness * (frame_s - exposure) / drag)
    v1, c12 = variance * -np.expm1(-2 * a), variance * np.expm1(-a) ** 2 / a
    v2 = variance * (2 * a - 3 + 4 * kept - kept**2) / a**2
    if a < 1e-2:  # the closed form cancels
        v2 = variance * (2 * a / 3 - a**2 / 2 + 7 * a**3 / 30)
    n1, n2, n3 = rng.standard_normal((3, frames, beads))
    pushed = waiting * np.sqrt(v1) * n1 + np.sqrt(variance * (1 - waiting**2)) * n3
    before = np.concatenate((np.sqrt(variance) * rng.standard_normal((1, beads)), pushed[:-1]))
    at_start = lfilter([1.0], [1.0, -kept * waiting], before, axis=0)
    seen = at_start * -np.expm1(-a) / a + c12 / np.sqrt(v1) * n1 + np.sqrt(v2 - c12**2 / v1) * n2
    drifted = drift_nm_per_s * frame_s * np.arange(frames)[:, np.newaxis]
    return seen + noise_nm * rng.standard_normal((frames, beads)) + drifted


def long_traces(
    force_pn: float,
    extension_nm: float,
    radius_nm: float,
    frames: int,
    beads: int,
    *,
    frame_s: float,
    noise_nm: float = 0.0,
    seed: int = 1,
) -> np.ndarray:
    """Return independent traces across the field, where the bead rolls, shape (frames, beads) [nm]; full exposure."""
    rng = np.random.default_rng(seed)
    f, length, r = force_pn, extension_nm, radius_nm
    turning = float(rotational_drag_pn_nm_s(r, water_viscosity_pn_s_per_nm2()) * rotation_wall_factor(r, length + r))
    springs = np.array([[f / length, -f * r / length], [-f * r / length, f * r**2 / length + f * r]])
    mobility = np.diag([1 / drag_of(r, length), 1 / turning])
    # position, angle, and the integral of the position over the frame, after Van Loan
    drift = np.zeros((3, 3))
    drift[:2, :2], drift[2, 0] = -mobility @ springs, 1.0
    heat = np.zeros((3, 3))
    heat[:2, :2] = 2 * KT * mobility
    both = expm(np.block([[-drift, heat], [np.zeros((3, 3)), drift.T]]) * frame_s)
    forward = both[3:, 3:].T
    kicks = forward @ both[:3, 3:]
    root, start = np.linalg.cholesky((kicks + kicks.T) / 2), np.linalg.cholesky(KT * np.linalg.inv(springs))
    state = np.zeros((3, beads))
    state[:2] = start @ rng.standard_normal((2, beads))
    noise = rng.standard_normal((frames, 3, beads))
    seen = np.empty((frames, beads))
    for frame in range(frames):
        state[2] = 0.0
        state = forward @ state + root @ noise[frame]
        seen[frame] = state[2] / frame_s
    return seen + noise_nm * rng.standard_normal((frames, beads))
