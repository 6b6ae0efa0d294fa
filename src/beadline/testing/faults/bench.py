"""A small microscope with a journal, in this process or in workers: what faults are injected into."""

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal, Self

from bluesky import plan_stubs as bps
from bluesky.preprocessors import plan_mutator
from bluesky.run_engine import RunEngine, call_in_bluesky_event_loop
from bluesky.utils import MsgGenerator

from beadline.acquisition import Supervisor
from beadline.callbacks import Journal
from beadline.catalogue import DataLock, next_scan_id, recover
from beadline.devices import Bead, Camera, DiskReserve, LockStepClock, Motor, Recorder, Tracker, Workbench
from beadline.documents import Document
from beadline.plans import on_instrument_time, record, root_cause

from .kept import Acknowledged, frames_announced, judge_kept
from .outcome import Outcome

WORLD = {"width_px": 160, "height_px": 96, "tethers": 1, "references": 1, "positions_px": [[48, 48], [112, 48]]}
TWIN = "beadline.simulation:microscope"
BEADS = [Bead(0, 48.0, 48.0), Bead(1, 112.0, 48.0, role="reference")]
SOON = 50
"""Frames from now on, so many that the plan of a fault arrives before the first of them on a busy machine, too."""


class Bench:
    """Camera, tracker, recorder, focus and magnets on the simulated microscope, with a journal and no catalogue.

    Attributes:
        recovered: what was said of the runs that another session left without an end.
        recovery_s: how long that took [s].
        runs: what has been acknowledged of each run, by uid.
        documents: of the last run.
        when_opened: are told the folder of each run that begins.
        disk: what recordings leave free on it: nothing, unless a case wants some.
    """

    def __init__(
        self,
        data: Path,
        seed: int,
        *,
        transport: Literal["process", "thread"] = "thread",
        clock: Literal["real", "lock-step"] = "real",
        frame_rate_hz: float = 200.0,
        factory: str = TWIN,
        recorder: type[Recorder] = Recorder,
        side_recorders: Sequence[str] = (),
        **world: Any,
    ) -> None:
        """Open a data folder, recover what is in it, and connect the devices.

        Args:
            data: the data folder.
            seed: of the simulated world.
            transport: of the workers.
            clock: of the camera.
            frame_rate_hz: of the camera [Hz].
            factory: makes the microscope.
            recorder: what records the video.
            side_recorders: of the microscope, to run along with each recording.
            world: further arguments of the factory.
        """
        data.mkdir(parents=True, exist_ok=True)
        self.data = data
        self.runs: dict[str, Acknowledged] = {}
        self.documents: list[Document] = []
        self.when_opened: list[Callable[[Path], Any]] = []
        self._lock = DataLock(data)
        self._lock.acquire()
        began_s = time.monotonic()
        self.recovered = [each.sentence() for each in recover(data)]
        self.recovery_s = time.monotonic() - began_s
        self.supervisor = Supervisor(transport=transport)
        self.disk = DiskReserve(data, reserve_bytes=0)
        self.workbench = Workbench(self.supervisor, data=data, disk=self.disk)
        self._journal = Journal(data, on_open=self._opened, on_close=lambda *_: self.workbench.run_folder.close())
        self.RE = RunEngine({}, context_managers=[], scan_id_source=lambda _: next_scan_id(data))
        self.RE.subscribe(self._journal)
        self.RE.subscribe(self._witness)
        arguments = {**WORLD, "seed": seed, **world}
        self.camera = Camera(
            self.workbench,
            factory,
            frame_rate_hz=frame_rate_hz,
            side_recorders=side_recorders,
            clock=clock,
            arguments=arguments,
            name="camera",
        )
        self.tracker = Tracker(self.camera, window_px=32, name="tracker")
        self.recorder = recorder(self.camera, self.tracker, name="recorder")
        self.focus = Motor(lambda: self.camera.axis("focus"), unit="um", name="focus")
        self.height = Motor(lambda: self.camera.axis("magnet_height"), unit="mm", name="height")
        if isinstance(self.camera.clock, LockStepClock):
            self.RE.preprocessors.append(partial(on_instrument_time, clock=self.camera.clock))
        self._connected = False

    def connect(self) -> None:
        """Start the workers and connect the devices; what a device cannot is raised."""

        async def connect_all() -> None:
            devices = (self.camera, self.tracker, self.recorder, self.focus, self.height)
            await asyncio.gather(*(each.connect(timeout=30) for each in devices))

        call_in_bluesky_event_loop(connect_all(), timeout=120)
        self._connected = True
        self.RE(bps.abs_set(self.tracker.beads, BEADS, wait=True))

    def __enter__(self) -> Self:
        try:
            self.connect()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop the workers and give the folder back."""
        self.supervisor.stop()
        try:
            self._journal.close()
        finally:
            self._lock.release()

    # -- documents ------------------------------------------------------------------------------------------

    def _opened(self, folder: Path, start: dict[str, Any]) -> None:
        self.workbench.run_folder.open(folder)
        self.runs[start["uid"]] = Acknowledged(folder)
        for told in self.when_opened:
            told(folder)
        self.documents = []

    def _witness(self, name: str, document: dict[str, Any]) -> None:
        """Note what the journal, which comes first, has taken."""
        self.documents.append((name, document))
        self.last_run.take((name, document))

    @property
    def last_run(self) -> Acknowledged:
        """What has been acknowledged of the last run."""
        return next(reversed(self.runs.values()))

    @property
    def last_run_uid(self) -> str:
        """The uid of the last run."""
        return next(reversed(self.runs))

    def stop_document(self) -> dict[str, Any]:
        """Return the end of the last run; empty when it has none."""
        return next((doc for name, doc in reversed(self.documents) if name == "stop"), {})

    def books(self, consumer: str = "tracker") -> dict[str, Any]:
        """Return the frame books of the last run for one consumer; empty when it has none."""
        data = [
            doc["data"] for name, doc in self.documents if name == "event" and f"{consumer}-produced" in doc["data"]
        ]
        return {key.removeprefix(f"{consumer}-"): value for key, value in data[-1].items()} if data else {}

    # -- runs -----------------------------------------------------------------------------------------------

    def run(self, plan: MsgGenerator[Any]) -> str:
        """Run a plan, and return the sentence of the error that ended it; empty when there was none."""
        try:
            self.RE(plan)
        except Exception as error:  # noqa: BLE001 - whatever ended the run, its sentence is looked at
            return root_cause(error)
        return ""

    def record(self, frames: int, after_kickoff: Callable[[int], Any] | None = None) -> str:
        """Record, doing something once the frames have begun to come.

        Args:
            frames: how many.
            after_kickoff: called on the event loop with the number of a frame that comes soon; may be a coroutine.

        Returns:
            The sentence of the error that ended the run; empty when there was none.
        """
        plan = record(self.camera, [self.tracker, self.recorder], frames=frames)
        return self.run(plan if after_kickoff is None else self.struck(plan, after_kickoff))

    def struck(self, plan: MsgGenerator[Any], do: Callable[[int], Any]) -> MsgGenerator[Any]:
        """Return a plan that does something once its frames have begun to come; see `record`."""

        async def now() -> None:
            done = do(int(self.camera.worker.board["last_id"]) + SOON)
            if done is not None:
                await done

        def after(message: Any) -> tuple[Any, Any]:
            kicked_off = message.command == "kickoff" and message.obj is self.camera
            return None, bps.wait_for([now]) if kicked_off else None

        return plan_mutator(plan, after)

    def act(self, name: str, **arguments: Any) -> Any:
        """Call an action of the simulated microscope, such as one of its faults."""
        return call_in_bluesky_event_loop(self.camera.action(name, **arguments))

    async def plan_fault(self, at_frame: int, name: str, **arguments: Any) -> None:
        """Have a fault come with a frame."""
        await self.camera.action("plan_fault", at_frame=at_frame, do=name, **arguments)

    # -- judging --------------------------------------------------------------------------------------------

    def unsafe(self) -> str:
        """Say what still moves or exposes; empty when nothing does."""
        if not self._connected or not self.camera.worker.alive:
            return ""  # the simulated world is gone with its worker
        found = [f"{each.name} moves" for each in (self.focus, self.height) if self._moves(each)]
        board = self.camera.worker.board
        if board["running"] or not board["window_done"]:
            found.append("the camera is not disarmed")
        return ", ".join(found)

    @staticmethod
    def _moves(motor: Motor) -> bool:
        try:
            return motor.axis.state().moving
        except OSError:
            return False  # a silent controller; the twin stops such an axis

    def judge(self, outcome: Outcome, error: str = "", *, names: tuple[str, ...] = ()) -> None:
        """Apply the pass rule to all runs so far, and make the next run.

        Args:
            outcome: what is noted.
            error: the sentence that ended the run.
            names: what that sentence has to name.
        """
        outcome.injected += 1
        outcome.require_named(error, *names)
        outcome.require_safe(self.unsafe())
        for acknowledged in list(self.runs.values()):
            acknowledged.frames = frames_announced(acknowledged.documents())
            judge_kept(outcome, acknowledged)

    def next_run_works(self, outcome: Outcome, frames: int = 10) -> None:
        """Note a failure, unless a recording made now gets all its frames."""
        began = time.monotonic()
        error = self.record(frames)
        outcome.require(not error, f"the next run failed: {error}")
        outcome.require(self.stop_document().get("exit_status") == "success", "the next run did not succeed")
        delivered = self.books().get("delivered")
        outcome.require(delivered == frames, f"the next run has {delivered} of {frames} frames")
        outcome.worst(next_run_s=time.monotonic() - began)
