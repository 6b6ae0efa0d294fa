"""Force from the variance of a bead, corrected for what the exposure blurs.

Source:
    Equipartition: the variance of a pendulum is kT length / force. Blur: Wong & Halvorsen, Opt. Express 14 (2006)
    12517.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import root_scalar

from .force_estimates import ForceEstimate, force_estimate
from .lateral_motion import Camera, Pendulum
from .likelihood import Fit
from .traces import straight_line, whole_trace

Floats = NDArray[np.float64]

_DECADES = 8.0


def equipartition_force(
    trace_nm: ArrayLike,
    pendulum: Pendulum,
    camera: Camera,
    noise_nm: float,
    *,
    drag_pn_s_per_nm: float | None = None,
    detrend: bool = False,
) -> ForceEstimate:
    """Estimate the force on a tether from the variance of its bead.

    The blur depends on the force that is sought; both are found together. So is what the mean (and the slope, if it
    is taken out) of a finite trace takes from its variance.

    Args:
        trace_nm: positions in one direction, without gaps, shape (frames,) [nm].
        pendulum: tether and direction.
        camera: how frames were taken.
        noise_nm: standard deviation of the tracking in one frame [nm], see `noise_floor`.
        drag_pn_s_per_nm: of the bead along the surface [pN s/nm]; None is that in water, by Stokes and Faxén.
        detrend: take a straight line out of the trace before.

    Raises:
        ValueError: the trace has gaps or fewer than 16 frames, or moves no more than the noise.
    """
    trace = whole_trace("Equipartition", trace_nm, 16)
    drag = pendulum.expected_drag_pn_s_per_nm if drag_pn_s_per_nm is None else drag_pn_s_per_nm
    taken_out = straight_line(trace)[0] if detrend else trace.mean()
    measured = float(np.mean((trace - taken_out) ** 2))
    parameters_taken = 2 if detrend else 1
    seen = measured - noise_nm**2
    if not seen > 0:
        raise ValueError(
            f"A bead whose variance is {measured:.3g} nm² does not show a force beside tracking noise of "
            f"{noise_nm:.3g} nm: measure the noise again, or record at lower force"
        )

    def excess(log_force: float) -> float:
        well = pendulum.well(camera, np.exp(log_force), drag, noise_nm)
        # each parameter takes one of the slowest parts of the motion
        lost = parameters_taken * well.spectrum_nm2_per_hz(0.0).sum() / (2 * len(trace) * camera.frame_s)
        return float(np.log(max(well.variance_nm2.sum() - lost, noise_nm**2 + 1e-9 * seen) / measured))

    # without correction the force is too high by blur, and too high by what the mean takes
    guess = np.log(pendulum.thermal_energy_pn_nm * pendulum.length_nm / seen)
    low, high = _bracket(excess, guess)
    found = float(root_scalar(excess, bracket=(low, high), xtol=1e-10).root)
    chance = _chance(found, excess, trace, pendulum, camera, drag, noise_nm)
    fit = Fit(np.array([found, np.log(drag)]), np.diag([chance**2, 0.0]), np.array([measured]), np.zeros(2, dtype=bool))
    return force_estimate(trace - taken_out, pendulum, camera, fit, noise_nm=noise_nm)


def _bracket(excess: Callable[[float], float], guess: float) -> tuple[float, float]:
    """Find two log forces around the one sought, from the guess down to where the mean takes most of the motion."""
    for below in np.arange(0.0, _DECADES, 0.05) * np.log(10):
        if excess(guess - below) >= 0:
            return guess - below, guess + 0.5
    raise ValueError(
        "No force explains so large a variance in so short a trace: record longer, or ask the Hadamard variance"
    )


def _chance(
    log_force: float,
    excess: Callable[[float], float],
    trace: Floats,
    pendulum: Pendulum,
    camera: Camera,
    drag: float,
    noise_nm: float,
) -> float:
    """Return the standard error of the log force: that of the variance over how the variance follows the force."""
    well = pendulum.well(camera, np.exp(log_force), drag, noise_nm)
    frames = len(trace)
    spectrum = well.spectrum_nm2_per_hz(np.fft.rfftfreq(frames, camera.frame_s)[1:, np.newaxis]).sum(axis=-1)
    powers = spectrum / (2 * camera.frame_s)
    relative = np.sqrt(4 * np.sum(powers**2)) / np.sum(2 * powers)
    slope = (excess(log_force + 1e-3) - excess(log_force - 1e-3)) / 2e-3
    return float(relative / abs(slope))
