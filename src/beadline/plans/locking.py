"""The bead lock around a plan, and as a plan of its own."""

from collections.abc import Generator, Iterator, Sequence
from typing import Any, Literal

from bluesky import Msg
from bluesky import plan_stubs as bps
from bluesky import preprocessors as bpp
from bluesky.utils import MsgGenerator, make_decorator

from beadline.devices import BeadLock, Locking, LockOptions

from .arguments import plan
from .asking import all_of
from .checks import at_least
from .endings import ended_by
from .frames import wait_s
from .runs import in_run

STREAM = "bead_lock"
_OF_A_STEP = {"trigger", "wait", "create", "read", "save", "drop"}
"""Messages of a step: from the trigger to the end of its event nothing else is among them."""


@plan
def bead_lock_wrapper(
    body: Generator[Msg, Any, Any], lock: BeadLock, locking: Locking | None = None
) -> MsgGenerator[Any]:
    """Hold reference beads where they are while a plan runs, and return what the plan returns.

    The camera is live meanwhile. The lock corrects during waits, moves and recordings, and holds still while the
    frames and the event of a step are taken. Each correction is an event in the stream `bead_lock` of the run that is
    open; those made between runs are in the next one. Ends with the lock off, and focus and stage where it left them.

    Args:
        body: any plan that does not move what the lock moves.
        lock: the lock.
        locking: which beads, how, and whether the stage follows; by default the focus follows all reference beads.

    Raises:
        ValueError: the plan moves an axis of the lock. One that is among its arguments is found before it begins.
        RuntimeError: the lock is on already.
    """
    locking = Locking() if locking is None else locking
    moved = lock.axes if locking.stage else lock.axes[:1]
    try:
        _check(body, lock, moved)
        return (yield from _locked(body, lock, locking, moved))
    except GeneratorExit:  # a halt runs no messages
        lock.let_go()
        raise
    finally:
        body.close()  # one that was refused never begins


def _check(body: Generator[Msg, Any, Any], lock: BeadLock, moved: Sequence[Any]) -> None:
    for argument in _arguments(body):
        if any(argument is axis for axis in moved):
            raise _refusal(argument.name, lock.name)
    if lock.locking is not None:
        raise RuntimeError(f"{lock.name} is on already: end that first, or leave this plan without a lock of its own")


def _locked(
    body: Generator[Msg, Any, Any], lock: BeadLock, locking: Locking, moved: Sequence[Any]
) -> MsgGenerator[Any]:
    was_live = yield from bps.rd(lock.camera.live)

    def locked() -> MsgGenerator[Any]:
        yield from bps.abs_set(lock.camera.live, True, wait=True)
        yield from bps.abs_set(lock, locking, wait=True)
        return (yield from bpp.plan_mutator(body, _Weaving(lock, moved)))

    def unlock() -> MsgGenerator[None]:
        yield from bps.abs_set(lock, None, wait=True)
        yield from bps.abs_set(lock.camera.live, was_live, wait=True)

    return (yield from ended_by(locked(), unlock))


bead_lock_decorator = make_decorator(bead_lock_wrapper)
"""The same as a decorator of a function that returns a plan."""


@plan
def hold_beads(
    lock: BeadLock,
    duration_s: float,
    beads: Sequence[int] | None = None,
    pace: Literal["fast", "slow"] = "fast",
    stage: bool = False,  # noqa: FBT002 - arguments of a plan come by name
    md: dict[str, Any] | None = None,
) -> MsgGenerator[str]:
    """Hold reference beads where they are for a while, record each correction, and return the uid of the run.

    Needs no recording: the camera is live. Ends with the lock off, and focus and stage where it left them.

    Args:
        lock: the lock.
        duration_s: for how long [s].
        beads: ids of the reference beads; by default all of that role that have a look-up table.
        pace: "fast": five corrections a second, proportional and integral; "slow": one in 10 s, proportional.
        stage: whether the stage follows the beads, too.
        md: metadata for the run.
    """
    at_least("duration_s", duration_s, 0, "s")
    locking = Locking(beads, LockOptions.of(pace), stage)
    plan_md = {"plan_name": "hold_beads", "duration_s": duration_s, "pace": pace, **(md or {})}
    return (yield from bead_lock_wrapper(in_run(wait_s(duration_s), plan_md), lock, locking))


class _Weaving:
    """Puts what the lock needs between the messages of a plan."""

    def __init__(self, lock: BeadLock, moved: Sequence[Any]) -> None:
        self._lock = lock
        self._moved = moved
        self._monitored: set[Any] = set()
        self._in_event = False

    def __call__(self, message: Msg) -> tuple[MsgGenerator[Any] | None, MsgGenerator[Any] | None]:
        lock, command = self._lock, message.command
        if command == "set" and any(message.obj is axis for axis in self._moved):
            return _refuse(message.obj.name, lock.name), None
        if command == "open_run":
            return None, self._monitor(message.run)
        if command == "close_run" and message.run in self._monitored:
            return self._unmonitor(message), None
        return self._step(message), None

    def _step(self, message: Msg) -> MsgGenerator[Any] | None:
        """Let the lock hold still from the trigger of a step to the end of its event."""
        lock, command = self._lock, message.command
        if command in ("trigger", "create"):
            self._in_event |= command == "create"
            lock.hold_still = True
            return _after_rest(lock, message) if lock.moving else None
        if command in ("save", "drop"):
            self._in_event = lock.hold_still = False
        elif command not in _OF_A_STEP and not self._in_event:
            lock.hold_still = False
        return None

    def _monitor(self, run: Any) -> MsgGenerator[None]:
        # Two runs that are open at once: the corrections are in the first.
        if not self._monitored:
            self._monitored.add(run)
            yield Msg("monitor", self._lock, name=STREAM, run=run)

    def _unmonitor(self, closing: Msg) -> MsgGenerator[Any]:
        self._monitored.discard(closing.run)
        yield Msg("unmonitor", self._lock, run=closing.run)
        return (yield closing)


def _after_rest(lock: BeadLock, message: Msg) -> MsgGenerator[Any]:
    yield from all_of([lock.rest])
    return (yield message)


def _refuse(axis: str, lock: str) -> MsgGenerator[Any]:
    yield from ()
    raise _refusal(axis, lock)


def _refusal(axis: str, lock: str) -> ValueError:
    return ValueError(
        f"Cannot move {axis} in a plan under {lock}: the lock moves it, and one would undo the other; run this plan "
        f"without the lock, or move the beads with {lock}.offset_nm"
    )


def _arguments(body: Any) -> Iterator[Any]:
    """Yield the arguments of a plan that has not begun, those in lists, too."""
    frame = getattr(getattr(body, "_iter", body), "gi_frame", None)
    for value in list(frame.f_locals.values()) if frame is not None else []:
        yield from value if isinstance(value, list | tuple) else (value,)
