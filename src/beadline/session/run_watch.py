"""What one call of the RunEngine is doing: told by its messages and documents, read by anybody at any time."""

import threading
import time
from collections.abc import Callable, Generator
from typing import Any

from bluesky import Msg
from bluesky.utils import FailedPause, MsgGenerator, RequestAbort, RequestStop

from beadline.plans import root_cause
from beadline.status import FrameProgress, PlanState, PlanStatus

from .frame_watch import FrameWatch
from .moves_under_way import MovesUnderWay
from .pause_record import PauseRecord
from .steady_engine import SteadyEngine

DOING = frozenset({"set", "trigger", "kickoff", "sleep", "input"})
LONG_WAIT_S = 0.5
"""A wait that a person notices [s]."""
STREAMS_OF_STEPS = frozenset({"primary", "steps"})
Background = Callable[[], tuple[dict[str, int], tuple[str, ...]]]


class RunWatch:
    """Follows a plan from before its first message until nothing of it changes any more; a new one for each plan.

    Attributes:
        cancelled_because: why it is to end; None when nobody has asked for that.
        pause_asked: whether it is to pause and does not yet.
        resume_asked: whether it is to go on and does not yet.
        driven: whether it runs on a thread of its own, rather than on that of who called `RE`.
        over: whether its last message is done.
        ended: set when nothing of it changes any more.
        error: what ended it.
        uids: of its runs.
    """

    def __init__(self, engine: SteadyEngine, plan: str, background: Background, changed: Callable[[], None]) -> None:
        """Begin with a plan that the RunEngine does not have yet.

        Args:
            engine: runs it.
            plan: its name, until a run tells another one.
            background: returns what waits beside the plan, and what has failed there.
            changed: called after each change a person may want to know of, on any thread.
        """
        self.cancelled_because: str | None = None
        self.pause_asked = self.resume_asked = self.driven = self.over = False
        self.ended = threading.Event()
        self.error: BaseException | None = None
        self.uids: list[str] = []
        self.moves = MovesUnderWay()
        self.pauses = PauseRecord()
        self._engine = engine
        self._plan = plan
        self._background = background
        self._changed = changed
        self._begun = self._doing = self._asleep = self._in_run = False
        self._outcome: PlanState = "done"
        self._final: PlanStatus | None = None
        self._started = (0.0, 0.0)
        self._frames = FrameWatch()
        self._start: dict[str, Any] = {}
        self._run_began_s = 0.0
        self._streams: dict[str, str] = {}
        self._step = 0
        self._reason = ""

    # -- told on the RunEngine's thread ---------------------------------------------------------------------

    def follow(self, body: Generator[Msg, Any, Any]) -> MsgGenerator[Any]:
        """Run the messages of a plan and note what they do; whatever ends them, what moves is stopped first."""
        self._begins()
        answer: Any = None
        error: BaseException | None = None
        try:
            while True:
                message = body.send(answer) if error is None else body.throw(error)
                error = None
                try:
                    answer = yield from self._carry_out(message)
                except GeneratorExit:
                    body.close()
                    raise
                except BaseException as raised:  # noqa: BLE001 - the plan is told, after what moves has been stopped
                    error = raised
                    yield from self.moves.stop(raised)
        except StopIteration as end:
            return end.value
        except BaseException as raised:
            self._outcome = _outcome(raised)
            raise
        finally:
            self.over, self._asleep = True, False
            self._changed()

    def _carry_out(self, message: Msg) -> MsgGenerator[Any]:
        if message.command == "close_run":
            yield from self.pauses.tell()
        answer = yield self._asks(message)
        if message.command == "set":
            self.moves.began(message.obj, answer)
        self._frames.answered(message, answer)
        if message.command == "checkpoint" and self._in_run:
            yield from self.pauses.tell()
        return answer

    def _begins(self) -> None:
        self._begun = True
        self._started = time.time(), time.monotonic()  # noqa: TID251 - told to people, no deadline
        if self.pause_asked:
            self._engine.ask_for_pause(lambda: not self.over)
        self._changed()

    def _asks(self, message: Msg) -> Msg:
        if message.command == "open_run":
            self._frames = FrameWatch()
        if message.command in DOING and not self._doing:
            self._doing = True
            self._changed()
        asleep = message.command == "input"
        if message.command == "sleep" and not self._frames.recording:
            message = self.pauses.caught_up(message)
            asleep = message.args[0] >= LONG_WAIT_S
        if asleep != self._asleep:
            self._asleep = asleep
            self._changed()
        return message

    def heard(self, name: str, document: dict[str, Any]) -> None:
        """Be told a document."""
        if name == "start":
            self._start, self._step, self._streams, self._reason = document, 0, {}, ""
            self._plan = str(document.get("plan_name") or self._plan)
            self._in_run = True
            self._run_began_s = time.monotonic() - self.pauses.total_s()
            self.uids.append(document["uid"])
        elif name == "descriptor":
            self._streams[document["uid"]] = document.get("name", "")
            return
        elif name == "event" and self._streams.get(document["descriptor"]) in STREAMS_OF_STEPS:
            self._step = int(document["seq_num"])
        elif name == "stop":
            self._reason, self._in_run = str(document.get("reason") or ""), False
        else:
            return
        self._changed()

    def engine_is(self, new: str, old: str) -> None:
        """Be told the state of the RunEngine."""
        if new == "paused":
            self.pause_asked = False
            self.pauses.begin()
            self._frames.paused()
        elif old == "paused":
            self.resume_asked = False
            self.pauses.end()
            self._frames.resumed()
        self._changed()

    # -- its end --------------------------------------------------------------------------------------------

    def finish(self, error: BaseException | None = None) -> None:
        """Keep the last status, from now on the only one; harmless when done.

        Args:
            error: what the RunEngine raised.
        """
        if self.ended.is_set():
            return
        if error is not None:
            self.error, self._outcome = error, "failed"
        elif not self._begun or self._engine.state == "panicked":
            self._outcome = "cancelled"
        if self._outcome == "done" and self.cancelled_because is not None and not self._engine.why:
            self._reason = "; ".join(filter(None, (self._reason, f"{self.cancelled_because}: too late, it was over")))
        if not self._reason:
            self._reason = self._engine.why if self._begun else self.cancelled_because or ""
        if self.pause_asked or self._engine.deferred_pause_requested:
            missed = "the pause that was asked for did not come: the plan ended before its next checkpoint"
            self._reason = "; ".join(filter(None, (self._reason, missed)))
        self._final = self.status(self._outcome)
        self.ended.set()
        self._changed()

    # -- read on any thread ---------------------------------------------------------------------------------

    @property
    def state(self) -> PlanState:
        """What it is doing, in a word."""
        if self._final is not None:
            return self._final.state
        engine = self._engine.state if self._begun else "idle"
        if self.over:
            return "draining"
        if self.cancelled_because is not None or engine in ("aborting", "stopping", "halting"):
            return "cancelling"
        if engine == "paused":
            return "paused"
        if self.pause_asked or engine == "pausing" or (self._begun and self._engine.deferred_pause_requested):
            return "pausing"
        if not self._begun:
            return "pending"
        if not self._doing:
            return "preparing"
        return "waiting" if self._asleep else "running"

    def status(self, state: PlanState | None = None) -> PlanStatus:
        """Return a snapshot; cheap, on any thread."""
        if self._final is not None:
            return self._final
        steps = self._steps()
        frames = self._progress(steps)
        queues, errors = self._background()
        return PlanStatus(
            plan=self._plan,
            state=state or self.state,
            uid=self.uids[-1] if self.uids else "",
            scan_id=self._start.get("scan_id"),
            runs=len(self.uids),
            step=self._step,
            steps=steps,
            frames=frames,
            started_s=self._started[0] or None,
            elapsed_s=time.monotonic() - self._started[1] if self._begun else 0.0,
            remaining_s=None if self.over else self._remaining_s(steps, frames),
            lag_s=self._frames.lag_s(),
            pauses=self.pauses.count,
            paused_s=self.pauses.total_s(),
            queues={**self._frames.queues(), **queues},
            background_errors=errors,
            error="" if self.error is None else root_cause(self.error),
            reason=self._reason or self.cancelled_because or "",
        )

    def _steps(self) -> int | None:
        """Return how many steps the start document promises."""
        promised = self._start.get("num_steps", self._start.get("num_points"))
        if promised is None and "frames_per_step" in self._start:
            promised = len(self._start.get("positions", ()))
        return int(promised) if promised else None

    def _progress(self, steps: int | None) -> FrameProgress:
        asked = self._start.get("frames_asked")
        if asked is None and steps is not None and "frames_per_step" in self._start:
            asked = steps * int(self._start["frames_per_step"])
        return self._frames.progress(asked)

    def _remaining_s(self, steps: int | None, frames: FrameProgress) -> float | None:
        rate_hz = self._frames.rate_hz()
        if steps is not None and self._step > 0:
            worked_s = time.monotonic() - self.pauses.total_s() - self._run_began_s
            return max(0.0, worked_s * (steps - self._step) / self._step)
        if "frames_asked" in self._start and rate_hz is not None and frames.asked is not None:
            return max(0.0, (frames.asked - frames.produced) / rate_hz)
        return None


def _outcome(error: BaseException) -> PlanState:
    if isinstance(error, RequestStop):
        return "done"
    return "cancelled" if isinstance(error, RequestAbort | FailedPause | GeneratorExit) else "failed"
