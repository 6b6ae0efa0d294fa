"""Tracking noise and stability from beads that are stuck to the surface.

Source:
    Allan deviation as a measure of stability: Czerwinski et al., Opt. Express 17 (2009) 25255. Noise of each of several
    from their differences: Gray & Allan, Proc. 28th Freq. Control Symp. (1974) 243, here for any number of beads.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .allan import allan_variance_nm2, averaging_frames, hadamard_variance_nm2, variance_covariance_nm4

Floats = NDArray[np.float64]

LARGEST_DROP_OF_NOISE = 0.7
DRIFTING_NM = 1.0
LEAST_BEADS, LEAST_FRAMES = 3, 64


@dataclass(frozen=True)
class NoiseFloor:
    """What stuck beads say about tracking and stability.

    Attributes:
        noise_nm: tracking noise of each bead in one frame, without what all beads share, shape (beads,) [nm].
        noise_error_nm: its standard error [nm], shape (beads,).
        shared_nm: what all beads share from frame to frame: vibration [nm]; 0 if it is too small to be seen.
        averaging_s: times of averaging, shape (times,) [s].
        allan_deviation_nm: of each bead about the mean of the others [nm], shape (times, beads).
        warnings: what speaks against the result, in words.
    """

    noise_nm: Floats
    noise_error_nm: Floats
    shared_nm: float
    averaging_s: Floats
    allan_deviation_nm: Floats
    warnings: tuple[str, ...] = ()


def noise_floor(stuck_nm: ArrayLike, frame_s: float) -> NoiseFloor:
    """Measure tracking noise and stability with stuck beads, in one direction.

    Noise is that of the Hadamard variance over one frame, so drift does not count; it is taken to be independent from
    frame to frame and from bead to bead. With two beads it is the same for both, with one it includes what is shared.

    Args:
        stuck_nm: positions, without gaps, shape (frames, beads) [nm].
        frame_s: time from frame to frame [s].

    Raises:
        ValueError: no bead, fewer than 64 frames, or a gap.
    """
    stuck = np.asarray(stuck_nm, dtype=np.float64)
    if stuck.ndim != 2 or stuck.shape[0] < LEAST_FRAMES or stuck.shape[1] < 1:
        raise ValueError(
            f"A noise floor cannot be found in an array of shape {stuck.shape}: it is (frames, beads), with at least "
            f"{LEAST_FRAMES} frames and 1 bead"
        )
    frames, beads = stuck.shape
    alone = stuck - stuck.mean(axis=1, keepdims=True) if beads > 1 else stuck
    own = _own_variances(np.array([hadamard_variance_nm2(trace, 1) for trace in alone.T]))
    warnings = [_few(beads)] if beads < LEAST_BEADS else []
    if (own <= 0).any():
        worst = np.flatnonzero(own <= 0).tolist()
        warnings.append(f"beads {worst} are so quiet that the noise of the others hides theirs: taken as 0 nm")
    noise = np.sqrt(np.maximum(own, 0.0))
    relative = float(np.sqrt(variance_covariance_nm4("hadamard", np.array([1]), frames, 1.0)[0, 0]))
    # each variance is known to `relative` of what all differences from the mean hold of it
    spread = relative * (np.maximum(own, 0.0) + (own.clip(0).mean() / beads if beads > 1 else 0.0))
    together = float(hadamard_variance_nm2(stuck.mean(axis=1), 1)) - own.clip(0).mean() / beads
    averaged = averaging_frames(frames)
    averaging_s = np.asarray(averaged * frame_s, dtype=np.float64)
    deviation = np.sqrt(
        np.stack([allan_variance_nm2(trace, averaged) for trace in _about_the_others(stuck).T], axis=-1)
    )
    warnings += _stability(deviation, averaging_s)
    return NoiseFloor(
        noise,
        spread / (2 * np.maximum(noise, np.sqrt(spread))),
        float(np.sqrt(max(together, 0.0))) if beads > 1 else 0.0,
        averaging_s,
        deviation,
        tuple(warnings),
    )


def _own_variances(about_mean: Floats) -> Floats:
    """Solve for the variance of each bead from those about the mean of all.

    With n beads it is, about the mean, (1 - 2/n) of its own and 1/n² of the sum of all; the sum is n/(n - 1) of theirs.
    """
    beads = len(about_mean)
    if beads == 1:
        return about_mean
    every = about_mean.sum() * beads / (beads - 1)
    if beads == 2:
        return np.full(2, every / 2)
    return (about_mean - every / beads**2) / (1 - 2 / beads)


def _about_the_others(stuck: Floats) -> Floats:
    beads = stuck.shape[1]
    return stuck if beads == 1 else (stuck - stuck.mean(axis=1, keepdims=True)) * beads / (beads - 1)


def _few(beads: int) -> str:
    if beads == 1:
        return "one stuck bead: vibration and drift of the microscope are part of its noise; use at least 3"
    return "two stuck beads: only the mean of their noise is known; use at least 3"


def _stability(deviation: Floats, averaging_s: Floats) -> list[str]:
    """Warn of beads that move against the others: stuck beads average better and better."""
    second = int(np.argmin(np.abs(np.log(averaging_s))))
    return [
        f"bead {bead} moves against the others: its Allan deviation is {deviation[second, bead]:.2g} nm at "
        f"{averaging_s[second]:.2g} s and was {deviation[:, bead].min():.2g} nm at best; it may be loose"
        for bead in range(deviation.shape[1])
        if deviation[second, bead] > DRIFTING_NM
        and deviation[second, bead] > LARGEST_DROP_OF_NOISE * deviation[0, bead]
    ]
