"""Record: the tracks of the beads, video, or both."""

import math
from collections.abc import Sequence
from typing import Any

from bluesky import plan_stubs as bps
from bluesky.utils import MsgGenerator

from beadline.devices import Camera, FrameBooks, RingDetector

from .arguments import plan
from .asking import all_of
from .axes import Axis
from .checks import at_least, check_moves, frames_asked, names, something_to_do
from .endings import staged
from .frames import take_continuously, take_step, take_steps, wait_s
from .runs import in_run


@plan
def record(
    camera: Camera,
    consumers: Sequence[RingDetector],
    frames: int | None = None,
    duration_s: float | None = None,
    md: dict[str, Any] | None = None,
) -> MsgGenerator[str]:
    """Record without a gap, for a number of frames or of seconds, and return the uid of the run.

    Moves nothing. Leaves the camera as it was: live or not.

    Args:
        camera: the clock of the recording.
        consumers: what to do with each frame: the tracker, the recorder, or both.
        frames: number of frames on the camera's own counter.
        duration_s: or the time they take [s].
        md: metadata for the run.
    """
    frames_asked(frames, duration_s)
    something_to_do(consumers)
    if frames is None:
        rate_hz = yield from bps.rd(camera.frame_rate_hz)
        frames = math.ceil(float(duration_s or 0) * rate_hz)
    books = FrameBooks(camera, consumers)
    plan_md = {"plan_name": "record", "frames_asked": frames, **names(camera, consumers), **(md or {})}
    run = in_run(take_continuously(camera, consumers, frames, books), plan_md, books.sentence)
    return (yield from staged(run, [camera, *consumers]))


@plan
def step_record(
    camera: Camera,
    consumers: Sequence[RingDetector],
    axis: Axis,
    positions: Sequence[float],
    frames: int = 100,
    settle_s: float = 0.0,
    md: dict[str, Any] | None = None,
) -> MsgGenerator[str]:
    """Move an axis through positions, record a number of frames at each, and return the uid of the run.

    Every position is checked before the first move. Ends with the axis at its last position. All frames of a step go
    into its event: a recorder must have `every` 1.

    Args:
        camera: the clock of the recording.
        consumers: what to do with each frame: the tracker, the recorder, or both.
        axis: any axis: focus, magnet height, turns, force.
        positions: where to go, in the axis' own unit.
        frames: how many to take at each position, all exposed after the axis has arrived.
        settle_s: further wait after each move [s].
        md: metadata for the run.
    """
    at_least("frames", frames, 1)
    at_least("settle_s", settle_s, 0, "s")
    something_to_do(consumers)
    if len(positions) == 0:
        raise ValueError(f"positions cannot be empty: say where {axis.name} goes")
    yield from all_of([consumer.check_steps for consumer in consumers])
    yield from check_moves(axis, positions)
    books = FrameBooks(camera, consumers)

    def steps() -> MsgGenerator[None]:
        for position in positions:
            yield from bps.mv(axis, position)
            yield from wait_s(settle_s)
            yield from take_step(camera, consumers, [axis])

    plan_md = {
        "plan_name": "step_record",
        "axis": axis.name,
        "positions": [float(position) for position in positions],
        "frames_per_step": frames,
        "settle_s": settle_s,
        **names(camera, consumers),
        **(md or {}),
    }
    run = in_run(take_steps(camera, consumers, frames, steps(), books), plan_md, books.sentence)
    return (yield from staged(run, [camera, *consumers]))
