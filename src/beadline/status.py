"""Status as data: what is going on, said the same way at the prompt, in a file and on a page."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class FrameCounts:
    """The books of one consumer of frames over one recording.

    Attributes:
        produced: frames by the camera's own counter, whether or not they were fetched.
        delivered: frames that reached the consumer's file.
        dropped_ids: frames the camera lost, by its counter.
        missed_ids: frames the consumer lost, by the camera's counter.
        missed_unnamed: further frames the consumer lost; it has died or hangs, and cannot name them.
        unasked: frames outside the recording, or decimated.
        repeated: frames that came twice.
        out_of_order: frames that came late.
    """

    produced: int
    delivered: int
    dropped_ids: tuple[int, ...] = ()
    missed_ids: tuple[int, ...] = ()
    missed_unnamed: int = 0
    unasked: int = 0
    repeated: int = 0
    out_of_order: int = 0

    @property
    def missed(self) -> int:
        """Asked frames that are not in the file, whoever lost them."""
        return len(self.dropped_ids) + len(self.missed_ids) + self.missed_unnamed

    def dropped_sentence(self, camera: str) -> str:
        """Say what the camera lost; empty when nothing."""
        return self._sentence(f"{camera} lost", self.dropped_ids)

    def missed_sentence(self, consumer: str) -> str:
        """Say what the consumer lost; empty when nothing."""
        named = self._sentence(f"{consumer} missed", self.missed_ids)
        more = f"{consumer} missed {self.missed_unnamed} of {self.produced} frames and can no longer say which"
        return "; ".join(filter(None, (named, more if self.missed_unnamed else "")))

    def _sentence(self, what: str, ids: tuple[int, ...]) -> str:
        return f"{what} {len(ids)} of {self.produced} frames: {_listed(ids)}" if ids else ""


def _listed(ids: tuple[int, ...], at_most: int = 12) -> str:
    shown = ", ".join(str(number) for number in ids[:at_most])
    return shown if len(ids) <= at_most else f"{shown} and {len(ids) - at_most} more"


WorkerState = Literal["starting", "running", "stopped", "died", "hung", "waiting", "failed"]


@dataclass(frozen=True, slots=True)
class WorkerVitals:
    """How hard a worker works, over the last second.

    Attributes:
        rate_hz: frames it took per second [Hz]; None when it takes none or is not known yet.
        queue: frames that wait for it; None when none do.
        cpu_percent: its processor time, 100 is one processor [%]; None when it is not known.
        memory_bytes: its resident memory; None when it is not known.
        silence_s: how long ago its last sign of life was [s].
        latency_ms: from the end of an exposure until the frame was dealt with, over the last 1000 frames: `p50`, `p95`,
            `p99` and `max` [ms]; empty of a worker that takes no frames.
    """

    rate_hz: float | None
    queue: int | None
    cpu_percent: float | None
    memory_bytes: int | None
    silence_s: float
    latency_ms: dict[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """How a worker process is.

    Attributes:
        name: of the worker.
        state: "waiting" has died and is started again in a moment, "failed" has been restarted too often.
        generation: 1 for the process that was started first, and one more with each restart.
        pid: of its process; None for a thread.
        message: why it is not running.
        uptime_s: how long this generation has run [s].
        restarts: how often it was restarted.
        restart_in_s: when it is started again [s]; None when that is not planned.
        last_error: why it ended last, also when it runs again.
        vitals: how hard it works; None when it is not running, or not watched.
    """

    name: str
    state: WorkerState
    generation: int
    pid: int | None
    message: str = ""
    uptime_s: float = 0.0
    restarts: int = 0
    restart_in_s: float | None = None
    last_error: str = ""
    vitals: WorkerVitals | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a person should know: where, what, and whether it prevents a run."""

    where: str
    sentence: str
    prevents_run: bool = True


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that a person should look at, while it lasts.

    Attributes:
        rule: which one noticed it.
        sentence: what it is, and what to do.
        since_s: since when, Unix time [s].
        over: whether it is so no more.
    """

    rule: str
    sentence: str
    since_s: float
    over: bool = False


@dataclass(frozen=True, slots=True)
class SessionStatus:
    """How a session is, written once a second into its data folder.

    Attributes:
        pid: of its process.
        host: its computer.
        profile: of its microscope.
        written_s: when this was written, Unix time [s].
        state: of the RunEngine: "idle", "running", "paused" ...
        run: `uid`, `scan_id`, `plan_name` and `started_s` of the open run, or None.
        catalogue: `state` and how many documents it is `behind`.
        free_bytes: on the disk of the data folder; None when that cannot be told.
        reserve_bytes: which of these recordings leave free.
        workers: each of them.
        alerts: what lasts now.
    """

    pid: int
    host: str
    profile: str
    written_s: float
    state: str
    run: dict[str, Any] | None
    catalogue: dict[str, Any]
    free_bytes: int | None
    reserve_bytes: int
    workers: list[WorkerStatus]
    alerts: list[Alert]


RunState = Literal["running", "done", "failed", "aborted"]


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One line of the table of runs."""

    uid: str
    scan_id: int
    plan_name: str
    state: RunState
    started_s: float
    duration_s: float | None
    reason: str = ""
    frames: dict[str, int] = field(default_factory=dict[str, int])


