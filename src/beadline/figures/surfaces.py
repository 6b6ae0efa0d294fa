"""Where the surface is for each bead: the height at which its extension is 0, from a run with the magnets up."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from beadline.analysis import LARGEST_BEYOND, ends_above_surface, touch_frames, touching_height_nm
from beadline.catalogue import Catalogue
from beadline.status import RunSummary

from .run_tracks import RunTracks

SEARCHED_RUNS = 200


def surface_nm(tracks: RunTracks) -> dict[int, float]:
    """Return by bead the lowest mean over a tenth of a second [nm], as `level_nm`.

    Left out are beads that were never seen so long, and those whose look-up table ends above the surface.
    """
    (step, *_) = tracks.steps()
    heights = tracks.level_nm[step]
    if not len(heights):
        return {}
    lowest = touching_height_nm(heights, average_frames=min(touch_frames(tracks.frame_s), len(heights)))
    lowest[ends_above_surface(tracks.beyond_table[step])] = np.nan
    return {bead: float(each) for bead, each in zip(tracks.beads, lowest, strict=True) if np.isfinite(each)}


def _short_tables(tracks: RunTracks) -> str:
    """Name the beads whose look-up table ends above the surface, in words."""
    (step, *_) = tracks.steps()
    short = ends_above_surface(tracks.beyond_table[step])
    beads = [bead for bead, each in zip(tracks.beads, short, strict=True) if each]
    if not beads:
        return ""
    return (
        f"; of beads {beads} it is not known: in more than {100 * LARGEST_BEYOND:g} % of its frames they were beyond "
        "the range of their look-up tables, so make these from a longer sweep"
    )


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
            of_run = f"the surface is that of run {summary.scan_id} ({summary.uid[:8]}, zero_length)"
            return found, of_run + _short_tables(zero)
    return {}, "no run of zero_length has these beads, so where their extension is 0 is not known: heights are drawn"


def _candidates(catalogue: Catalogue) -> list[RunSummary]:
    return [each for each in catalogue.runs(SEARCHED_RUNS) if each.plan_name == "zero_length" and each.state == "done"]


def _same_beads(one: RunTracks, zero: RunTracks) -> bool:
    """Whether another run measures heights of all these beads by the same look-up tables, over the same stuck beads."""
    stuck = [{run.beads[place] for place in run.places("reference")} for run in (one, zero)]
    return bool(one.tables) and one.tables.items() <= zero.tables.items() and stuck[0] == stuck[1]
