"""Where the surface is for each bead: the height at which its extension is 0, from a run with the magnets up."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from beadline.catalogue import Catalogue
from beadline.status import RunSummary

from .run_tracks import RunTracks

TOUCH_S = 0.1
"""A bead touches the surface where its mean over this is lowest [s]: over 1 s even its weight of 0.1 pN lets it rise by
20 nm, and over single frames the noise of the tracker makes the surface 3 nm too low."""
SEARCHED_RUNS = 200


def surface_nm(tracks: RunTracks) -> dict[int, float]:
    """Return by bead the lowest mean over a tenth of a second [nm], as `level_nm`; beads never seen are left out."""
    (step, *_) = tracks.steps()
    window = max(1, round(TOUCH_S / tracks.frame_s))
    found = {}
    for place, bead in enumerate(tracks.beads):
        heights = tracks.level_nm[step, place]
        full = heights[: len(heights) // window * window].reshape(-1, window)
        seen = np.isfinite(full).sum(axis=1) >= 0.9 * window
        if seen.any():
            found[bead] = float(np.nanmean(full[seen], axis=1).min())
    return found


def surface_for(catalogue: Catalogue, run: Any, tracks: RunTracks) -> tuple[Mapping[int, float], str]:
    """Find the surface for a run in the run of `zero_length` nearest in time that has the same beads.

    Returns:
        Height of the surface by bead [nm], and in words from where; empty, and why, if there is none.
    """
    start_s = float(tracks.documents.start["time"])
    for summary in sorted(_candidates(catalogue), key=lambda each: abs(each.started_s - start_s)):
        try:
            zero = tracks if summary.uid == tracks.documents.start["uid"] else RunTracks.read(catalogue, summary)
        except (FileNotFoundError, ValueError):
            continue
        if _same_beads(tracks, zero):
            found = surface_nm(zero)
            return found, f"the surface is that of run {summary.scan_id} ({summary.uid[:8]}, zero_length)"
    return {}, "no run of zero_length has these beads, so where their extension is 0 is not known: heights are drawn"


def _candidates(catalogue: Catalogue) -> list[RunSummary]:
    return [each for each in catalogue.runs(SEARCHED_RUNS) if each.plan_name == "zero_length" and each.state == "done"]


def _same_beads(one: RunTracks, zero: RunTracks) -> bool:
    """Whether another run measures heights of all these beads by the same look-up tables, over the same stuck beads."""
    stuck = [{run.beads[place] for place in run.places("reference")} for run in (one, zero)]
    return bool(one.tables) and one.tables.items() <= zero.tables.items() and stuck[0] == stuck[1]
