"""Measure how large a pixel is in the sample: stuck beads go with the stage."""

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from bluesky import plan_stubs as bps
from bluesky.utils import MsgGenerator
from numpy.typing import NDArray

from beadline.analysis import PixelSize, fit_pixel_size
from beadline.devices import Camera, Conclusion, Tracker

from .arguments import plan
from .axes import Axis
from .checks import above_zero, at_least, grid
from .frames import read_event
from .protocol import Readings, Step, record_protocol

log = logging.getLogger("beadline.plans")
LONGEST_STEP = 0.25
"""In windows: a bead that goes further at once may be lost."""
FRAMES_TO_FOLLOW = 6
ON_THE_WAY = 0.0
"""Direction of a step that is not measured: on the way to where a way begins."""
LEAST_SEEN = 0.5
"""A bead that is not seen in this share of the frames of each step is left out."""
UNITS = {
    "size_nm": "nm",
    "error_nm": "nm",
    "angle_deg": "deg",
    "angle_error_deg": "deg",
    "backlash_nm": "nm",
    "backlash_error_nm": "nm",
    "drift_nm_per_s": "nm/s",
    "residual_nm": "nm",
    "bead_sizes_nm": "nm",
    "bead_errors_nm": "nm",
}


@plan
def calibrate_pixel_size(
    camera: Camera,
    tracker: Tracker,
    axis: Axis,
    travel_um: float = 4.0,
    step_um: float = 1.0,
    duration_s: float = 1.0,
    settle_s: float = 0.5,
    beads: Sequence[int] | None = None,
    apply: bool = False,  # noqa: FBT002 - arguments of a plan come by name
    say: Callable[[str], Any] = log.info,
    md: dict[str, Any] | None = None,
) -> MsgGenerator[PixelSize | None]:
    """Move the stage by known steps, there and back, and measure what its way is in pixels; return the pixel size.

    Every position is checked before the first move. Both ways are begun one step before, so that the axis comes to each
    position from the same side; no step is longer than step_um, so that windows can follow. Ends where the stage was;
    whatever ends it early leaves it where it is. One recording without gaps; each step is an event of the stream
    `steps` with where the beads were, and the result the event of the stream `pixel_size`. Sets nothing unless asked
    to; says what to do with the number.

    Args:
        camera: the clock of the recording.
        tracker: follows the beads, of which x and y are enough.
        axis: of the stage, along the picture in any direction [µm].
        travel_um: whole way, half of it to either side of where the stage is [µm].
        step_um: from one position to the next [µm]; at most a quarter of a window, or it loses its bead.
        duration_s: how long to record at each position [s].
        settle_s: how long to wait after each move [s].
        beads: ids of stuck beads; by default all references.
        apply: give the camera this pixel size until the session ends.
        say: told the result and what speaks against it; at the prompt `print`, by default it goes into the log.
        md: metadata for the run.

    Raises:
        ValueError: an argument is out of range, no bead is stuck, beads have look-up tables that another pixel size
            would make useless, the axis refuses a position, or the beads do not go with the stage.
    """
    chosen = _stuck(tracker, beads)
    at_least("settle_s", settle_s, 0, "s")
    above_zero("µm", travel_um=travel_um, step_um=step_um)
    if apply:
        _check_no_tables(tracker)
    now_um = yield from bps.rd(axis)
    low, high = now_um - travel_um / 2, now_um + travel_um / 2
    up = grid(low, high, step_um, "µm")
    if len(up) < 3:
        raise ValueError(f"step_um cannot be {step_um:g} µm: at most half of travel_um, {travel_um:g} µm")
    _check_step(tracker, step_um, (yield from bps.rd(camera.pixel_size_nm)))
    rate_hz = yield from bps.rd(camera.frame_rate_hz)
    follow_s = FRAMES_TO_FOLLOW / rate_hz
    steps = [
        *_steps(axis, _between(now_um, low - step_um, step_um), ON_THE_WAY, follow_s, 0.0),
        *_steps(axis, up, 1.0, duration_s, settle_s),
        *_steps(axis, [high + step_um], ON_THE_WAY, follow_s, 0.0),
        *_steps(axis, up[::-1], -1.0, duration_s, settle_s),
        *_steps(axis, _between(low, now_um, step_um), ON_THE_WAY, follow_s, 0.0),
    ]
    tracked = [bead.id for bead in tracker.beads.tracked]
    result = Conclusion(lambda seen: _fit(seen, axis.name, tracked, chosen, rate_hz), _tell, UNITS, "pixel_size")

    def conclude(seen: Sequence[Readings]) -> MsgGenerator[None]:
        yield from bps.abs_set(result, seen, wait=True)
        yield from read_event("pixel_size", [result])

    def remark() -> str:
        return "" if result.value is None else result.value[0].sentence()

    plan_md = {
        "plan_name": "calibrate_pixel_size",
        "axis": axis.name,
        "positions": up,
        "beads": chosen,
        "duration_s": duration_s,
        "settle_s": settle_s,
        "applied": apply,
        **(md or {}),
    }
    units = {"position_um": "um", "direction": ""}
    yield from record_protocol(camera, [tracker], steps, units, [axis], plan_md, tracker, conclude, remark)
    if result.value is None:
        return None  # somebody only looks ahead
    size = result.value[0]
    before_nm = yield from bps.rd(camera.pixel_size_nm)
    for sentence in _sentences(size, camera.name, before_nm, apply=apply):
        say(sentence)
    if apply:
        yield from bps.mv(camera.pixel_size_nm, size.size_nm)
    return size


