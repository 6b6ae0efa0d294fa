"""Drift taken out with reference beads."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

LARGEST_DRIFT_NM_PER_MIN = 20.0
LEAST_REFERENCES = 3


@dataclass(frozen=True)
class SubtractedDrift:
    """Positions without drift, and how well it is known.

    Attributes:
        corrected_nm: positions less the drift, shape (frames, beads) [nm]; NaN where no reference was seen.
        drift_nm: weighted mean of the references since their mean position [nm], shape (frames,).
        weights: of the references, sum 1, shape (references,).
        added_noise_nm: what the references add to the noise of a bead in one frame [nm]; NaN for one reference.
        residual_nm_per_min: slope of each reference against the others [nm/min], shape (references,); NaN for one.
        warnings: what speaks against the result, in words.
    """

    corrected_nm: Floats
    drift_nm: Floats
    weights: Floats
    added_noise_nm: float
    residual_nm_per_min: Floats
    warnings: tuple[str, ...] = ()


def subtract_references(
    positions_nm: ArrayLike,
    references_nm: ArrayLike,
    frame_s: float,
    *,
    noise_nm: ArrayLike | None = None,
    average_frames: int = 1,
) -> SubtractedDrift:
    """Subtract from beads what references say about the drift, in one direction.

    A reference that is not seen in a frame leaves the mean to the others; where each stands does not matter.

    Args:
        positions_nm: of the beads, shape (frames, beads) [nm].
        references_nm: of the references, NaN where one was not seen, shape (frames, references) [nm].
        frame_s: time from frame to frame [s].
        noise_nm: of each reference, see `noise_floor`, shape (references,) [nm]; None weighs all alike, otherwise the
            weights are the inverse squares, with which the drift is known best.
        average_frames: smooth the drift over so many frames, an odd number: less noise, but slower drift only.

    Raises:
        ValueError: shapes do not fit, a reference was never seen, noise is not positive, or the number is even.
    """
    positions, references = np.asarray(positions_nm, dtype=np.float64), np.asarray(references_nm, dtype=np.float64)
    if positions.ndim != 2 or references.ndim != 2 or len(positions) != len(references) or not references.shape[1]:
        raise ValueError(
            f"Cannot subtract references of shape {references.shape} from positions of shape {positions.shape}: "
            "both are (frames, beads) with the same frames, and there is at least one reference"
        )
    if average_frames < 1 or average_frames % 2 == 0 or average_frames > len(references):
        raise ValueError(
            f"Cannot smooth drift over {average_frames} frames: it is an odd number from 1 to {len(references)}"
        )
    weights = _weights(references, noise_nm)
    standing = _standing(references)
    moved = references - standing
    drift = _smooth(_weighted(moved, weights), average_frames)
    number = references.shape[1]
    residual, added = np.full(number, np.nan), np.nan
    if number > 1:
        apart = np.stack([_against_the_others(moved, weights, one) for one in range(number)], axis=-1)
        residual = np.array([_slope(trace) for trace in apart.T]) * 60 / frame_s
        # a reference against the others holds its own noise and theirs
        steps = np.nanmean(np.diff(apart, axis=0) ** 2, axis=0) / 2
        added = float(np.sqrt(np.sum(weights**2 * steps * (1 - weights)) / average_frames))
    warnings = [
        f"reference {one} drifts by {slope:.3g} nm/min against the others: it may be loose, give it another role"
        for one, slope in enumerate(residual)
        if abs(slope) > LARGEST_DRIFT_NM_PER_MIN
    ]
    if number < LEAST_REFERENCES:
        warnings.append(f"{number} reference(s): which one is loose cannot be told; use at least {LEAST_REFERENCES}")
    unseen = int(np.count_nonzero(~np.isfinite(drift)))
    if unseen:
        warnings.append(f"in {unseen} of {len(drift)} frames no reference was seen: there is no corrected position")
    return SubtractedDrift(positions - drift[:, np.newaxis], drift, weights, added, residual, tuple(warnings))


def _weights(references: Floats, noise_nm: ArrayLike | None) -> Floats:
    seen = np.isfinite(references).any(axis=0)
    if not seen.all():
        raise ValueError(f"References {np.flatnonzero(~seen).tolist()} are never seen: leave them out")
    if noise_nm is None:
        return np.full(references.shape[1], 1 / references.shape[1])
    noise = np.asarray(noise_nm, dtype=np.float64)
    if noise.shape != references.shape[1:] or not (noise > 0).all():
        raise ValueError(
            f"Cannot weigh {references.shape[1]} references by noise_nm = {noise.tolist()} nm: give each one above 0 nm"
        )
    return noise**-2 / np.sum(noise**-2)


def _standing(references: Floats) -> Floats:
    """Where each reference stands: its mean distance from a reference that is always seen, or nearly.

    A mean over the frames in which it is seen would take part of the drift with it.
    """
    leader = int(np.argmax(np.isfinite(references).sum(axis=0)))
    apart = np.nanmean(references - references[:, [leader]], axis=0)
    return apart + np.nanmean(references[:, leader])


def _weighted(moved: Floats, weights: Floats) -> Floats:
    seen = np.isfinite(moved)
    total = (seen * weights).sum(axis=1)
    drift = np.where(seen, moved, 0.0) @ weights
    return np.where(total > 0, drift / np.where(total > 0, total, 1.0), np.nan)


def _against_the_others(moved: Floats, weights: Floats, one: int) -> Floats:
    others = np.arange(moved.shape[1]) != one
    return moved[:, one] - _weighted(moved[:, others], weights[others])


def _slope(trace: Floats) -> float:
    frames = np.flatnonzero(np.isfinite(trace))
    return float(np.polyfit(frames - frames.mean(), trace[frames], 1)[0])


def _smooth(drift: Floats, frames: int) -> Floats:
    """Running mean; near the ends over as many frames as there are on both sides."""
    if frames == 1:
        return drift
    seen = np.isfinite(drift)
    sums = np.concatenate(([0.0], np.cumsum(np.where(seen, drift, 0.0))))
    counts = np.concatenate(([0], np.cumsum(seen)))
    here = np.arange(len(drift))
    half = np.minimum(np.minimum(here, here[::-1]), frames // 2)
    number = counts[here + half + 1] - counts[here - half]
    return np.where(number > 0, (sums[here + half + 1] - sums[here - half]) / np.maximum(number, 1), np.nan)
