"""The figures that fit a run: by its plan, from its tracks and its steps."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from beadline.catalogue import Catalogue
from beadline.physics import ExtendedLaw, ForceLaw, ForceTable, law_from_json
from beadline.tracking import load_lookup_tables

from .calibration_pictures import calibration_figure
from .courses import courses_of
from .drawn_run import DrawnRun
from .field_pictures import field_figure
from .force_extension_pictures import force_extension_figure
from .hat_pictures import hats_figure
from .measured import calibrated, hats_of
from .motion_pictures import motion_figure
from .noise_pictures import noise_figure
from .run_tracks import RunDocuments
from .screening_pictures import screening_figure
from .stuck_noise import noise_of
from .table_pictures import tables_figure
from .tether_evidence import screened_in
from .trace_pictures import Trace, traces_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

log = logging.getLogger("beadline.figures")

TABLES_FILE, FIELD_FILE = "lookup_table.h5", "field.npy"


Drawing = Callable[[DrawnRun], "Figure"]


def draw_traces(run: DrawnRun) -> "Figure":
    """Draw each bead over time: heights, or without look-up tables x."""
    tracks = run.tracks
    courses = courses_of(tracks)
    order = [*tracks.places("tether"), *tracks.places("reference")]
    stuck = tracks.places("reference")
    label = {place: f"bead {bead}{'*' if place in stuck else ''}" for place, bead in enumerate(tracks.beads)}
    heights, quantity = (
        tracks.level_nm,
        "height without drift (* stuck) [nm]" if tracks.without_drift else "height [nm]",
    )
    if not np.isfinite(heights).any():
        x_nm = tracks.positions_nm["x"]
        heights, quantity = (
            x_nm - np.array([_middle(trace) for trace in x_nm.T]),
            f"x about its median [{tracks.lateral_unit}]",
        )
    traces = [Trace(label[place], heights[:, place]) for place in order if np.isfinite(heights[:, place]).any()]
    if not traces:
        raise ValueError(f"Cannot draw run {run.name}: no bead has a valid track in it")
    return traces_figure(tracks.time_s, traces, courses, quantity=quantity, title=run.title)


def draw_hats(run: DrawnRun) -> "Figure":
    """Draw extension against turns."""
    ground, source = run.surface
    return hats_figure(hats_of(run.tracks, ground), quantity=run.quantity, title=run.title, notes=[source])


def draw_force_extension(run: DrawnRun) -> "Figure":
    """Draw force against extension, with the worm-like chain of each molecule."""
    points, _, notes = run.forces
    return force_extension_figure(points, title=run.title, notes=notes)


def draw_motion(run: DrawnRun) -> "Figure":
    """Draw power spectra and Hadamard deviations of the first bead that shows forces."""
    _, motions, notes = run.forces
    bead, first = next(((bead, each) for bead, each in motions.items() if each), (None, []))
    return motion_figure(first, title=f"{run.title}   bead {bead}, along the field", notes=notes)


def draw_calibration(run: DrawnRun) -> "Figure":
    """Draw force against the height of the magnets, with the law through the forces."""
    points, _, notes = run.forces
    beads, found, refusal = calibrated(points, run.weight_pn)
    return calibration_figure(beads, found, _law_of(run.documents), title=run.title, notes=[*refusal, *notes])


def draw_screening(run: DrawnRun) -> "Figure":
    """Draw what a screening said of each tether."""
    told = run.documents.events.get("tethers", ())
    if not told:
        raise ValueError(f"What holds the beads of run {run.name} cannot be drawn: it has screened none")
    return screening_figure([screened_in(event) for event in told], title=run.title)


def draw_noise(run: DrawnRun) -> "Figure":
    """Draw the Allan deviation of the stuck beads."""
    tracks, stuck = run.tracks, run.tracks.places("reference")
    if not len(stuck):
        raise ValueError(f"Noise of run {run.name} cannot be drawn: none of its beads is a reference")
    if tracks.lateral_unit != "nm":
        raise ValueError(f"Noise of run {run.name} cannot be drawn in nm: the size of a pixel is not known")
    floors, beads, notes = noise_of(tracks)
    return noise_figure(floors, beads, title=run.title, notes=notes)


def draw_tables(run: DrawnRun) -> "Figure":
    """Draw the look-up tables that the run made."""
    path = run.catalogue.folder(run.run) / TABLES_FILE
    if not path.is_file():
        raise FileNotFoundError(f"Run {run.name} has no look-up tables: there is no {TABLES_FILE} in it")
    return tables_figure(load_lookup_tables(path), title=run.title)


def draw_field(run: DrawnRun) -> "Figure":
    """Draw the frame in which beads were found."""
    path = run.catalogue.folder(run.run) / FIELD_FILE
    if not path.is_file():
        raise FileNotFoundError(f"Run {run.name} has no picture of the field: there is no {FIELD_FILE} in it")
    (found, *_) = run.documents.events.get("primary") or [{}]
    places = [np.ravel(value) for name in ("x_px", "y_px") for key, value in found.items() if key.endswith(f"-{name}")]
    beads = dict(enumerate(zip(*(each.tolist() for each in places), strict=True))) if len(places) == 2 else {}
    window_px = float(run.documents.start["search"]["window_px"])
    return field_figure(np.load(path, allow_pickle=False), beads, window_px, title=run.title)


DRAWINGS: dict[str, Drawing] = {
    "hats": draw_hats,
    "force-extension": draw_force_extension,
    "calibration": draw_calibration,
    "motion": draw_motion,
    "screening": draw_screening,
    "noise": draw_noise,
    "tables": draw_tables,
    "field": draw_field,
    "traces": draw_traces,
}
KINDS_OF: dict[str, tuple[str, ...]] = {
    "hat_curve": ("hats", "traces"),
    "force_extension": ("force-extension", "motion", "traces"),
    "force_calibration": ("calibration", "motion", "traces"),
    "noise_floor": ("noise", "traces"),
    "screen_tethers": ("screening", "traces"),
    "make_lookup_table": ("tables",),
    "find_beads": ("field",),
}
"""Figures of a plan, the first one first; of any other the traces."""


def figure_kinds(catalogue: Catalogue, run: Any) -> tuple[str, ...]:
    """Return the kinds of figures that fit a run, the one it was made for first.

    Raises:
        KeyError: there is no such run, or more than one.
    """
    documents = DrawnRun(catalogue, run).documents
    if documents.plan == "staircase" and documents.start.get("axis", "").endswith("turns"):
        return ("traces",)
    return KINDS_OF.get(documents.plan, ("traces",))


def figures_of(catalogue: Catalogue, run: Any, kind: str | None = None) -> "dict[str, Figure]":
    """Draw the figures that fit a run.

    A figure that cannot be drawn, as of a run that was aborted too early, is left out and told to the log.

    Args:
        catalogue: of the run.
        run: as the catalogue takes it: the run, its uid or the beginning of it, its scan id, or -1 for the newest.
        kind: one of `figure_kinds`, or any other that the run has data for; None draws all that fit.

    Returns:
        By kind, the one it was made for first.

    Raises:
        KeyError: there is no such run, or more than one.
        ValueError: there is no such kind, or none can be drawn.
        FileNotFoundError: the run has no data.
    """
    if kind is not None and kind not in DRAWINGS:
        raise ValueError(f"There is no figure of kind {kind!r}: there are {', '.join(DRAWINGS)}")
    kinds = figure_kinds(catalogue, run) if kind is None else (kind,)
    drawn_run = DrawnRun(catalogue, run)
    drawn: dict[str, Figure] = {}
    refusals: list[Exception] = []
    for each in kinds:
        try:
            drawn[each] = DRAWINGS[each](drawn_run)
        except (ValueError, FileNotFoundError) as refusal:
            refusals.append(refusal)
            log.warning("no figure %s: %s", each, refusal)
    if not drawn:
        raise refusals[0]
    return drawn


def _middle(trace: Any) -> float:
    finite = trace[np.isfinite(trace)]
    return float(np.median(finite)) if len(finite) else 0.0


def _law_of(documents: RunDocuments) -> ForceLaw | ForceTable | None:
    """Return the law that the force axis had in a run; of a calibration only what was measured."""
    text = next((value for key, value in documents.configuration.items() if key.endswith("-force-law")), None)
    law = None if text is None else law_from_json(text)
    return law.measured if isinstance(law, ExtendedLaw) else law
