"""Taking frames: a gap-free recording, or a fixed number per step."""

import math
from collections.abc import Generator, Sequence
from typing import Any

from bluesky import Msg
from bluesky import plan_stubs as bps
from bluesky import preprocessors as bpp
from bluesky.utils import MsgGenerator, short_uid
from ophyd_async.core import DetectorTrigger, TriggerInfo

from beadline.devices import Camera, FrameBooks, Recording, RingDetector

from .arguments import plan
from .asking import all_of
from .endings import ended_by
from .guarding import look_at_guards


@plan
def wait_s(duration_s: float) -> MsgGenerator[None]:
    """Wait; the one way in which plans wait [s]."""
    yield from bps.sleep(duration_s)


def _edges(frames_per_event: int, events: int) -> TriggerInfo:
    return TriggerInfo(
        trigger=DetectorTrigger.EXTERNAL_EDGE, collections_per_event=frames_per_event, number_of_events=events
    )


@plan
def take_continuously(
    camera: Camera, consumers: Sequence[RingDetector], frames: int, books: FrameBooks
) -> MsgGenerator[None]:
    """Record a number of frames without a gap, one stream per consumer; inside a run, devices staged.

    Whatever ends it, what was produced until then is stored and announced, the files are closed and the books balanced.
    """

    def until_the_last() -> MsgGenerator[None]:
        group = short_uid("camera")
        completed = yield from bps.complete(camera, group=group, wait=False)
        while not completed.done:
            yield from bps.checkpoint()
            yield from wait_s(camera.clock.collect_period_s)
            yield from _look(camera, consumers)
        yield from bps.wait(group)

    yield from _take(camera, consumers, Recording(frames), until_the_last(), books)


@plan
def take_while(
    camera: Camera, consumers: Sequence[RingDetector], body: Generator[Msg, Any, Any], books: FrameBooks
) -> MsgGenerator[None]:
    """Record without a gap while `body` moves, waits (with `linger_s`) and reads; inside a run, devices staged.

    Whatever ends it, what was produced until then is stored and announced, the files are closed and the books balanced.
    """

    def until_done() -> MsgGenerator[None]:
        yield from body
        yield from bps.complete(camera, wait=True)

    yield from _take(camera, consumers, Recording(None), until_done(), books)


@plan
def linger_s(camera: Camera, consumers: Sequence[RingDetector], duration_s: float) -> MsgGenerator[None]:
    """Wait during a recording [s], and meanwhile announce what comes in and notice what fails."""
    slices = max(1, math.ceil(duration_s / camera.clock.collect_period_s))
    for _ in range(slices):
        yield from bps.checkpoint()
        yield from wait_s(duration_s / slices)
        yield from _look(camera, consumers)


def _take(
    camera: Camera,
    consumers: Sequence[RingDetector],
    recording: Recording,
    until_done: Generator[Msg, Any, Any],
    books: FrameBooks,
) -> MsgGenerator[None]:
    """Kick camera and consumers off, run messages until the recording is over, and store all of it in every case."""

    def prepare() -> MsgGenerator[None]:
        for consumer in consumers:
            yield from bps.prepare(consumer, _edges(1, 0), wait=True)
            yield from bps.declare_stream(consumer, name=consumer.stream, collect=True)
        yield from bps.prepare(camera, recording, wait=True)

    def kickoff() -> MsgGenerator[None]:
        for each in (*consumers, camera):
            yield from bps.kickoff(each, wait=True)

    yield from _once(prepare())

    def follow() -> MsgGenerator[None]:
        yield from _once(kickoff())
        yield from until_done
        for consumer in consumers:
            yield from bps.complete(consumer, wait=True)
        yield from all_of([consumer.check for consumer in consumers])

    yield from ended_by(follow(), lambda: _drain(camera, consumers, books))


def _once(body: Generator[Msg, Any, Any]) -> MsgGenerator[Any]:
    """Run messages that are never replayed after a pause, and neither is what was before them; return what they do.

    Clearing the checkpoint would do, but after that no plan of the same call could be paused at all.
    """

    def rewindable(on: bool) -> MsgGenerator[None]:
        yield Msg("rewindable", None, on)

    yield from rewindable(on=False)
    return (yield from ended_by(body, lambda: rewindable(on=True)))


