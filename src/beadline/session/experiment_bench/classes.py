"""What holds each bead of a mixed field, and the shape of the hats of those that coil."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from beadline.analysis import TetherEvidence, classify_tether, fit_hat_curve, rotation_circle
from beadline.physics import TwistedChain

from .findings import Finding, Section, at_least, at_most, median_and_error, share_error, told, within
from .forces import Sample, settling_s
from .laboratory import Laboratory, Recording

Floats = NDArray[np.float64]

CLASSES = ("coilable", "nicked", "double", "stuck", "off-centre")
HIGH = (8.0, 420.0)
TURNING = (2.0, 110.0)
LOW = (0.4, 20.0)
TURNED, HAT_TURNS = 50.0, np.arange(-21, 21.1, 1.75)
_ZERO_FRAMES, _HIGH_FRAMES, _TURNING_FRAMES = 500, 100, 100
_SURFACE_NM = 200.0
_SLOPE_OVER = 0.5
_NAMED = {"off-centre": "coilable"}


def bench_classes(
    batches: int,
    each: int,
    frames: int,
    seed: int,
    say: Callable[[str], None] = lambda line: None,
) -> Section:
    """Classify mixed fields, by extension, turns at high force, and a hat at low force with the circle in it.

    Args:
        batches: how many fields.
        each: how many tethers of each class in a field.
        frames: at each turn of the hat.
        seed: of the first field.
        say: told the progress.
    """
    rows: list[dict[str, Any]] = []
    for batch in range(batches):
        say(f"classes: field {batch + 1} of {batches}")
        rows += _field(each, frames, seed + batch)
    return Section(_findings(rows), rows)


def _field(each: int, frames: int, seed: int) -> list[dict[str, Any]]:
    sample = Sample("MyOne", 8000, each * len(CLASSES), (HIGH, TURNING, LOW))
    made = sample.laboratory(seed, molecules={"classes": dict.fromkeys(CLASSES, 1 / len(CLASSES))})
    surface_nm = made.surface_nm(_ZERO_FRAMES)

    def at(force_pn: float, turns: float, count: int, rate_hz: float) -> Recording:
        made.pull(force_pn)
        made.move("magnet_turns", turns)
        made.wait(settling_s(sample, force_pn))
        return made.record(count, rate_hz)

    high_nm = at(HIGH[0], 0.0, _HIGH_FRAMES, HIGH[1]).z_nm.mean(axis=0) - surface_nm
    turned_nm = [
        at(TURNING[0], turns, _TURNING_FRAMES, TURNING[1]).z_nm.mean(axis=0) - surface_nm
        for turns in (0.0, -TURNED, TURNED)
    ]
    hats = [at(LOW[0], turns, frames, LOW[1]) for turns in HAT_TURNS]
    truth = made.truth
    rows = []
    for bead in range(sample.tethers):
        lengths = np.array([seen.z_nm[:, bead].mean() for seen in hats]) - surface_nm[bead]
        seen_class, hat = _classified(
            made,
            high_nm[bead] / sample.contour_nm,
            np.array([each[bead] for each in turned_nm]),
            lengths,
            np.array([[seen.x_nm[:, bead].mean(), seen.y_nm[:, bead].mean()] for seen in hats]),
        )
        row: dict[str, Any] = {"true": truth["class"][bead], "found": seen_class.name, "reason": seen_class.reason}
        row["off_centre"] = seen_class.off_centre
        if hat is not None and row["true"] in {"coilable", "off-centre"}:
            steep = _true_slope(made, truth["contour_nm"][bead], hats[0].force_pn[bead])
            row |= {
                "centre_turns": hat.centre_turns,
                "slopes_percent": (100 * (hat.slopes_nm_per_turn / steep - 1)).tolist(),
            }
        rows.append(row)
    return rows


def _classified(made: Laboratory, relative: float, turned_nm: Floats, lengths_nm: Floats, places_nm: Floats) -> Any:
    """Return class and hat of a tether from what was seen of it."""
    above = lengths_nm > _SURFACE_NM
    hat = fit_hat_curve(HAT_TURNS[above], lengths_nm[above]) if above.sum() >= 9 else None
    radius_nm = made.settings.kind.radius_nm
    try:
        circle = rotation_circle(places_nm[above, 0], places_nm[above, 1], HAT_TURNS[above], radius_nm)
    except ValueError:
        circle = None
    losses = 1 - turned_nm[1:] / turned_nm[0]
    evidence = TetherEvidence(
        relative_extension=relative,
        loss_negative=float(losses[0]),
        loss_positive=float(losses[1]),
        hat=hat,
        hat_loss=None if hat is None else float(1 - lengths_nm[above].min() / lengths_nm[above].max()),
        circle=circle,
        bead_radius_nm=radius_nm,
    )
    return classify_tether(evidence), hat


def _true_slope(made: Laboratory, contour_nm: float, force_pn: float) -> float:
    """Return the loss per turn of a molecule that has buckled [nm/turn]."""
    s = made.settings
    chain = TwistedChain(
        contour_nm=contour_nm,
        persistence_nm=s.persistence_nm,
        twist_nm=s.molecules.twist_nm,
        plectoneme_twist_nm=s.molecules.plectoneme_twist_nm,
        pitch_nm=s.molecules.pitch_nm,
        temperature_k=s.temperature_k,
    )
    begin = float(chain.buckling_turns(force_pn)) + 1.0
    lengths = chain.extension_nm(force_pn, np.array([begin, begin + _SLOPE_OVER]))
    return float((lengths[0] - lengths[1]) / _SLOPE_OVER)


def _findings(rows: list[dict[str, Any]]) -> list[Finding]:
    true = np.array([_NAMED.get(row["true"], row["true"]) for row in rows])
    found = np.array([row["found"] for row in rows])
    findings = []
    for name in ("coilable", "nicked", "double", "stuck"):
        own, said = true == name, found == name
        recall = float(np.mean(found[own] == name))
        findings.append(
            at_least(f"recall of {name}", recall, 0.9, error=share_error(recall, own.sum()), n=int(own.sum()))
        )
        precision = float(np.mean(true[said] == name)) if said.any() else 0.0
        findings.append(at_least(f"precision of {name}", precision, 0.9, n=int(said.sum())))
    undecided = float(np.mean(found == "undecided"))
    findings.append(at_most("undecided", undecided, 0.05, error=share_error(undecided, len(rows)), n=len(rows)))
    findings += _attachment(rows)
    shaped = [row for row in rows if "centre_turns" in row and row["found"] == "coilable"]
    centres = np.abs([row["centre_turns"] for row in shaped])
    if not shaped:
        return findings
    middle, error = median_and_error(np.array([row["slopes_percent"] for row in shaped]).ravel())
    inside = float(np.mean(centres < 0.5))
    return [
        *findings,
        at_least(
            "hats whose centre is within 0.5 turns", inside, 0.95, error=share_error(inside, len(shaped)), n=len(shaped)
        ),
        within("median error of the slopes of hats [%]", middle, -5, 5, error=error, n=2 * len(shaped)),
    ]


def _attachment(rows: list[dict[str, Any]]) -> list[Finding]:
    aside = [row["off_centre"] for row in rows if row["true"] == "off-centre"]
    middle = [row["off_centre"] for row in rows if row["true"] == "coilable"]

    def share(of: list[bool | None], verdict: bool | None) -> float:
        return float(np.mean([each is verdict for each in of]))

    return [
        at_least("attached off the axis, found so", share(aside, True), 0.9, n=len(aside)),  # noqa: FBT003 - a verdict
        told("attached off the axis, not decided", share(aside, None), n=len(aside)),
        at_least("attached at the axis, found so", share(middle, False), 0.9, n=len(middle)),  # noqa: FBT003 - as above
    ]
