"""What the runs of a screening say of each tether: from them follows what holds it."""

from collections.abc import Mapping
from typing import Any, cast

import numpy as np

from beadline.analysis import RotationCircle, TetherClass, TetherEvidence, rotation_circle

from .run_tracks import RunTracks
from .screening_pictures import COLOUR_OF, Screened


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


def _mean(values: np.ndarray) -> float:
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else float("nan")
