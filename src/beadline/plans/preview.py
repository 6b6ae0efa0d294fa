"""What a plan would do: its messages, answered as if it ran, without moving or recording anything."""

import shutil
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from bluesky import Msg
from bluesky.run_engine import call_in_bluesky_event_loop
from ophyd_async.core import SignalR

from beadline.devices import Brightness, Camera, Force, FrameMoment, Recorder, Recording, RingDetector, Tracker
from beadline.tracks import COLUMN_NAMES, FLAG_DTYPE, TRACK_DTYPE

from .asking import asks_only
from .checks import ask_course

MOST_MESSAGES = 5_000_000
STAMPS_BYTES = 24
DEFAULT_SPEED = 1.0


@dataclass
class PlanSummary:
    """What a plan would do.

    Attributes:
        plans: names of its runs, in order.
        duration_s: how long it takes [s]: waits, frames and moves, without the time of opening and closing files.
        positions: where each axis goes, one after the other, by the name of the axis.
        units: unit of each axis, where it is known.
        laws: which law each force axis follows, with the forces for which it was not measured.
        frames: how many frames are recorded.
        bytes: how much goes to the disk.
        free_bytes: how much is free there; None if that is not known.
        events: how many events of each stream.
    """

    plans: list[str] = field(default_factory=list)
    duration_s: float = 0.0
    positions: dict[str, list[float]] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    laws: dict[str, list[str]] = field(default_factory=dict)
    frames: float = 0.0
    bytes: float = 0.0
    free_bytes: int | None = None
    events: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return it as lines for a person."""
        lines = [f"runs: {', '.join(self.plans) or 'none'}", f"time: about {_duration(self.duration_s)}"]
        for name, positions in self.positions.items():
            shown = ", ".join(f"{each:.4g}" for each in positions[:12])
            more = f", … {len(positions)} in all, {min(positions):.4g} to {max(positions):.4g}"
            lines.append(f"{name}: {shown}{more if len(positions) > 12 else ''} {self.units.get(name, '')}".rstrip())
        lines += [f"{name} follows {'; '.join(laws)}" for name, laws in self.laws.items()]
        lines += [f"events in {name}: {count}" for name, count in self.events.items()]
        free = "" if self.free_bytes is None else f", {self.free_bytes / 1e9:.1f} GB are free"
        lines.append(f"frames: {self.frames:.0f}, {self.bytes / 1e6:.1f} MB on disk{free}")
        lines.append("all positions are within the limits")
        return "\n".join(lines)

    __repr__ = __str__


def plan_summary(plan: Generator[Msg, Any, Any], data: Path | None = None) -> PlanSummary:
    """Say what a plan would do, by going through its messages with made-up answers.

    Asks the axes where they are and how far they may go; moves nothing, records nothing, makes no run. A plan whose
    course depends on what it measures cannot be foreseen; one that loops on the readings of an axis can.

    Args:
        plan: a fresh plan; it is used up.
        data: folder of the runs, to say how much room there is.

    Raises:
        ValueError: an axis would refuse a position; all that the plan itself refuses.
        RuntimeError: the plan does not come to an end.
    """
    summary = PlanSummary(free_bytes=None if data is None else shutil.disk_usage(data).free)
    walk = _Walk(summary)
    answer: Any = None
    try:
        for _ in range(MOST_MESSAGES):
            answer = walk.answer(plan.send(answer))
    except StopIteration:
        summary.duration_s = walk.now_s
        return summary
    finally:
        plan.close()
    raise RuntimeError(f"The plan does not come to an end within {MOST_MESSAGES} messages: it cannot be foreseen")


class _Walk:
    """Answers messages as the RunEngine and the microscope would, on a clock of its own."""

    def __init__(self, summary: PlanSummary) -> None:
        self.now_s = 0.0
        self._summary = summary
        self._at: dict[str, float] = {}
        self._groups: dict[Any, float] = {}
        self._takers: list[RingDetector] = []
        self._prepared: Recording | None = None
        self._since_s: float | None = None
        self._stream = ""
        self._rate_hz = 1.0

    def answer(self, message: Msg) -> Any:
        """Take one message and return what the plan gets for it."""
        if isinstance(message.obj, Force):
            self._summary.laws.setdefault(message.obj.name, [message.obj.in_force.sentence])
        act: Callable[[Msg], Any] | None = getattr(self, f"_{message.command}", None)
        return None if act is None else act(message)

    # -- runs and time --------------------------------------------------------------------------------------

    def _open_run(self, message: Msg) -> str:
        self._summary.plans.append(str(message.kwargs.get("plan_name", "a run")))
        return f"run {len(self._summary.plans)}"

    def _sleep(self, message: Msg) -> None:
        self.now_s += float(message.args[0])

    def _wait(self, message: Msg) -> tuple[Any, ...]:
        self.now_s = max(self.now_s, self._groups.pop(message.kwargs.get("group"), self.now_s))
        return ()

    def _wait_for(self, message: Msg) -> list[Any]:
        """Let the questions of plans to axes and consumers be asked, which begin no motion."""
        calls = message.args[0]

        def outcome(call: Any) -> Any:
            error = None
            if asks_only(call):
                try:
                    call_in_bluesky_event_loop(call())
                except Exception as caught:  # noqa: BLE001 - what the plan would be told
                    error = caught
            return SimpleNamespace(result=lambda: _raised(error))

        return [outcome(call) for call in calls]

    def _create(self, message: Msg) -> None:
        self._stream = str(message.kwargs.get("name") or message.args[0])

    def _save(self, message: Msg) -> None:
        self._summary.events[self._stream] = self._summary.events.get(self._stream, 0) + 1

    # -- axes -----------------------------------------------------------------------------------------------

    def _set(self, message: Msg) -> Any:
        axis, target = message.obj, message.args[0]
        if not isinstance(target, int | float) or isinstance(target, bool) or not hasattr(axis, "check_value"):
            return self._over(message, self.now_s)
        self._summary.positions.setdefault(axis.name, []).append(float(target))
        self._summary.units.setdefault(axis.name, _unit(axis))
        mover, position = axis, target
        if isinstance(axis, Force):
            mover, position = axis.height, axis.height_for(target)
            if (remark := axis.in_force.remark(target)) and remark not in self._summary.laws[axis.name]:
                self._summary.laws[axis.name].append(remark)
        start = self._position(mover)
        if hasattr(mover, "check_value"):
            call_in_bluesky_event_loop(ask_course(mover, [position], start))
        speed = getattr(getattr(mover, "info", None), "speed", DEFAULT_SPEED)
        settle_s = getattr(getattr(mover, "info", None), "settle_s", 0.0)
        self._at[mover.name] = float(position)
        return self._over(message, self.now_s + abs(position - start) / speed + settle_s)

    def _over(self, message: Msg, end_s: float) -> Any:
        group = message.kwargs.get("group")
        if group is not None:
            self._groups[group] = max(self._groups.get(group, 0.0), end_s)
        return SimpleNamespace(done=True, success=True)

    def _position(self, axis: Any) -> float:
        if axis.name not in self._at:
            answer = call_in_bluesky_event_loop(_read(axis))
            self._at[axis.name] = float(answer[axis.name]["value"])
        return self._at[axis.name]

    def _locate(self, message: Msg) -> Any:
        axis = message.obj
        if isinstance(axis, Force):
            value = axis.force_at(self._position(axis.height))
        elif hasattr(axis, "check_value"):
            value = self._position(axis)
        else:
            return call_in_bluesky_event_loop(axis.locate())
        return {"setpoint": value, "readback": value}

    def _read(self, message: Msg) -> Any:
        device = message.obj
        if isinstance(device, Brightness):  # as it should be
            return {f"{device.name}-background_adu": {"value": 0.5}, f"{device.name}-full_adu": {"value": 1.0}}
        if isinstance(device, FrameMoment):
            return {f"{device.name}-time_s": {"value": self.now_s}, f"{device.name}-frame": {"value": 0.0}}
        if hasattr(device, "check_value"):
            return {device.name: {"value": self._locate(message)["readback"]}}
        return call_in_bluesky_event_loop(device.read()) if isinstance(device, SignalR) else {}

    def _input(self, message: Msg) -> str:
        return "yes"

    # -- frames ---------------------------------------------------------------------------------------------

    def _prepare(self, message: Msg) -> None:
        if isinstance(message.obj, Camera):
            self._prepared = message.args[0]
            self._rate_hz = float(call_in_bluesky_event_loop(message.obj.frame_rate_hz.get_value()))
        elif isinstance(message.obj, RingDetector) and message.obj not in self._takers:
            self._takers.append(message.obj)

    def _unstage(self, message: Msg) -> None:
        if message.obj in self._takers:
            self._takers.remove(message.obj)

    def _kickoff(self, message: Msg) -> Any:
        if isinstance(message.obj, Camera):
            self._since_s = self.now_s
        return self._over(message, self.now_s)

    def _complete(self, message: Msg) -> Any:
        if not isinstance(message.obj, Camera) or self._since_s is None or self._prepared is None:
            return self._over(message, self.now_s)
        frames = self._prepared.frames
        count = (self.now_s - self._since_s) * self._rate_hz if frames is None else float(frames)
        end_s, self._since_s = self._since_s + count / self._rate_hz, None
        self._count(count)
        self._over(message, end_s)
        return _Done(lambda: self.now_s >= end_s - 1e-9)

    def _trigger(self, message: Msg) -> Any:
        frames = self._prepared.frames if isinstance(message.obj, Camera) and self._prepared else None
        if frames is None:
            return self._over(message, self.now_s)
        self._count(frames)
        return self._over(message, self.now_s + frames / self._rate_hz)

    def _count(self, frames: float) -> None:
        self._summary.frames += frames
        self._summary.bytes += sum(frames * bytes_per_frame(each) for each in self._takers)


class _Done:
    """A status that is done when the clock says so."""

    def __init__(self, done: Callable[[], bool]) -> None:
        self._done = done

    @property
    def done(self) -> bool:
        """Whether it is."""
        return self._done()


def _raised(error: Exception | None) -> None:
    if error is not None:
        raise error


async def _read(axis: Any) -> Any:
    answer = axis.read()
    return await answer if hasattr(answer, "__await__") else answer


def _unit(axis: Any) -> str:
    return "pN" if isinstance(axis, Force) else str(getattr(getattr(axis, "info", None), "unit", ""))


def bytes_per_frame(taker: RingDetector) -> float:
    """Return how much a consumer writes for each frame of a recording; not on the event loop."""
    if isinstance(taker, Tracker):
        per_bead = len(COLUMN_NAMES) * TRACK_DTYPE.itemsize + FLAG_DTYPE.itemsize + 8
        return STAMPS_BYTES + len(taker.beads.tracked) * per_bead
    if isinstance(taker, Recorder):
        every = int(call_in_bluesky_event_loop(taker.every.get_value()))
        kind = call_in_bluesky_event_loop(taker.kind.get_value())
        pixels = int(np.prod(taker.camera.frame_shape)) if kind == "full" else taker.pixels_of_windows
        return (STAMPS_BYTES + pixels * taker.camera.dtype.itemsize) / every
    return 0.0


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"
