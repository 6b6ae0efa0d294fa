"""Hold a force, or jump from one to another."""

from collections.abc import Sequence
from typing import Any

from bluesky.utils import MsgGenerator

from beadline.devices import Camera, Force, RingDetector

from .arguments import plan
from .checks import above_zero, at_least
from .protocol import Step, record_protocol

UNITS = {"force_pn": "pN"}


@plan
def force_clamp(
    camera: Camera,
    consumers: Sequence[RingDetector],
    force: Force,
    force_pn: float,
    duration_s: float,
    settle_s: float = 1.0,
    md: dict[str, Any] | None = None,
) -> MsgGenerator[str]:
    """Hold the magnets at a force and record, and return the uid of the run.

    The force is checked before anything moves. Ends at this force; whatever ends it early leaves the magnets where
    they are.

    Args:
        camera: the clock of the recording.
        consumers: what to do with each frame: the tracker, the recorder, or both.
        force: the force axis.
        force_pn: force to hold [pN].
        duration_s: how long to record [s].
        settle_s: how long to wait after the move [s].
        md: metadata for the run.

    Raises:
        ValueError: an argument is out of range, or the magnets cannot make the force.
    """
    step = Step({"force_pn": force_pn}, duration_s, [(force, force_pn)], settle_s)
    plan_md = {
        "plan_name": "force_clamp",
        "force_pn": force_pn,
        "duration_s": duration_s,
        "settle_s": settle_s,
        **(md or {}),
    }
    return (yield from record_protocol(camera, consumers, [step], UNITS, [force.height, force], plan_md))


@plan
def force_jump(
    camera: Camera,
    consumers: Sequence[RingDetector],
    force: Force,
    from_pn: float,
    to_pn: float,
    before_s: float = 10.0,
    after_s: float = 10.0,
    repeats: int = 1,
    settle_s: float = 1.0,
    md: dict[str, Any] | None = None,
) -> MsgGenerator[str]:
    """Jump from one force to another, as fast as the magnets go, and return the uid of the run.

    Both forces are checked before anything moves. Ends at to_pn; whatever ends it early leaves the magnets where they
    are. One recording without gaps; the step after a jump begins with the jump.

    Args:
        camera: the clock of the recording.
        consumers: what to do with each frame: the tracker, the recorder, or both.
        force: the force axis.
        from_pn: force before the jump [pN].
        to_pn: force after it, higher or lower [pN].
        before_s: how long to record before each jump [s].
        after_s: how long to record after each [s].
        repeats: how many jumps; in between the magnets go back.
        settle_s: how long to wait at from_pn before the recording counts [s].
        md: metadata for the run.

    Raises:
        ValueError: an argument is out of range, or the magnets cannot make a force.
    """
    above_zero("s", before_s=before_s, after_s=after_s)
    at_least("repeats", repeats, 1)
    at_least("settle_s", settle_s, 0, "s")
    if from_pn == to_pn:
        raise ValueError(f"to_pn cannot be {to_pn:g} pN: the force is that before the jump already")
    before = Step({"force_pn": from_pn}, before_s, [(force, from_pn)], settle_s)
    after = Step({"force_pn": to_pn}, after_s, [(force, to_pn)], with_move=True)
    plan_md = {
        "plan_name": "force_jump",
        "forces_pn": [from_pn, to_pn],
        "before_s": before_s,
        "after_s": after_s,
        "repeats": repeats,
        **(md or {}),
    }
    steps = [before, after] * repeats
    return (yield from record_protocol(camera, consumers, steps, UNITS, [force.height, force], plan_md))
