"""Make look-up tables: sweep the focus and learn what each bead looks like at each height."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from bluesky import plan_stubs as bps
from bluesky.utils import MsgGenerator

from beadline.devices import Camera, FrameBooks, Recorder, Tracker

from .arguments import plan
from .axes import Axis
from .checks import at_least, check_moves
from .endings import ended_by, staged
from .frames import read_event, take_step, take_steps, wait_s
from .runs import in_run

log = logging.getLogger("beadline.plans")


@plan
def make_lookup_table(
    camera: Camera,
    tracker: Tracker,
    recorder: Recorder,
    focus: Axis,
    below_um: float = 3.0,
    above_um: float = 3.0,
    planes: int = 50,
    frames: int = 5,
    settle_s: float = 0.0,
    md: dict[str, Any] | None = None,
) -> MsgGenerator[str]:
    """Sweep the focus, build a look-up table for each bead, give it to the tracker, and return the run's uid.

    Every position is checked before the first move. Ends with the focus where it was; whatever ends the sweep early
    leaves the focus where it is, and says where. The tables are in
    `lookup_table.h5` of the run, beside the windows they were made from. Heights are those of the bead above
    the height it has now, at the present focus: the focal factor of the camera turns focus travel into height.

    Args:
        camera: the clock.
        tracker: whose beads are calibrated, and which builds and takes the tables.
        recorder: records the windows of the beads.
        focus: the focus [µm].
        below_um: how far to go below the present position [µm].
        above_um: how far to go above it [µm].
        planes: number of focus positions.
        frames: number of frames at each.
        settle_s: further wait after each move, beyond the axis' own [s].
        md: metadata for the run.
    """
    at_least("planes", planes, 5)
    at_least("frames", frames, 1)
    at_least("settle_s", settle_s, 0, "s")
    at_least("below_um", below_um, 0, "µm")
    at_least("above_um", above_um, 0, "µm")
    if below_um + above_um <= 0:
        raise ValueError("below_um and above_um cannot both be 0 µm: the focus has to travel")
    centre_um = yield from bps.rd(focus)
    positions = np.linspace(centre_um - below_um, centre_um + above_um, planes).tolist()
    yield from check_moves(focus, positions)
    kind, every = (yield from bps.rd(recorder.kind)), (yield from bps.rd(recorder.every))
    books = FrameBooks(camera, [recorder])

    measured_um: list[float] = []
    returned: list[bool] = []

    def steps() -> MsgGenerator[None]:
        for position in positions:
            yield from bps.mv(focus, position)
            yield from wait_s(settle_s)
            readings = yield from take_step(camera, [recorder], [focus])
            measured_um.append(float(readings[focus.name]["value"]))
        yield from bps.mv(focus, centre_um)
        returned.append(True)

    def sweep() -> MsgGenerator[None]:
        yield from take_steps(camera, [recorder], frames, steps(), books)
        yield from bps.clear_checkpoint()
        yield from _build(camera, tracker, recorder, (np.array(measured_um) - centre_um) * 1000.0, frames)

    def back() -> MsgGenerator[None]:
        yield from bps.mv(recorder.kind, kind, recorder.every, every)
        if not returned:
            left_um = yield from bps.rd(focus)
            log.warning("%s was left at %.3f µm; before the sweep it was at %.3f µm", focus.name, left_um, centre_um)

    plan_md = {
        "plan_name": "make_lookup_table",
        "detectors": [camera.name, recorder.name],
        "axis": focus.name,
        "positions": positions,
        "frames_per_step": frames,
        **(md or {}),
    }
    yield from bps.mv(recorder.kind, "rois", recorder.every, 1)
    run = staged(in_run(sweep(), plan_md, books.sentence), [camera, recorder])
    uid = yield from ended_by(run, back)
    yield from _take(tracker)
    return uid


def _build(
    camera: Camera, tracker: Tracker, recorder: Recorder, travel_nm: np.ndarray[Any, Any], frames: int
) -> MsgGenerator[None]:
    focal_factor = yield from bps.rd(camera.focal_factor)
    request: Mapping[str, Any] = {
        "video_path": str(recorder.path),
        "plane_of_frame": np.repeat(np.arange(len(travel_nm)), frames).tolist(),
        # Raising the objective by d makes a bead look as if it sank by focal_factor * d.
        "z_nm": (-focal_factor * travel_nm).tolist(),
        "provenance": {"focal_factor": focal_factor, "focus_travel_nm": travel_nm.tolist()},
    }
    yield from bps.abs_set(tracker.table_builder, request, wait=True)
    yield from read_event("lookup_table", [tracker.table_builder])


def _take(tracker: Tracker) -> MsgGenerator[None]:
    """Give each bead that got a table its table; one that did not is tracked in x and y only."""
    built = tracker.table_builder
    beads = [
        replace(bead, lookup_table=built.path if bead.id in built.bead_ids else None) for bead in tracker.beads.value
    ]
    yield from bps.abs_set(tracker.beads, beads, wait=True)
    if built.refused:
        (first, reason), *_ = built.refused.items()
        log.warning(
            "%d of %d beads have no look-up table, so x and y only: bead %d, as %s; a bead that moves much needs a "
            "higher force while its table is made",
            len(built.refused), len(built.refused) + len(built.bead_ids), first, reason,
        )  # fmt: skip
