"""What other measurements are compared with: the noise of stuck beads, and the height of the surface."""

from collections.abc import Sequence
from typing import Any

from bluesky import plan_stubs as bps
from bluesky.utils import MsgGenerator

from beadline.devices import Camera, RingDetector, Tracker

from .arguments import plan
from .axes import Axis
from .checks import above_zero, at_least
from .protocol import Step, record_protocol


@plan
def noise_floor(
    camera: Camera,
    tracker: Tracker,
    duration_s: float = 60.0,
    md: dict[str, Any] | None = None,
) -> MsgGenerator[str]:
    """Record stuck beads, whose motion is noise and drift, and return the uid of the run.

    Moves nothing. Heights are told only of beads with a look-up table.

    Args:
        camera: the clock of the recording.
        tracker: at least one of its beads is a reference.
        duration_s: how long to record [s].
        md: metadata for the run.

    Raises:
        ValueError: an argument is out of range, or no bead is a reference.
    """
    stuck = [bead.id for bead in tracker.beads.tracked if bead.role == "reference"]
    if not stuck:
        raise ValueError(
            "noise_floor cannot measure without a stuck bead: none of the "
            f"{len(tracker.beads.tracked)} beads is a reference; say which are stuck with set_role"
        )
    step = Step({"references": len(stuck)}, duration_s)
    plan_md = {"plan_name": "noise_floor", "references": stuck, "duration_s": duration_s, **(md or {})}
    return (yield from record_protocol(camera, [tracker], [step], {"references": ""}, [], plan_md))


@plan
def zero_length(
    camera: Camera,
    consumers: Sequence[RingDetector],
    height: Axis,
    up_mm: float = 15.0,
    duration_s: float = 30.0,
    settle_s: float = 5.0,
    md: dict[str, Any] | None = None,
) -> MsgGenerator[str]:
    """Move the magnets up until they hardly pull, record where the beads touch the surface, and return the run's uid.

    The lowest that each bead comes is where its extension is 0: `beadline.analysis.touching_height_nm` finds it.
    Refused if it would bring the magnets nearer to the sample. Ends with the magnets up; whatever ends it early leaves
    them where they are.

    Args:
        camera: the clock of the recording.
        consumers: what to do with each frame: the tracker, the recorder, or both.
        height: height of the magnets [mm].
        up_mm: where the force is no more than a few fN [mm].
        duration_s: how long to record [s].
        settle_s: how long the beads may fall [s].
        md: metadata for the run.

    Raises:
        ValueError: an argument is out of range, the magnets are higher than that now, or cannot go there.
    """
    above_zero("s", duration_s=duration_s)
    at_least("settle_s", settle_s, 0, "s")
    now_mm = yield from bps.rd(height)
    if not up_mm >= now_mm - 0.01:
        raise ValueError(
            f"up_mm cannot be {up_mm:g} mm: {height.name} is at {now_mm:.3f} mm, and zero_length only moves up; "
            "say at least that height"
        )
    step = Step({"height_mm": up_mm}, duration_s, [(height, up_mm)], settle_s)
    plan_md = {
        "plan_name": "zero_length",
        "height_mm": up_mm,
        "duration_s": duration_s,
        "settle_s": settle_s,
        **(md or {}),
    }
    return (yield from record_protocol(camera, consumers, [step], {"height_mm": "mm"}, [height], plan_md))
