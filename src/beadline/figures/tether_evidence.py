"""What the runs of a screening say of each tether: from them follows what holds it."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np

from beadline.analysis import RotationCircle, TetherClass, TetherEvidence, classify_tether, rotation_circle

from .force_extension_pictures import ForcePoints
from .hat_pictures import HatPoints
from .measured import levels_nm
from .run_tracks import RunTracks
from .screening_pictures import COLOUR_OF, Screened

LARGEST_ERROR_NM = 6.0
"""Of a persistence length that is to tell one molecule from two, of 50 and 25 nm [nm]."""


def circles_of(tracks: RunTracks, radius_nm: float) -> tuple[dict[int, RotationCircle], dict[int, str]]:
    """Return the circle on which each tether goes in a run of steps in turns, and why there is none, by bead.

    Args:
        tracks: of a staircase or hat curve with parts of a turn, at low force.
        radius_nm: of the beads [nm].
    """
    documents = tracks.documents
    key = next(key for key in documents.events["steps"][0] if key.endswith("-turns"))
    turns, steps = documents.column("steps", key), tracks.steps()
    x, y = (tracks.steady_nm(name) for name in ("x", "y"))
    found: dict[int, RotationCircle] = {}
    refused: dict[int, str] = {}
    for place in tracks.places("tether"):
        means = np.array([[_mean(each[step, place]) for step in steps] for each in (x, y)])
        seen = np.isfinite(means).all(axis=0)
        try:
            found[tracks.beads[place]] = rotation_circle(means[0, seen], means[1, seen], turns[seen], radius_nm)
        except ValueError as refusal:
            refused[tracks.beads[place]] = str(refusal)
    return found, refused


def losses_of(tracks: RunTracks, ground: Mapping[int, float]) -> dict[int, tuple[float, float]]:
    """Return the share of its extension that each tether loses at the lowest and the highest turns of a run.

    Args:
        tracks: of a hat curve at high force, from negative to positive turns through 0.
        ground: height of the surface by bead [nm]; a bead that is not in it is left out.
    """
    turns = tracks.documents.column("steps", "step-turns")
    ends = [int(np.argmin(turns)), int(np.argmin(np.abs(turns))), int(np.argmax(turns))]
    losses = {}
    for place in tracks.places("tether"):
        if tracks.beads[place] not in ground:
            continue
        low, middle, high = levels_nm(tracks, place, ground)[0][ends]
        if np.isfinite(low + middle + high) and middle > 0:
            losses[tracks.beads[place]] = (float(1 - low / middle), float(1 - high / middle))
    return losses


def screened(
    hats: Sequence[HatPoints],
    losses: Mapping[int, tuple[float, float]],
    points: Sequence[ForcePoints],
    circles: Mapping[int, RotationCircle],
    contour_nm: float,
    radius_nm: float,
) -> list[Screened]:
    """Classify each tether by what was measured of it; what was not is left open, and no bead is left out.

    Args:
        hats: hat curves at 0.3 to 0.5 pN, extensions from the surface on.
        losses: at 2 to 5 pN, see `losses_of`.
        points: force and extension.
        circles: see `circles_of`.
        contour_nm: of the molecules [nm].
        radius_nm: of the beads [nm].
    """
    by_bead = {each.bead: each for each in points}
    found = []
    for hat in hats:
        curve = by_bead.get(hat.bead)
        low, high = losses.get(hat.bead, (None, None))
        evidence = TetherEvidence(
            relative_extension=_share_of_contour(curve, contour_nm),
            loss_negative=low,
            loss_positive=high,
            hat=hat.fit,
            hat_loss=_hat_loss(hat),
            persistence_nm=_persistence_nm(curve),
            circle=circles.get(hat.bead),
            bead_radius_nm=radius_nm,
        )
        found.append(Screened(hat.bead, evidence, classify_tether(evidence)))
    return found


def screened_in(event: Mapping[str, Any]) -> Screened:
    """Return what an event of `screen_tethers` says of a bead; the shape of its hat and its circle are not in it."""

    def number(name: str) -> float | None:
        value = float(event[f"tether-{name}"])
        return value if np.isfinite(value) else None

    evidence = TetherEvidence(
        relative_extension=number("relative_extension"),
        loss_negative=number("loss_negative"),
        loss_positive=number("loss_positive"),
        hat_loss=number("hat_loss"),
    )
    name, reason, remarks = (str(event[f"tether-{each}"]) for each in ("class", "reason", "remarks"))
    if name not in COLOUR_OF:
        raise ValueError(f"Bead {event['tether-bead']} cannot be {name!r}: it is one of {', '.join(COLOUR_OF)}")
    words = f"{reason} ({remarks})" if remarks else reason
    verdict = TetherClass(cast("Any", name), words, off_centre=None, off_centre_reason="")
    return Screened(int(event["tether-bead"]), evidence, verdict)


def _share_of_contour(curve: ForcePoints | None, contour_nm: float) -> float | None:
    if curve is None or not np.isfinite(curve.extension_nm).any():
        return None
    return float(np.nanmax(curve.extension_nm) / contour_nm)


def _persistence_nm(curve: ForcePoints | None) -> float | None:
    """Return the persistence length, if it is known well enough to tell one molecule from two."""
    fit = None if curve is None else curve.fit
    return fit.persistence_nm if fit is not None and fit.persistence_error_nm < LARGEST_ERROR_NM else None


def _hat_loss(hat: HatPoints) -> float | None:
    if not np.isfinite(hat.extension_nm).any():
        return None
    greatest, least = float(np.nanmax(hat.extension_nm)), float(np.nanmin(hat.extension_nm))
    return (greatest - least) / greatest if greatest > 0 else None


def _mean(values: np.ndarray) -> float:
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else float("nan")
