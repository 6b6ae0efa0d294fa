"""Find out what holds each bead: one molecule that coils, a nicked one, two, or the surface."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from bluesky import plan_stubs as bps
from bluesky.utils import MsgGenerator

from beadline.analysis import ScreenedTether, TurnedTether, screen_tether, without_drift
from beadline.devices import Camera, Conclusion, Magnets, Tracker

from .arguments import plan
from .bead_edits import set_role
from .checks import above_zero, at_least
from .frames import read_event
from .protocol import Readings, Step, record_protocol

log = logging.getLogger("beadline.plans")
NM_PER_TURN = 3.57
"""Contour of dsDNA per turn of the double helix [nm]."""
TURNED_SHARE, HAT_SHARE = 0.06, 0.03
"""Of the turns of the relaxed double helix: by how much it is turned, and half of a hat curve. At 2 pN one molecule
buckles after 3.2 %, at 4 pN after 4.5 %."""
HAT_POINTS = 17
LEAST_SEEN = 0.9
"""Share of the frames with the magnets up in which a bead has a track, for its lowest height to be the surface."""
SURFACE, HIGH, RELAXED, NEGATIVE, POSITIVE, HAT = range(6)
"""What a step is, as its number `what` says."""
SINGLE = ("coilable", "nicked")
CLASSES = (*SINGLE, "double", "stuck", "undecided")
NUMBERS = {
    "extension_nm": "nm",
    "relative_extension": "",
    "loss_negative": "",
    "loss_positive": "",
    "hat_loss": "",
    "hat_centre_turns": "turns",
    "hat_asymmetry": "",
}


@plan
def screen_tethers(
    camera: Camera,
    tracker: Tracker,
    magnets: Magnets,
    contour_nm: float,
    up_mm: float = 15.0,
    high_pn: float = 8.0,
    turning_pn: float = 2.0,
    low_pn: float = 0.4,
    turned: float | None = None,
    hat_turns: float | None = None,
    duration_s: float = 2.0,
    surface_s: float = 10.0,
    settle_s: float = 1.0,
    keep: Sequence[str] = (),
    say: Callable[[str], Any] = log.info,
    md: dict[str, Any] | None = None,
) -> MsgGenerator[dict[int, ScreenedTether]]:
    """Pull and turn the beads, and return what holds each that is a tether, by id: its class, reason and evidence.

    Every position is checked before the first move. First the magnets go up, to see where each bead touches the
    surface; then its extension at high force, the loss by turning to both sides, and a hat curve at low force. Ends at
    low_pn and 0 turns; whatever ends it early leaves magnets and turns where they are. One recording without gaps;
    each step is an event of the stream `steps` with where the beads were, each tether one of the stream `tethers`.
    No bead is left out: one that was not seen or has no look-up table is undecided, and why is said.

    Args:
        camera: the clock of the recording.
        tracker: follows the beads; those without look-up table have no height.
        magnets: height, turns and force.
        contour_nm: of the construct, dsDNA [nm].
        up_mm: where the force is no more than a few fN [mm]; refused if that is nearer to the sample than now.
        high_pn: where the extension is measured [pN].
        turning_pn: where the beads are turned to both sides, 2 to 3 pN [pN].
        low_pn: where the hat curve is measured, 0.3 to 0.5 pN [pN].
        turned: how far to either side at turning_pn [turns]; by default 6 % of the turns of the double helix. Too
            few for a molecule to coil do not tell a nicked one, and are remarked.
        hat_turns: how far at low_pn [turns]; by default 3 %.
        duration_s: how long to record at each step [s].
        surface_s: how long with the magnets up [s].
        settle_s: how long to wait after each move [s]; three relaxation times of the bead are enough.
        keep: classes whose beads stay tethers, "single" for coilable and nicked; tethers of the others get the role
            "ignored". By default no role is changed.
        say: told one sentence for each bead; at the prompt `print`, by default it goes into the log.
        md: metadata for the run.

    Raises:
        ValueError: an argument is out of range, there is no tether, or the magnets refuse a position.
    """
    above_zero("nm", contour_nm=contour_nm)
    above_zero("pN", high_pn=high_pn, turning_pn=turning_pn, low_pn=low_pn)
    at_least("settle_s", settle_s, 0, "s")
    kept = _kept(keep)
    turned = float(max(round(TURNED_SHARE * contour_nm / NM_PER_TURN), 1) if turned is None else turned)
    half = float(max(round(HAT_SHARE * contour_nm / NM_PER_TURN), 1) if hat_turns is None else hat_turns)
    above_zero("turns", turned=turned, hat_turns=half)
    now_mm = yield from bps.rd(magnets.height)
    if not up_mm >= now_mm - 0.01:
        raise ValueError(
            f"up_mm cannot be {up_mm:g} mm: {magnets.height.name} is at {now_mm:.3f} mm, and the surface is looked for "
            "with the magnets up; say at least that height"
        )
    tracked = [bead.id for bead in tracker.beads.tracked]
    tethers = [bead.id for bead in tracker.beads.tracked if bead.role == "tether"]
    references = [tracked.index(bead.id) for bead in tracker.beads.tracked if bead.role == "reference"]
    if not tethers:
        raise ValueError("screen_tethers has nothing to screen: no bead is a tether; find_beads and set_role make some")
    steps = _steps(magnets, up_mm, (high_pn, turning_pn, low_pn), turned, half, (surface_s, duration_s), settle_s)
    all_of_them = Conclusion(
        lambda seen: _screened(seen, tracked, tethers, references, contour_nm, (turned, turning_pn)),
        lambda _: {},
        {},
        "screening",
    )
    told = Conclusion(
        lambda bead: (bead, (all_of_them.value or {})[bead]), lambda each: _tell(*each, kept), NUMBERS, "tether"
    )

    def conclude(seen: Sequence[Readings]) -> MsgGenerator[None]:
        yield from bps.abs_set(all_of_them, seen, wait=True)
        for bead in tethers:
            yield from bps.abs_set(told, bead, wait=True)
            yield from read_event("tethers", [told])

    plan_md = {
        "plan_name": "screen_tethers",
        "contour_nm": contour_nm,
        "up_mm": up_mm,
        "forces_pn": [high_pn, turning_pn, low_pn],
        "turned": turned,
        "hat_turns": half,
        "tethers": tethers,
        "references": [tracked[each] for each in references],
        "keep": list(keep),
        **(md or {}),
    }
    units = {"what": "", "turns": "turns", "force_pn": "pN"}
    also = [magnets.turns, magnets.height]
    yield from record_protocol(camera, [tracker], steps, units, also, plan_md, tracker, conclude)
    screened = all_of_them.value or {}  # who only looks ahead has none
    if not references:
        say("no bead is a reference: drift is not taken out of the heights")
    for bead, each in screened.items():
        say(_sentence(bead, each, kept))
    if kept and (others := [bead for bead, each in screened.items() if each.verdict.name not in kept]):
        yield from set_role(tracker, others, "ignored")
    return screened


def _kept(keep: Sequence[str]) -> tuple[str, ...]:
    """Return the classes that are kept; none is all."""
    wrong = [keep] if isinstance(keep, str) else sorted(set(keep) - {*CLASSES, "single"})
    if wrong:
        raise ValueError(f"keep cannot be {', '.join(wrong)}: it is a list of {', '.join(('single', *CLASSES))}")
    return tuple(name for each in keep for name in (SINGLE if each == "single" else (each,)))


def _steps(
    magnets: Magnets,
    up_mm: float,
    forces_pn: tuple[float, float, float],
    turned: float,
    half: float,
    durations_s: tuple[float, float],
    settle_s: float,
) -> list[Step]:
    """Return what happens: up, pull, turn to both sides, a hat curve from the negative to the positive, and back to 0.

    Turns are changed at the force of turning, where no bead comes down to the surface.
    """
    high_pn, turning_pn, low_pn = forces_pn
    surface_s, duration_s = durations_s
    force, turns = magnets.force, magnets.turns

    def step(what: int, n: float, force_pn: float, moves: Sequence[tuple[Any, float]], longer_s: float = 0.0) -> Step:
        numbers = {"what": what, "turns": n, "force_pn": force_pn}
        return Step(numbers, longer_s or duration_s, moves, settle_s)

    hat = [float(each) for each in np.linspace(-half, half, HAT_POINTS)]
    return [
        step(SURFACE, 0.0, 0.0, [(turns, 0.0), (magnets.height, up_mm)], surface_s),
        step(HIGH, 0.0, high_pn, [(force, high_pn)]),
        step(RELAXED, 0.0, turning_pn, [(force, turning_pn)]),
        step(NEGATIVE, -turned, turning_pn, [(turns, -turned)]),
        step(POSITIVE, turned, turning_pn, [(turns, turned)]),
        step(HAT, hat[0], low_pn, [(turns, hat[0]), (force, low_pn)]),
        *(step(HAT, n, low_pn, [(turns, n)]) for n in hat[1:]),
        step(HAT, 0.0, low_pn, [(turns, 0.0)]),
    ]


def _screened(
    seen: Sequence[Readings],
    tracked: Sequence[int],
    tethers: Sequence[int],
    references: Sequence[int],
    contour_nm: float,
    turned: tuple[float, float],
) -> dict[int, ScreenedTether]:
    what, turns = (np.array([float(each[f"step-{name}"]) for each in seen]) for name in ("what", "turns"))
    mean, lowest, share, beyond = (
        np.array([each[f"step-{name}"] for each in seen]) for name in ("z_nm", "lowest_z_nm", "seen", "beyond_table")
    )
    touching = int(np.flatnonzero(what == SURFACE)[0])
    level = without_drift(mean, references)
    screened: dict[int, ScreenedTether] = {}
    for bead in tethers:
        place = tracked.index(bead)
        high, relaxed, negative, positive = (
            float(level[np.flatnonzero(what == each)[0], place]) for each in (HIGH, RELAXED, NEGATIVE, POSITIVE)
        )
        whole = share[touching, place] >= LEAST_SEEN
        surface = float(lowest[touching, place]) if whole else np.nan
        hat = what == HAT
        heights = TurnedTether(surface, high, relaxed, negative, positive, turns[hat], level[hat, place])
        found = screen_tether(heights, contour_nm, *turned)
        if not np.isfinite(surface):
            remark = _no_surface(float(share[touching, place]), float(beyond[touching, place]))
            found = replace(found, remarks=(remark, *found.remarks))
        screened[bead] = found
    return screened


def _no_surface(seen: float, beyond: float) -> str:
    return (
        f"with the magnets up it had a track in {100 * seen:.0f} % of the frames ({100 * LEAST_SEEN:g} % are needed), "
        f"and was beyond its look-up table in {100 * beyond:.1f} %: if that is above 1 %, make one from a longer sweep"
    )


def _tell(bead: int, screened: ScreenedTether, kept: Sequence[str]) -> dict[str, Any]:
    """Return it as an event."""
    seen, hat = screened.evidence, screened.evidence.hat
    numbers = {
        "extension_nm": screened.extension_nm,
        "relative_extension": seen.relative_extension,
        "loss_negative": seen.loss_negative,
        "loss_positive": seen.loss_positive,
        "hat_loss": seen.hat_loss,
        "hat_centre_turns": None if hat is None else hat.centre_turns,
        "hat_asymmetry": None if hat is None else hat.asymmetry,
    }
    known = {name: float("nan") if value is None else float(value) for name, value in numbers.items()}
    role = "ignored" if kept and screened.verdict.name not in kept else "tether"
    return {
        "bead": bead,
        "class": screened.verdict.name,
        "reason": screened.verdict.reason,
        "remarks": "; ".join(screened.remarks),
        "role": role,
        **known,
    }


def _sentence(bead: int, screened: ScreenedTether, kept: Sequence[str]) -> str:
    ignored = ", and is ignored from now on" if kept and screened.verdict.name not in kept else ""
    remarks = f" ({'; '.join(screened.remarks)})" if screened.remarks else ""
    return f"bead {bead} is {screened.verdict.name}: {screened.verdict.reason}{remarks}{ignored}"
