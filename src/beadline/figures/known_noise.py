"""How well the tracker located a bead in a frame, as stuck beads show it, and from which run that is known."""

import numpy as np
from numpy.typing import NDArray

from beadline.catalogue import Catalogue

from .run_tracks import RunTracks
from .stuck_noise import noise_of

SEARCHED_RUNS = 200
LEAST_REFERENCES = 2
"""With one stuck bead, its noise cannot be told from what all beads share, which is not in positions without drift."""
BY_PIXELS = "the noise of the tracker is what the pixels alone make of it: fewer than two stuck beads were measured"


def noise_for(catalogue: Catalogue, tracks: RunTracks) -> tuple[NDArray[np.float64], str]:
    """Find the noise of x and y in one frame: of the nearest run of `noise_floor` that has the same stuck beads.

    Without such a run it is that of the stuck beads in this run.

    Returns:
        Noise of the positions without drift, shape (beads,) [nm], the same for all; and in words from where.
    """
    start_s = float(tracks.documents.start["time"])
    near = [each for each in catalogue.runs(SEARCHED_RUNS) if each.plan_name == "noise_floor" and each.state == "done"]
    for summary in sorted(near, key=lambda each: abs(each.started_s - start_s)):
        try:
            still = RunTracks.read(catalogue, summary)
        except (FileNotFoundError, ValueError):
            continue
        found = _noise_nm(still) if _stuck(still) == _stuck(tracks) else None
        if found is not None:
            which = f"run {summary.scan_id} ({summary.uid[:8]}, noise_floor)"
            return _without_drift(found, tracks), f"the noise of the tracker, {found:.2g} nm, is that of {which}"
    found = _noise_nm(tracks)
    if found is not None:
        said = (
            f"the noise of the tracker, {found:.2g} nm, is that of the stuck beads in this run: no run of noise_floor"
        )
        return _without_drift(found, tracks), f"{said} has them"
    return tracks.steady_noise_nm, BY_PIXELS


def _stuck(tracks: RunTracks) -> set[int]:
    return {tracks.beads[place] for place in tracks.places("reference")}


def _noise_nm(tracks: RunTracks) -> float | None:
    """Return the noise of a stuck bead in x and y in one frame [nm]; None if it cannot be told."""
    if tracks.lateral_unit != "nm":
        return None
    floors, beads, _ = noise_of(tracks)
    known = [floors[name].noise_nm for name in ("x", "y") if len(beads.get(name, ())) >= LEAST_REFERENCES]
    return float(np.sqrt(np.mean(np.concatenate(known) ** 2))) if len(known) == 2 else None


def _without_drift(noise_nm: float, tracks: RunTracks) -> NDArray[np.float64]:
    """Return the noise with that of the stuck beads, which `steady_nm` takes along."""
    return np.full(len(tracks.beads), noise_nm * np.sqrt(1 + 1 / len(_stuck(tracks))))
