"""The noise of the stuck beads of a run, direction by direction, from frames without gaps."""

import numpy as np
from numpy.typing import NDArray

from beadline import analysis
from beadline.analysis import NoiseFloor

from .run_tracks import DIRECTIONS, RunTracks

LEAST_SEEN = 0.99
"""Of the frames: a bead that was seen less often is left out, rather than the frames in which it was not."""


def noise_of(tracks: RunTracks) -> tuple[dict[str, NoiseFloor], dict[str, tuple[int, ...]], list[str]]:
    """Measure the noise of the stuck beads in the longest stretch in which all that count were seen.

    Returns:
        The noise by direction; ids of the beads in it, by direction; and in words what was left out, and why.
    """
    (step, *_) = tracks.steps()
    stuck = tracks.places("reference")
    floors: dict[str, NoiseFloor] = {}
    beads: dict[str, tuple[int, ...]] = {}
    notes: list[str] = []
    for name in DIRECTIONS:
        positions = tracks.positions_nm[name][step][:, stuck]
        taken = np.isfinite(tracks.positions_nm["x"][step]).any(axis=1)
        often = np.isfinite(positions).sum(axis=0) >= max(1.0, LEAST_SEEN * np.count_nonzero(taken))
        if rarely := [tracks.beads[place] for place in stuck[~often]]:
            notes.append(f"{name}: beads {rarely}, seen in less than {100 * LEAST_SEEN:g} % of frames, are left out")
        if not often.any():
            continue
        together = _longest(positions[:, often])
        if len(together) < len(positions):
            notes.append(f"{name}: {len(together)} of {len(positions)} frames, the longest stretch without a gap")
        try:
            floors[name] = analysis.noise_floor(together, tracks.frame_s)
        except ValueError as refusal:
            notes.append(f"{name}: {refusal}")
            continue
        beads[name] = tuple(tracks.beads[place] for place in stuck[often])
    return floors, beads, notes


def _longest(positions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the longest part in which all beads were seen; none if there is no such frame."""
    seen = np.isfinite(positions).all(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], seen, [False]))))
    if not len(edges):
        return positions[:0]
    longest = int(np.argmax(edges[1::2] - edges[::2]))
    return positions[edges[2 * longest] : edges[2 * longest + 1]]
