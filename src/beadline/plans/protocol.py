"""A protocol: steps of moving, settling and recording, one after the other in one recording without gaps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bluesky import plan_stubs as bps
from bluesky.utils import MsgGenerator, plan

from beadline.devices import Camera, FrameBooks, FrameSpan, RingDetector

from .checks import above_zero, at_least, check_moves, names, not_empty, something_to_do
from .endings import staged
from .frames import linger_s, read_event, take_while
from .runs import in_run


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
    """
    something_to_do(consumers)
    not_empty("steps", steps, "what happens")
    yield from check_steps(steps)
    books, span = FrameBooks(camera, consumers), FrameSpan(camera, units)

    def protocol() -> MsgGenerator[None]:
        for step in steps:
            yield from _take_one(camera, consumers, step, span, also)

    md = {**names(camera, consumers), "num_steps": len(steps), **plan_md}
    run = in_run(take_while(camera, consumers, protocol(), books), md, books.sentence)
    return (yield from staged(run, [camera, *consumers]))


def check_steps(steps: Sequence[Step]) -> MsgGenerator[None]:
    """Ask each axis for all positions of a protocol.

    Raises:
        ValueError: an axis refuses one of them.
    """
    positions: dict[int, tuple[Any, list[float]]] = {}
    for step in steps:
        for axis, position in step.moves:
            positions.setdefault(id(axis), (axis, []))[1].append(position)
    for axis, asked in positions.values():
        yield from check_moves(axis, dict.fromkeys(asked))


def _take_one(
    camera: Camera, consumers: Sequence[RingDetector], step: Step, span: FrameSpan, also: Sequence[Any]
) -> MsgGenerator[None]:
    yield from bps.checkpoint()
    if step.with_move:
        yield from bps.abs_set(span, step.numbers, wait=True)
    for axis, position in step.moves:
        yield from bps.mv(axis, position)
    if not step.with_move:
        yield from linger_s(camera, consumers, step.settle_s)
        yield from bps.abs_set(span, step.numbers, wait=True)
    yield from linger_s(camera, consumers, step.duration_s)
    yield from read_event("steps", [span, *also])
    yield from bps.checkpoint()