def _look(camera: Camera, consumers: Sequence[RingDetector]) -> MsgGenerator[None]:
    """Announce what has come in, and raise when a consumer has failed, or a guard ends the recording."""
    yield from _collect(consumers)
    yield from all_of([consumer.check for consumer in consumers])
    yield from look_at_guards(camera)


def _collect(consumers: Sequence[RingDetector]) -> MsgGenerator[None]:
    for consumer in consumers:
        yield from bps.collect(consumer, name=consumer.stream)


def _drain(camera: Camera, consumers: Sequence[RingDetector], books: FrameBooks) -> MsgGenerator[None]:
    """Ask for no more frames, wait until the consumers are level, announce the rest, finish."""

    def announce() -> MsgGenerator[None]:
        yield from _level(camera, consumers)
        yield from _collect(consumers)

    yield from ended_by(announce(), lambda: _finish(consumers, books))


def _finish(consumers: Sequence[RingDetector], books: FrameBooks) -> MsgGenerator[None]:
    """Close the files, while the run can still fail by it, and balance the books."""
    closed = all_of([consumer.close_file for consumer in consumers])
    yield from ended_by(closed, lambda: read_event(books.name, [books]))


def _level(camera: Camera, consumers: Sequence[RingDetector]) -> MsgGenerator[None]:
    """Ask for no more frames, and wait until as many as can be are stored."""
    yield from bps.abs_set(camera.asking, False, wait=True)
    yield from all_of([consumer.settle for consumer in consumers])


@plan
def read_event(stream: str, devices: Sequence[Any]) -> MsgGenerator[dict[str, Any]]:
    """Read devices into one event and return the readings; an event that cannot be completed is dropped."""

    def read() -> MsgGenerator[dict[str, Any]]:
        readings: dict[str, Any] = {}
        for device in devices:
            readings.update((yield from bps.read(device)) or {})
        return readings

    def drop(_: Exception) -> MsgGenerator[None]:
        yield from bps.drop()

    yield from bps.create(stream)
    return (yield from bpp.contingency_wrapper(read(), except_plan=drop, else_plan=bps.save))


@plan
def take_steps(
    camera: Camera,
    consumers: Sequence[RingDetector],
    frames_per_step: int,
    steps: Generator[Msg, Any, Any],
    books: FrameBooks,
) -> MsgGenerator[None]:
    """Get ready to take the same number of frames at each step, and run the steps; inside a run, devices staged.

    Whatever ends the steps, the files are closed and the books are balanced.
    """

    def prepare() -> MsgGenerator[None]:
        for consumer in consumers:
            yield from bps.prepare(consumer, _edges(frames_per_step, 1), wait=True)
        yield from bps.prepare(camera, Recording(frames_per_step, count="delivered"), wait=True)

    yield from _once(prepare())

    def finish() -> MsgGenerator[None]:
        yield from ended_by(_level(camera, consumers), lambda: _finish(consumers, books))

    yield from ended_by(steps, finish)


@plan
def take_step(camera: Camera, consumers: Sequence[RingDetector], also: Sequence[Any]) -> MsgGenerator[dict[str, Any]]:
    """Take the frames of one step, all exposed from now on, and read `also` into the same event.

    A pause waits until the step is complete: its frames cannot be taken twice.
    """
    yield from look_at_guards(camera)
    readings = yield from _once(_frames_of_step(camera, consumers, also))
    yield from bps.checkpoint()
    return readings


def _frames_of_step(
    camera: Camera, consumers: Sequence[RingDetector], also: Sequence[Any]
) -> MsgGenerator[dict[str, Any]]:
    group = short_uid("step")
    under_way: list[Any] = []
    for each in (*consumers, camera):
        under_way.append((yield from bps.trigger(each, group=group)))  # noqa: PERF401 - no yield in comprehensions
    yield from bps.wait(group)
    if any(status is not None and not status.done for status in under_way):
        raise RuntimeError(
            "A pause came in the middle of a step, whose frames cannot be taken twice: pause between steps"
        )
    return (yield from read_event("primary", [*consumers, *also]))
