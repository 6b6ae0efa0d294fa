"""From the tracks of a run to its results: hat curves, and force and extension at each step, bead by bead."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from beadline import analysis
from beadline.analysis import (
    Camera,
    ForceEstimate,
    MagnetCalibration,
    Pendulum,
    allan_force,
    calibrate_magnets,
    fit_hat_above_surface,
    fit_hat_curve,
    fit_worm_like_chain,
    longest_stretch,
    mean_with_error,
)

from .force_extension_pictures import ForcePoints
from .hat_pictures import HatPoints
from .motion_pictures import Motion
from .run_tracks import RunTracks

Floats = NDArray[np.float64]

STRETCH_PN = 1000.0
"""Stretch modulus of DNA [pN]; a curve to 10 or 20 pN hardly tells it, so it is not fitted."""
LEAST_FRAMES = 64
UNTRACKED = "its height was not measured: it has no valid track, or no look-up table"
LYING_UNKNOWN = "where its surface is is not known: turns at which it lies there are not left out"
UNKNOWN_SURFACE = "where its surface is could not be measured: its extension is not known"


def levels_nm(tracks: RunTracks, place: int, ground: Mapping[int, float]) -> tuple[Floats, Floats]:
    """Return the mean height of a bead in each step, and its standard error, shapes (steps,) [nm].

    Args:
        tracks: of the run.
        place: of the bead.
        ground: height of the surface by bead [nm]; a bead that is not in it has no extension. Without any, heights
            are those of the look-up table.
    """
    heights = tracks.level_nm[:, place] - (ground.get(tracks.beads[place], np.nan) if ground else 0.0)
    found = np.array([mean_with_error(heights[step]) for step in tracks.steps()])
    return found[:, 0], found[:, 1]


def hats_of(tracks: RunTracks, ground: Mapping[int, float]) -> list[HatPoints]:
    """Return the hat curve of each tether of a run of steps in turns, with its fit where one can be made."""
    turns, direction = (tracks.documents.column("steps", f"step-{name}") for name in ("turns", "direction"))
    hats = []
    for place in tracks.places("tether"):
        extension, error = levels_nm(tracks, place, ground)
        points = HatPoints(tracks.beads[place], turns, extension, error, direction)
        seen = np.isfinite(extension)
        if not seen.any():
            hats.append(replace(points, doubts=(UNKNOWN_SURFACE if ground else UNTRACKED,)))
            continue
        try:
            fit = (fit_hat_above_surface if ground else fit_hat_curve)(turns[seen], extension[seen])
            doubts = fit.warnings if ground else (LYING_UNKNOWN, *fit.warnings)
            hats.append(replace(points, fit=fit, doubts=doubts))
        except ValueError as refusal:
            hats.append(replace(points, doubts=(str(refusal),)))
    return hats


def field_angle_deg(tracks: RunTracks) -> tuple[float, list[str]]:
    """Return the direction of the field on the sensor [°], and what speaks against it, in words.

    It is what the start document says, `field_angle_deg`, or else what the tethers say in all steps together.
    """
    said = tracks.documents.start.get("field_angle_deg")
    if said is not None:
        return float(said), []
    steps, places = tracks.steps(), tracks.places("tether")
    longest = max(step.stop - step.start for step in steps)
    x, y = (_side_by_side(tracks.steady_nm(name)[:, places], steps, longest) for name in ("x", "y"))
    enough = np.isfinite(x + y).sum(axis=0) >= LEAST_FRAMES
    if not enough.any():
        return 0.0, ["the direction of the field is not known: it is taken to be that of x"]
    found = analysis.field_angle(x[:, enough], y[:, enough])
    note = f"the field lies along {found.angle_deg:.0f} ± {found.error_deg:.0f}° from x, by how the beads move"
    return found.angle_deg, [note, *found.warnings]


def _side_by_side(positions: Floats, steps: Sequence[slice], longest: int) -> Floats:
    """Return each bead in each step as a column of its own, filled up with NaN, shape (longest, beads x steps)."""
    columns = [
        np.pad(positions[step], ((0, longest - (step.stop - step.start)), (0, 0)), constant_values=np.nan)
        for step in steps
    ]
    return np.concatenate(columns, axis=1)


def motion_of(
    tracks: RunTracks,
    place: int,
    step: slice,
    extension_nm: float,
    radius_nm: float,
    angle_deg: float,
    temperature_k: float,
    noise_nm: float,
) -> Motion:
    """Return the motion of a bead along the field in a step, with the force by its Hadamard variance.

    Args:
        tracks: of the run.
        place: of the bead.
        step: its frames.
        extension_nm: of the molecule there [nm].
        radius_nm: of the bead [nm].
        angle_deg: direction of the field [°].
        temperature_k: of the water [K].
        noise_nm: of its positions without drift in one frame [nm].

    Raises:
        ValueError: there are too few frames without a gap, or the extension is not above 0 nm.
    """
    angle = np.radians(angle_deg)
    along = tracks.steady_nm("x")[step, place] * np.cos(angle) + tracks.steady_nm("y")[step, place] * np.sin(angle)
    pendulum = Pendulum(extension_nm, radius_nm, "short", temperature_k)
    camera = Camera(tracks.frame_s, tracks.exposure_s)
    trace = longest_stretch(along)
    return Motion(trace, pendulum, camera, allan_force(trace, pendulum, camera, noise_nm))


def force_points_of(
    tracks: RunTracks,
    ground: Mapping[int, float],
    radius_nm: float,
    angle_deg: float,
    *,
    shortening_nm: Mapping[int, float] | None = None,
    temperature_k: float = 298.15,
    noise_nm: Floats | None = None,
) -> tuple[list[ForcePoints], dict[int, list[Motion]]]:
    """Return force and extension of each tether at each step, and by bead the motions behind them.

    Args:
        tracks: of the run.
        ground: height of the surface by bead [nm]; of a bead that is not in it nothing is known, and that is said.
        radius_nm: of the beads [nm].
        angle_deg: direction of the field [°].
        shortening_nm: by bead, what it hides of the extension, see `rotation_circle` [nm]; it is added.
        temperature_k: of the water [K].
        noise_nm: of x and y without drift in one frame, shape (beads,) [nm], see `noise_for`; by default what the
            pixels alone make of it.
    """
    noise = tracks.steady_noise_nm if noise_nm is None else noise_nm
    found, motions = [], {}
    for place in tracks.places("tether"):
        bead = tracks.beads[place]
        height, error = levels_nm(tracks, place, ground)
        hidden = (shortening_nm or {}).get(bead, 0.0)
        read: list[Motion | None] = []
        refusals: list[str] = []
        for step, each in zip(tracks.steps(), height, strict=True):
            try:
                motion = motion_of(
                    tracks, place, step, each + hidden, radius_nm, angle_deg, temperature_k, float(noise[place])
                )
                read.append(motion)
            except ValueError as refusal:
                read.append(None)
                refusals.append(str(refusal))
        if bead not in ground:
            refusals = [UNKNOWN_SURFACE]
        found.append(_points(tracks, bead, height + hidden, error, read, refusals, temperature_k))
        motions[bead] = [each for each in read if each is not None]
    return found, motions


def _points(
    tracks: RunTracks,
    bead: int,
    extension: Floats,
    error: Floats,
    read: Sequence[Motion | None],
    refusals: Sequence[str],
    temperature_k: float,
) -> ForcePoints:
    estimates: list[ForceEstimate | None] = [None if each is None else each.found for each in read]
    force = np.array([np.nan if each is None else each.force_pn for each in estimates])
    force_error = np.array([np.nan if each is None else each.force_error_pn for each in estimates])
    trusted = np.array([each is not None and _sampled(each) for each in read])
    points = ForcePoints(
        bead,
        tracks.documents.column("steps", _key(tracks, "height")),
        force,
        force_error,
        extension,
        error,
        trusted,
        doubts=tuple(dict.fromkeys(refusals)),
        temperature_k=temperature_k,
    )
    return fitted(replace(points, doubts=(*points.doubts, *points.unknown_note)))


def fitted(points: ForcePoints) -> ForcePoints:
    """Return points with the worm-like chain through those that are trusted, or with the reason why there is none."""
    which = points.known & points.trusted
    try:
        fit = fit_worm_like_chain(
            points.extension_nm[which],
            points.force_pn[which],
            points.extension_error_nm[which],
            points.force_error_pn[which],
            stretch_pn=STRETCH_PN,
            temperature_k=points.temperature_k,
        )
    except ValueError as refusal:
        return replace(points, doubts=(*points.doubts, str(refusal)))
    return replace(points, fit=fit, doubts=(*points.doubts, *fit.warnings))


def _sampled(motion: Motion) -> bool:
    """Whether frames come four times as fast as the motion or faster."""
    return motion.camera.frame_s * motion.found.corner_hz * 4 <= 1


def _key(tracks: RunTracks, name: str) -> str:
    """Return the key of an axis in the events of the steps, such as magnets-height."""
    event = tracks.documents.events["steps"][0]
    return next(key for key in event if key.endswith(f"-{name}"))


def calibrated(
    points: Sequence[ForcePoints], weight_pn: float = 0.0
) -> tuple[list[ForcePoints], MagnetCalibration | None, list[str]]:
    """Fit one law of force against magnet height to all beads, each with a factor of its own.

    Args:
        points: force and extension of each bead.
        weight_pn: of each bead in its buffer [pN], see `bead_weight_pn`.

    Returns:
        The beads whose trusted forces are in it, in the order of its factors; the calibration, None if there is none;
        and then why, in words.
    """
    beads = [each for each in points if (each.known & each.trusted).any()]
    which = [each.known & each.trusted for each in beads]
    if not beads:
        return list(points), None, ["no bead shows a force that is good enough for a calibration"]
    height, force, error = (
        np.concatenate([getattr(each, name)[good] for each, good in zip(beads, which, strict=True)])
        for name in ("height_mm", "force_pn", "force_error_pn")
    )
    bead = np.repeat(np.arange(len(beads)), [int(good.sum()) for good in which])
    try:
        return beads, calibrate_magnets(np.round(height, 3), force, error / force, bead, weight_pn=weight_pn), []
    except ValueError as refusal:
        return beads, None, [str(refusal)]
