"""A day at the microscope that nobody watches: from the empty field to a report with figures and numbers.

    python examples/a_day.py [FOLDER] [--quick]

The simulated microscope runs in lock-step, as fast as this computer can. On a microscope of yours, open its profile.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from bluesky import plan_stubs as bps
from bluesky.utils import MsgGenerator

from beadline.analysis import MagnetCalibration, RotationCircle, bead_weight_pn
from beadline.devices import Locking, LockOptions
from beadline.figures import (
    ForcePoints,
    RunTracks,
    Screened,
    calibrated,
    calibration_figure,
    circles_of,
    field_angle_deg,
    figures_of,
    force_extension_figure,
    force_points_of,
    hats_figure,
    hats_of,
    motion_figure,
    screened_in,
    surface_nm,
    with_error,
    write_figure,
)
from beadline.plans import (
    bead_lock_wrapper,
    find_beads,
    force_calibration,
    force_extension,
    hat_curve,
    make_lookup_table,
    noise_floor,
    park,
    record,
    screen_tethers,
    set_force,
    set_role,
    staircase,
    startup,
    zero_length,
)
from beadline.session import Session, open_session, save_calibration

CONTOUR_NM, RADIUS_NM, DENSITY_G_PER_CM3 = 2720.0, 1400.0, 1.6
STUCK_NM = 10.0
"""A bead that moves less than this sideways is stuck to the surface, and tells the drift."""
SAMPLE = {"tethers": 8, "references": 3, "width_px": 480, "height_px": 360, "seed": 7}
CLASSES = {"coilable": 0.5, "nicked": 0.125, "double": 0.125, "off-centre": 0.125, "stuck": 0.125}
HEADINGS = {
    "Hat curves": "hats",
    "Force-extension": "force-extension",
    "Motion": "motion",
    "Noise of the stuck beads": "noise",
    "Look-up tables": "tables",
    "Field": "field",
}
DRAWN_BY_RUN = {"beads": "field", "look-up tables": "tables", "noise": "noise", "screening": "screening"}
FAST = {"turns_per_s": 50.0, "turns_per_s2": 500.0}
FEW = {"tethers": 2, "references": 2, "width_px": 320, "height_px": 240, "seed": 7, "instrument": FAST}


@dataclass(frozen=True)
class Times:
    """How much of each measurement; the defaults take some minutes."""

    planes: int = 40
    noise_s: float = 10.0
    zero_s: float = 12.0
    screen_s: float = 2.0
    hat_turns: float = 20.0
    step_turns: float = 2.0
    step_s: float = 1.5
    settle_s: float = 0.5
    circle_s: float = 3.0
    heights_mm: tuple[float, ...] = (2.5, 3.2, 4.0, 4.8, 5.6, 6.4, 7.2)
    forces_pn: tuple[float, ...] = (10.0, 6.0, 4.0, 2.5, 1.5, 0.9, 0.5)
    relative_error: float = 0.08
    at_most_s: float = 25.0


QUICK = Times(20, 1.0, 2.0, 0.5, 18.0, 3.0, 0.3, 0.1, 0.5, (3.0, 3.8, 4.6, 5.4, 6.2), (8.0, 4.0, 2.0, 1.0), 0.2, 3.0)


def measure(session: Session, times: Times, say: Callable[[str], None]) -> dict[str, str]:
    """Run the plans of the day, one after the other, and return the uids of their runs by what they are for."""
    camera, tracker, magnets, focus = session.camera, session.tracker, session.magnets, session.focus
    turns, force = magnets.turns, magnets.force
    uids: dict[str, str] = {}

    def run(name: str, plan: MsgGenerator[Any]) -> None:
        began = time.monotonic()
        uids[name] = session.run(plan)
        say(f"{time.monotonic() - began:6.1f} s  {name}")

    session.RE(startup(camera, tracker, magnets, focus, session.lamp, say=say))
    session.RE(set_force(force, 8.0))
    run("beads", find_beads(camera, tracker))
    # the beads are as high as they get: below them the tables reach down to the surface
    sweep = {"below_um": 1.0, "above_um": 4.0, "planes": times.planes, "frames": 3}
    run("look-up tables", make_lookup_table(camera, tracker, session.recorder, focus, **sweep))
    run("look at the motion", record(camera, [tracker], duration_s=2.0))
    stuck = stuck_beads(session, uids["look at the motion"])
    session.RE(set_role(tracker, stuck, "reference"))
    run("noise", noise_floor(camera, tracker, duration_s=times.noise_s))
    # the rest of the day is about those that one molecule holds
    told = {"duration_s": times.screen_s, "surface_s": times.zero_s, "settle_s": times.settle_s, "say": say}
    run("screening", screen_tethers(camera, tracker, magnets, CONTOUR_NM, keep=("single",), **told))
    run("surface", zero_length(camera, [tracker], magnets.height, duration_s=times.zero_s, settle_s=2.0))

    # where on each bead its molecule is attached
    session.RE(set_force(force, 0.5))
    circle = staircase(camera, [tracker], turns, 0.0, 0.875, 0.125, times.circle_s, times.settle_s, back=False)
    run("circle", circle)
    session.RE(bps.mv(turns, 0.0))

    rule: dict[str, Any] = {
        "relative_error": times.relative_error,
        "at_least_s": 2.0,
        "at_most_s": times.at_most_s,
        "settle_s": times.settle_s,
    }
    series = (CONTOUR_NM, RADIUS_NM)
    calibration = force_calibration(camera, [tracker], force, times.heights_mm, *series, back=False, **rule)
    run("calibration", calibration)
    _, law, refusal, _ = calibrate(session, uids)
    if law is None:
        say(f"forces go on by the law of the profile: {'; '.join(refusal)}")
    else:
        parents = [uids[name] for name in ("calibration", "surface", "circle")]
        uids["calibration, saved"] = save_calibration(session, law, parents, {"radius_nm": RADIUS_NM})

    locking = Locking(stuck, LockOptions(interval_s=0.5, window=20))

    def held(plan: MsgGenerator[str]) -> MsgGenerator[str]:
        return bead_lock_wrapper(plan, session.bead_lock, locking)

    n, step = times.hat_turns, {"duration_s": times.step_s, "settle_s": times.settle_s, "back": False}
    run("hat curve", held(hat_curve(camera, [tracker], turns, force, 0.4, -n, n, times.step_turns, **step)))
    session.RE(bps.mv(turns, 0.0))
    run("force-extension", held(force_extension(camera, [tracker], force, times.forces_pn, *series, **rule)))
    session.RE(park(magnets, session.lamp))
    return uids


def calibrate(
    session: Session, uids: dict[str, str]
) -> tuple[list[ForcePoints], MagnetCalibration | None, list[str], list[str]]:
    """Return the forces of the beads at each height, the law through them or why there is none, and doubts."""
    tracks = {name: RunTracks.read(session.records, uids[name]) for name in ("surface", "circle", "calibration")}
    angle, notes = field_angle_deg(tracks["calibration"])
    circles, _ = circles_of(tracks["circle"], RADIUS_NM)
    hidden = {bead: circle.shortening_nm for bead, circle in circles.items()}
    ground = surface_nm(tracks["surface"])
    points, _ = force_points_of(tracks["calibration"], ground, RADIUS_NM, angle, shortening_nm=hidden)
    return *calibrated(points, float(bead_weight_pn(RADIUS_NM, DENSITY_G_PER_CM3))), notes


def stuck_beads(session: Session, uid: str) -> list[int]:
    """Return the ids of the beads that hardly move; with a look-up table, since drift of the height matters most."""
    tracks = RunTracks.read(session.records, uid)
    rms_nm = np.nanstd(tracks.steady_nm("x"), axis=0)
    stuck = [bead for bead, rms in zip(tracks.beads, rms_nm, strict=True) if rms < STUCK_NM and bead in tracks.tables]
    if not stuck:
        raise RuntimeError(f"No bead moves less than {STUCK_NM:g} nm: without a stuck bead, drift is not known")
    return stuck


def report(session: Session, uids: dict[str, str], folder: Path) -> Path:
    """Analyse the runs, write figures and report.md into a folder, and return its path."""
    tracks = {
        name: RunTracks.read(session.records, uids[name])
        for name in ("surface", "screening", "circle", "calibration", "hat curve", "force-extension")
    }
    ground = surface_nm(tracks["surface"])
    angle, _ = field_angle_deg(tracks["calibration"])
    circles, no_circle = circles_of(tracks["circle"], RADIUS_NM)
    hidden = {bead: circle.shortening_nm for bead, circle in circles.items()}
    points, motions = force_points_of(tracks["force-extension"], ground, RADIUS_NM, angle, shortening_nm=hidden)
    beads, law, refusal, angle_notes = calibrate(session, uids)
    hats = hats_of(tracks["hat curve"], ground)
    classes = [screened_in(event) for event in tracks["screening"].documents.events["tethers"]]

    folder.mkdir(parents=True, exist_ok=True)
    figures = {kind: figures_of(session.records, uids[name], kind)[kind] for name, kind in DRAWN_BY_RUN.items()}
    attached = ["extensions have what the bead hides of them added, by the circle it goes on as the magnets turn"]
    first, moved = next((bead, each) for bead, each in motions.items() if each)
    figures |= {
        "calibration": calibration_figure(beads, law, session.magnets.force.profile_law, title="Force of the magnets"),
        "hats": hats_figure(hats, title="Hat curves at 0.4 pN"),
        "force-extension": force_extension_figure(points, title="Force-extension", notes=attached),
        "motion": motion_figure(moved, title=f"Motion of bead {first} along the field"),
    }
    for kind, figure in figures.items():
        write_figure(figure, folder / f"{kind}.png")

    lines = ["# A day at the microscope", "", f"Runs in {session.data}.", "", "## What holds the beads", ""]
    lines += ["![table of the screening](screening.png)", "", *table_of(classes, points, circles), ""]
    lines += ["## Force of the magnets", "", "![force against height](calibration.png)", ""]
    lines += [*law_of(law, beads, refusal), *(f"- {note}" for note in angle_notes), ""]
    lines += [law_followed(session, uids[name], name) for name in ("hat curve", "force-extension")] + [""]
    for heading, kind in HEADINGS.items():
        lines += [f"## {heading}", "", f"![{heading.lower()}]({kind}.png)", ""]
    lines += ["## Doubts", ""]
    lines += [f"- bead {each.bead}: {doubt}" for each in (*hats, *points) for doubt in each.doubts]
    lines += [f"- bead {bead}: {why}" for bead, why in no_circle.items()] + ["", "## Runs", ""]
    lines += [f"- {name}: `{uid}`" for name, uid in uids.items()]
    path = folder / "report.md"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def law_followed(session: Session, uid: str, name: str) -> str:
    """Return which law set the forces of a run, by its start document."""
    (told,) = session.records.documents(uid)[0][1]["force_law"].values()
    if told["from"] == "profile":
        return f"- forces of the {name} were set by the law of the profile: {told['why']}"
    low, high = told["measured_pn"]
    saved = f"run {told['scan_id']} (`{told['run']}`, SHA-256 {told['sha256'][:12]}…)"
    return f"- forces of the {name} were set by the calibration of {saved}, measured from {low:.2g} to {high:.2g} pN"


def table_of(classes: list[Screened], points: list[ForcePoints], circles: dict[int, RotationCircle]) -> list[str]:
    """Return a table of the molecules: class, persistence and contour length, attachment, each with its error."""
    by_bead = {each.bead: each.fit for each in points}
    rows = ["| bead | class | persistence | contour | off the axis |", "|---|---|---|---|---|"]
    for each in classes:
        fit, circle = by_bead.get(each.bead), circles.get(each.bead)
        chain = ("–", "–")
        if fit is not None:
            lengths = (fit.persistence_nm, fit.persistence_error_nm), (fit.contour_nm, fit.contour_error_nm)
            chain = tuple(with_error(*length, "nm") for length in lengths)
        off = "–" if circle is None else with_error(circle.radius_nm, circle.radius_error_nm, "nm")
        rows.append(f"| {each.bead} | {each.verdict.name} | {chain[0]} | {chain[1]} | {off} |")
    return rows


def law_of(law: MagnetCalibration | None, beads: list[ForcePoints], refusal: list[str]) -> list[str]:
    """Return the calibration in words: forces at heights, and how the beads differ."""
    if law is None:
        return refusal
    heights = np.linspace(law.law.low_mm, law.law.high_mm, 5)
    rows = ["| height | force on a typical bead |", "|---|---|"]
    for height in heights:
        force = with_error(float(law.law.force_pn(height)), float(law.force_error_pn(height)), "pN")
        rows.append(f"| {height:.2f} mm | {force} |")
    factors = ", ".join(
        f"bead {bead.bead} {with_error(float(factor), float(error))}"
        for bead, factor, error in zip(beads, law.bead_factors, law.bead_factor_errors, strict=True)
    )
    return [*rows, "", f"Over a typical bead: {factors}.", "", *(f"- {doubt}" for doubt in law.warnings)]


def main():
    arguments = [each for each in sys.argv[1:] if each != "--quick"]
    quick = "--quick" in sys.argv
    molecules = {"stretch_pn": 1000.0, "classes": {"coilable": 1.0} if quick else CLASSES}
    world = {"clock": "lock-step", "truth": True, "molecules": molecules, **(FEW if quick else SAMPLE)}
    with open_session("simulated", arguments[0] if arguments else None, arguments=world, say=print) as session:
        session.RE.md["bead"] = {"name": "M270", "radius_nm": RADIUS_NM, "density_g_per_cm3": DENSITY_G_PER_CM3}
        uids = measure(session, QUICK if quick else Times(), print)
        print(f"report: {report(session, uids, Path(session.data) / 'a-day')}")


if __name__ == "__main__":
    main()
