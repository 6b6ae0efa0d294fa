"""A protocol: steps of moving, settling and recording, one after the other in one recording without gaps."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bluesky import plan_stubs as bps
from bluesky.utils import MsgGenerator

from beadline.devices import BeadSpan, Camera, FrameBooks, FrameSpan, RingDetector, Tracker

from .arguments import plan
from .checks import above_zero, at_least, check_course, names, not_empty, something_to_do
from .endings import staged
from .frames import all_of, linger_s, read_event, take_while
from .runs import in_run

Readings = Mapping[str, Any]
"""Values of an event, by name."""


@dataclass(frozen=True)
class Step:
    """One step of a protocol.

    Attributes:
        numbers: what the step is, by name; all steps of a protocol have the same names.
        duration_s: how long to record [s].
        moves: axes and where they go, one after the other.
        settle_s: how long to wait after the moves [s]; these frames are recorded, but not of the step.
        with_move: count the frames of the moves among those of the step, and do not wait.

    Raises:
        ValueError: a duration that cannot be.
    """

    numbers: Mapping[str, float]
    duration_s: float
    moves: Sequence[tuple[Any, float]] = ()
    settle_s: float = 0.0
    with_move: bool = False

    def __post_init__(self) -> None:
        above_zero("s", duration_s=self.duration_s)
        at_least("settle_s", self.settle_s, 0, "s")


@plan
def record_protocol(
    camera: Camera,
    consumers: Sequence[RingDetector],
    steps: Sequence[Step],
    units: Mapping[str, str],
    also: Sequence[Any],
    plan_md: Mapping[str, Any],
    averaged: Tracker | None = None,
    conclude: Callable[[Sequence[Readings]], MsgGenerator[None]] | None = None,
    remark: Callable[[], str] = lambda: "",
) -> MsgGenerator[str]:
    """Record without a gap while the steps are taken, and return the uid of the run.

    Every position is checked before the first move. Each step is one event of the stream `steps`: its numbers, its
    first and last frame, and where the axes were at its end. Whatever ends it, the axes stay where they are.

    Args:
        camera: the clock of the recording.
        consumers: what to do with each frame.
        steps: what happens.
        units: unit of each number of a step, by its name.
        also: axes to read at the end of each step.
        plan_md: metadata for the run.
        averaged: one of the consumers, whose tracks are averaged over each step into its event, see `BeadSpan`.
        conclude: given the readings of all steps: what else happens in the run when the recording is over.
        remark: tells at the end what a reader of the stop document should know.
    """
    something_to_do(consumers)
    not_empty("steps", steps, "what happens")
    yield from check_steps(steps)
    books = FrameBooks(camera, consumers)
    span = FrameSpan(camera, units) if averaged is None else BeadSpan(averaged, units)
    yield from _check_durations(span, steps)
    seen: list[Readings] = []

    def protocol() -> MsgGenerator[None]:
        for step in steps:
            readings = yield from _take_one(camera, consumers, step, span, also)
            seen.append(readings)

    def recorded() -> MsgGenerator[None]:
        yield from take_while(camera, consumers, protocol(), books)
        if conclude is not None:
            yield from conclude(seen)

    def said() -> str:
        return "; ".join(filter(None, (books.sentence(), remark())))

    md = {**names(camera, consumers), "num_steps": len(steps), **plan_md}
    return (yield from staged(in_run(recorded(), md, said), [camera, *consumers]))


def _check_durations(span: FrameSpan, steps: Sequence[Step]) -> MsgGenerator[None]:
    async def ask() -> None:
        if isinstance(span, BeadSpan):
            for step in steps:
                await span.check_duration(step.duration_s)

    yield from all_of([ask])


def check_steps(steps: Sequence[Step]) -> MsgGenerator[None]:
    """Ask each axis for all positions of a protocol, in their order.

    Raises:
        ValueError: an axis refuses one of them.
    """
    yield from check_course([move for step in steps for move in step.moves])


def _take_one(
    camera: Camera, consumers: Sequence[RingDetector], step: Step, span: FrameSpan, also: Sequence[Any]
) -> MsgGenerator[Readings]:
    yield from bps.checkpoint()
    if step.with_move:
        yield from bps.abs_set(span, step.numbers, wait=True)
    for axis, position in step.moves:
        yield from bps.mv(axis, position)
    if not step.with_move:
        yield from linger_s(camera, consumers, step.settle_s)
        yield from bps.abs_set(span, step.numbers, wait=True)
    yield from linger_s(camera, consumers, step.duration_s)
    if isinstance(span, BeadSpan):
        yield from bps.trigger(span, wait=True)
    readings = yield from read_event("steps", [span, *also])
    yield from bps.checkpoint()
    return {name: reading["value"] for name, reading in readings.items()}
