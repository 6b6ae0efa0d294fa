"""Step an axis through positions and back, recording at each: rotation curves and staircases."""

from collections.abc import Sequence
from typing import Any

from bluesky.utils import MsgGenerator

from beadline.devices import Camera, Force, RingDetector

from .arguments import plan
from .axes import Axis
from .checks import above_zero, at_least, grid
from .protocol import Step, record_protocol
from .recording_times import from_step, there_and_back


@plan
def hat_curve(
    camera: Camera,
    consumers: Sequence[RingDetector],
    turns: Axis,
    force: Force,
    force_pn: float,
    from_turns: float = -30.0,
    to_turns: float = 30.0,
    step_turns: float = 1.0,
    duration_s: float = 1.0,
    settle_s: float = 1.0,
    back: bool = True,  # noqa: FBT002 - arguments of a plan come by name
    first_step: int = 0,
    md: dict[str, Any] | None = None,
) -> MsgGenerator[str]:
    """Turn the magnets step by step at constant force, record at each, and return the uid of the run.

    Force and turns are checked before anything moves. Goes to the force first and then turns; ends at from_turns, or
    without the way back at to_turns, at this force. Whatever ends it early leaves magnets and turns where they are.
    One recording without gaps; each step is an event of the stream `steps`, with its turns, its direction (1 there,
    -1 back) and its first and last frame.

    Args:
        camera: the clock of the recording.
        consumers: what to do with each frame: the tracker, the recorder, or both.
        turns: rotation of the magnets [turns].
        force: the force axis.
        force_pn: the constant force [pN].
        from_turns: where to begin [turns].
        to_turns: where to turn to, either way [turns].
        step_turns: how far in one step, above 0 [turns].
        duration_s: how long to record at each [s].
        settle_s: how long to wait after each turn [s]; three relaxation times of the bead are enough.
        back: whether to go back the same way, to see hysteresis.
        first_step: how many steps to leave out, as an interrupted run has them already.
        md: metadata for the run.

    Raises:
        ValueError: an argument is out of range, or an axis refuses a position.
    """
    positions = grid(from_turns, to_turns, step_turns, "turns")
    above_zero("s", duration_s=duration_s)
    at_least("settle_s", settle_s, 0, "s")
    there = from_step(there_and_back(positions, back=back), first_step)
    steps = [
        Step({"turns": n, "direction": way, "force_pn": force_pn}, duration_s, [(turns, n)], settle_s)
        for n, way in there
    ]
    pull = Step(steps[0].numbers, duration_s, [(force, force_pn), (turns, there[0][0])], settle_s)
    units = {"turns": "turns", "direction": "", "force_pn": "pN"}
    plan_md = {
        "plan_name": "hat_curve",
        "force_pn": force_pn,
        "turns": positions,
        "back": back,
        "duration_s": duration_s,
        "settle_s": settle_s,
        "first_step": first_step,
        "axes": {"turns": turns.name, "force": force.name},
        **(md or {}),
    }
    return (
        yield from record_protocol(camera, consumers, [pull, *steps[1:]], units, [turns, force.height, force], plan_md)
    )


@plan
def staircase(
    camera: Camera,
    consumers: Sequence[RingDetector],
    axis: Axis,
    start: float,
    stop: float,
    step: float,
    duration_s: float = 1.0,
    settle_s: float = 0.0,
    back: bool = True,  # noqa: FBT002 - arguments of a plan come by name
    first_step: int = 0,
    md: dict[str, Any] | None = None,
) -> MsgGenerator[str]:
    """Move an axis up and down in equal steps, record at each, and return the uid of the run.

    Every position is checked before the first move. Ends with the axis at `start`, or without the way back at `stop`;
    whatever ends it early leaves it where it is. One recording without gaps; each step is an event of the stream
    `steps`. With the focus it tells the error of z, with the magnets how beads answer.

    Args:
        camera: the clock of the recording.
        consumers: what to do with each frame: the tracker, the recorder, or both.
        axis: focus, magnet height, force, turns.
        start: first position, in the axis' own unit.
        stop: last position.
        step: from one to the next, above 0.
        duration_s: how long to record at each [s].
        settle_s: further wait after each move [s].
        back: whether to go back the same way.
        first_step: how many steps to leave out, as an interrupted run has them already.
        md: metadata for the run.

    Raises:
        ValueError: an argument is out of range, or the axis refuses a position.
    """
    positions = grid(start, stop, step, f"(unit of {axis.name})")
    at_least("settle_s", settle_s, 0, "s")
    steps = [
        Step({"position": position, "direction": way}, duration_s, [(axis, position)], settle_s)
        for position, way in from_step(there_and_back(positions, back=back), first_step)
    ]
    plan_md = {
        "plan_name": "staircase",
        "axis": axis.name,
        "positions": positions,
        "back": back,
        "duration_s": duration_s,
        "settle_s": settle_s,
        "first_step": first_step,
        **(md or {}),
    }
    units = {"position": "", "direction": ""}
    return (yield from record_protocol(camera, consumers, steps, units, [axis], plan_md))