PlanState = Literal[
    "pending",
    "preparing",
    "running",
    "waiting",
    "pausing",
    "paused",
    "cancelling",
    "draining",
    "done",
    "cancelled",
    "failed",
]


@dataclass(frozen=True, slots=True)
class FrameProgress:
    """Frames of a recording so far.

    Attributes:
        asked: how many there will be; None if nobody can know.
        produced: by the camera's own counter.
        recorded: in the file of a recorder; None when there is none in the run.
        tracked: in the file of a tracker; None when there is none in the run.
        missed: lost by the camera, or by the consumer that lost most.
    """

    asked: int | None = None
    produced: int = 0
    recorded: int | None = None
    tracked: int | None = None
    missed: int = 0


@dataclass(frozen=True, slots=True)
class PlanStatus:
    """What a plan is doing: a snapshot, plain data for JSON by `as_plain`.

    Attributes:
        plan: its name.
        state: pending until the RunEngine has it; preparing until it moves, waits or takes a frame; waiting in a wait
            beside any recording; draining from its end until files and catalogue are level; then done, cancelled or
            failed.
        uid: of its newest run; empty before the first.
        scan_id: of that run.
        runs: how many runs it has begun.
        step: steps that are complete in that run.
        steps: how many it will have; None if nobody can know.
        frames: of that run.
        started_s: when it began, Unix time [s].
        elapsed_s: since then, pauses included [s].
        remaining_s: of that run, without pauses [s]; None if nobody can know.
        lag_s: by how much the frames of a gap-free recording are later than their rate says, counted from its first
            frame, without pauses [s]; None for other runs.
        pauses: how often it has been paused.
        paused_s: for how long in all [s].
        queues: what waits: frames for each consumer, documents for each callback.
        background_errors: what has failed beside the plan, without ending it.
        error: what ended it, in a sentence.
        reason: why it was cancelled or stopped, or what a person should know of its end.
    """

    plan: str
    state: PlanState
    uid: str = ""
    scan_id: int | None = None
    runs: int = 0
    step: int = 0
    steps: int | None = None
    frames: FrameProgress = FrameProgress()
    started_s: float | None = None
    elapsed_s: float = 0.0
    remaining_s: float | None = None
    lag_s: float | None = None
    pauses: int = 0
    paused_s: float = 0.0
    queues: dict[str, int] = field(default_factory=dict[str, int])
    background_errors: tuple[str, ...] = ()
    error: str = ""
    reason: str = ""

    @property
    def finished(self) -> bool:
        """Whether it is over and nothing will change any more."""
        return self.state in ("done", "cancelled", "failed")

    def sentence(self) -> str:
        """Say it in a line for a person."""
        frames = self.frames
        parts = [f"{self.plan} is {self.state}"]
        if self.steps is not None or self.step:
            parts.append(f"step {self.step}" + (f" of {self.steps}" if self.steps is not None else ""))
        if frames.produced or frames.asked is not None:
            parts.append(f"{frames.produced}" + (f" of {frames.asked}" if frames.asked is not None else "") + " frames")
        if frames.missed:
            parts.append(f"missed {frames.missed}")
        if self.started_s is not None:
            parts.append(f"{self.elapsed_s:.0f} s")
        if self.remaining_s is not None and not self.finished:
            parts.append(f"about {self.remaining_s:.0f} s to go")
        if self.lag_s is not None and self.lag_s > LATE_S:
            parts.append(f"late by {self.lag_s:.1f} s")
        return ", ".join([*parts, *filter(None, (self.error, self.reason))])


@dataclass(frozen=True, slots=True)
class AxisStop:
    """What came of stopping an axis.

    Attributes:
        axis: its name.
        position: where it is, in its own unit; NaN if that could not be read.
        unit: of the position.
        error: what went wrong; empty when it is stopped.
    """

    axis: str
    position: float
    unit: str = ""
    error: str = ""

    def sentence(self) -> str:
        """Say it in a line for a person."""
        where = f"{self.axis} at {self.position:g} {self.unit}".rstrip()
        return f"{where}: {self.error}" if self.error else where


LATE_S = 1.0
"""A lag that a person should see [s]."""


def as_plain(status: Any) -> dict[str, Any]:
    """Return a status as plain data for JSON."""
    return asdict(status)