def _steps(axis: Axis, positions: Sequence[float], way: float, duration_s: float, settle_s: float) -> list[Step]:
    return [
        Step({"position_um": position, "direction": way}, duration_s, [(axis, position)], settle_s)
        for position in positions
    ]


def _between(start_um: float, stop_um: float, step_um: float) -> list[float]:
    """Return where to stop on the way, which is not measured: no step is longer than those that are."""
    count = max(1, math.ceil(abs(stop_um - start_um) / step_um - 1e-6))
    return [float(each) for each in np.linspace(start_um, stop_um, count + 1)[1:]]


def _check_step(tracker: Tracker, step_um: float, pixel_size_nm: float) -> None:
    """Refuse a step that windows cannot follow, as far as that is known."""
    window_px = min(tracker.beads.window_px(bead) for bead in tracker.beads.tracked)
    longest_um = window_px * LONGEST_STEP * pixel_size_nm / 1000
    if step_um > longest_um:
        raise ValueError(
            f"step_um cannot be {step_um:g} µm: windows of {window_px} px follow their beads over {longest_um:.2g} µm "
            f"at most, with pixels of about {pixel_size_nm:g} nm"
        )


def _stuck(tracker: Tracker, beads: Sequence[int] | None) -> list[int]:
    tracked = {bead.id: bead.role for bead in tracker.beads.tracked}
    chosen = [bead for bead, role in tracked.items() if role == "reference"] if beads is None else list(beads)
    if unknown := sorted(set(chosen) - set(tracked)):
        raise ValueError(f"beads cannot contain {unknown}: those that are tracked are {sorted(tracked)}")
    if not chosen:
        raise ValueError(
            f"calibrate_pixel_size cannot measure without a stuck bead: none of the {len(tracked)} beads is a "
            "reference; say which are stuck with set_role, or with beads"
        )
    return chosen


def _check_no_tables(tracker: Tracker) -> None:
    if with_table := [bead.id for bead in tracker.beads.value if bead.lookup_table is not None]:
        raise ValueError(
            f"apply cannot be True: beads {with_table} have look-up tables that were made with the present pixel size; "
            "apply it before make_lookup_table, or write it into the profile"
        )


def _fit(
    seen: Sequence[Readings], axis: str, tracked: Sequence[int], chosen: Sequence[int], rate_hz: float
) -> tuple[PixelSize, list[int]]:
    """Return the pixel size, and the beads it is from: those that were seen at every position."""
    seen = [each for each in seen if each["step-direction"] != ON_THE_WAY]

    def column(name: str) -> NDArray[np.float64]:
        return np.array([each[name] for each in seen], dtype=np.float64)

    whole = [bead for bead in chosen if (column("step-seen")[:, tracked.index(bead)] >= LEAST_SEEN).all()]
    lost = sorted(set(chosen) - set(whole))
    if not whole:
        raise ValueError(
            f"A pixel cannot be measured: none of the beads {lost} was seen at every position; use smaller steps, a "
            "shorter way, or beads further from the edge"
        )
    places = [tracked.index(bead) for bead in whole]
    middle = (column("step-first_frame") + column("step-last_frame")) / 2
    size = fit_pixel_size(
        column(axis),
        column("step-direction"),
        middle / rate_hz,
        column("step-x_px")[:, places],
        column("step-y_px")[:, places],
        whole,
    )
    if lost:
        left_out = f"beads {lost} were left out: they were not seen at every position"
        size = replace(size, warnings=(left_out, *size.warnings))
    return size, whole


def _tell(result: tuple[PixelSize, list[int]]) -> dict[str, Any]:
    size, beads = result
    numbers = {name: getattr(size, name) for name in UNITS}
    return {**numbers, "beads": np.array(beads, dtype=np.int64), "warnings": "; ".join(size.warnings)}


def _sentences(size: PixelSize, camera: str, before_nm: float, *, apply: bool) -> list[str]:
    """Return the result, what speaks against it, and what to do with it."""
    new = f"{size.size_nm:.2f}"
    known = "it was not known" if np.isnan(before_nm) else f"{camera} has had {before_nm:g} nm"
    keep = f"to keep it, write pixel_size_nm={new} into the profile, where {camera} is made"
    now = f"{camera} has it now" if apply else f"to use it in this session, RE(bps.mv({camera}.pixel_size_nm, {new}))"
    return [size.sentence(), *(f"but {warning}" for warning in size.warnings), f"{known}; {keep}; {now}"]
