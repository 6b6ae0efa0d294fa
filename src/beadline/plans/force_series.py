"""Record at one force after the other, each as long as its error asks for: force-extension, and the calibration."""

from collections.abc import Sequence
from typing import Any

from bluesky import plan_stubs as bps
from bluesky.utils import MsgGenerator

from beadline.devices import Camera, Force, RingDetector

from .arguments import plan
from .checks import at_least, not_empty
from .protocol import Step, record_protocol
from .recording_times import UNITS, RecordingTimes, from_step, there_and_back


@plan
def force_extension(
    camera: Camera,
    consumers: Sequence[RingDetector],
    force: Force,
    forces_pn: Sequence[float],
    contour_nm: float,
    radius_nm: float,
    relative_error: float = 0.05,
    at_least_s: float = 5.0,
    at_most_s: float = 120.0,
    settle_s: float = 1.0,
    temperature_k: float = 298.15,
    back: bool = False,  # noqa: FBT002 - arguments of a plan come by name
    first_step: int = 0,
    md: dict[str, Any] | None = None,
) -> MsgGenerator[str]:
    """Record the beads at each force until the force will be known well enough, and return the uid of the run.

    Every force is checked before anything moves. Ends at the last force; whatever ends it early leaves the magnets
    where they are. One recording without gaps; each force is an event of the stream `steps`, with its first and last
    frame and what was expected: its error, the corner frequency, and whether frames come often enough for that
    (`well_sampled`; where it is 0, take the tracker's noise from stuck beads).

    Args:
        camera: the clock of the recording.
        consumers: what to do with each frame: the tracker, the recorder, or both.
        force: the force axis.
        forces_pn: one after the other [pN].
        contour_nm: of the molecules, dsDNA [nm].
        radius_nm: of the beads [nm].
        relative_error: of the force of one bead, from its motion; 0.05 takes 800 relaxation times.
        at_least_s: record at least so long at each [s].
        at_most_s: and at most so long, even if the error stays greater [s].
        settle_s: wait so long after each move [s], or three relaxation times if that is longer.
        temperature_k: of the water [K].
        back: whether to go back the same way.
        first_step: how many steps to leave out, as an interrupted run has them already.
        md: metadata for the run.

    Raises:
        ValueError: an argument is out of range, or the magnets cannot make a force.
    """
    times = RecordingTimes(contour_nm, radius_nm, relative_error, at_least_s, at_most_s, temperature_k)
    not_empty("forces_pn", forces_pn, "which forces")
    at_least("settle_s", settle_s, 0, "s")
    steps_md = {"back": back, "first_step": first_step}
    plan_md = {
        "plan_name": "force_extension",
        "forces_pn": [float(each) for each in forces_pn],
        **steps_md,
        **(md or {}),
    }
    targets = [
        (force, force_pn, force_pn, way)
        for force_pn, way in from_step(there_and_back(forces_pn, back=back), first_step)
    ]
    return (yield from _series(camera, consumers, force, targets, times, settle_s, plan_md))


@plan
def force_calibration(
    camera: Camera,
    consumers: Sequence[RingDetector],
    force: Force,
    heights_mm: Sequence[float],
    contour_nm: float,
    radius_nm: float,
    relative_error: float = 0.05,
    at_least_s: float = 10.0,
    at_most_s: float = 600.0,
    settle_s: float = 1.0,
    temperature_k: float = 298.15,
    back: bool = True,  # noqa: FBT002 - arguments of a plan come by name
    first_step: int = 0,
    md: dict[str, Any] | None = None,
) -> MsgGenerator[str]:
    """Record the beads at each magnet height, there and back, for the force against height; return the run's uid.

    Every height is checked before anything moves. How long to record follows from the force that the present law of
    the force axis expects; where that says nothing, it is at_most_s, and the event has NaN for the force expected. Ends
    at the first height, or without the way back at the last one; whatever ends it early leaves the magnets where they
    are. One recording without gaps, with events as those of `force_extension`.

    Args:
        camera: the clock of the recording.
        consumers: what to do with each frame: the tracker, the recorder, or both.
        force: the force axis, whose law is to be measured.
        heights_mm: one after the other [mm]; 12 to 20 heights at equal ratios of force are usual.
        contour_nm: of the molecules, dsDNA [nm].
        radius_nm: of the beads [nm].
        relative_error: of the force of one bead, from its motion; 0.05 takes 800 relaxation times.
        at_least_s: record at least so long at each [s].
        at_most_s: and at most so long, even if the error stays greater [s].
        settle_s: wait so long after each move [s], or three relaxation times if that is longer.
        temperature_k: of the water [K].
        back: whether to go back the same way, to see drift and backlash.
        first_step: how many steps to leave out, as an interrupted run has them already.
        md: metadata for the run.

    Raises:
        ValueError: an argument is out of range, or the magnets cannot go to a height.
    """
    times = RecordingTimes(contour_nm, radius_nm, relative_error, at_least_s, at_most_s, temperature_k)
    not_empty("heights_mm", heights_mm, "which heights")
    at_least("settle_s", settle_s, 0, "s")
    steps_md = {"back": back, "first_step": first_step}
    plan_md = {
        "plan_name": "force_calibration",
        "heights_mm": [float(each) for each in heights_mm],
        **steps_md,
        **(md or {}),
    }
    targets = [
        (force.height, height_mm, force.force_at(height_mm), way)
        for height_mm, way in from_step(there_and_back(heights_mm, back=back), first_step)
    ]
    return (yield from _series(camera, consumers, force, targets, times, settle_s, plan_md))


def _series(
    camera: Camera,
    consumers: Sequence[RingDetector],
    force: Force,
    targets: Sequence[tuple[Any, float, float, float]],
    times: RecordingTimes,
    settle_s: float,
    plan_md: dict[str, Any],
) -> MsgGenerator[str]:
    """Record at each target: the axis, where it goes, the force expected there [pN], and the direction."""
    rate_hz = yield from bps.rd(camera.frame_rate_hz)
    steps: list[Step] = []
    for axis, position, force_pn, way in targets:
        numbers = {"force_pn": force_pn, "direction": way, **times.numbers(force_pn, rate_hz)}
        steps.append(Step(numbers, numbers["duration_s"], [(axis, position)], times.settle_s(force_pn, settle_s)))
    rule = {
        name: getattr(times, name)
        for name in ("contour_nm", "radius_nm", "relative_error", "at_least_s", "at_most_s", "temperature_k")
    }
    axes = {"axes": {"force": force.name}}
    md = {"settle_s": settle_s, **axes, "durations_s": [step.duration_s for step in steps], "rule": rule, **plan_md}
    units = {"force_pn": "pN", "direction": "", **UNITS}
    return (yield from record_protocol(camera, consumers, steps, units, [force.height, force], md))
