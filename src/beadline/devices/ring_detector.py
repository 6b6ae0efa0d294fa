"""What tracker and recorder have in common: a worker that takes frames from the ring and writes a file."""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ophyd_async.core import (
    AsyncStatus,
    Reference,
    SignalR,
    StandardDetector,
    StreamResourceDataProvider,
    TriggerInfo,
)

from beadline.acquisition import ON_CRASH, Board, Worker

from .camera import Camera
from .connecting import OpenFirst, worker_kept_if_ready
from .consumer_parts import ConsumerParts
from .datasets import FileProvider
from .live_signal import live_r
from .patience import at_most, while_it_goes_on
from .taking_logics import EveryFrameIsAnEdge, FileLogic, LevelLogic
from .worker_life import Life, tell_again, wait_for_return

SETTLE_PATIENCE_S = 10.0
"""How long the end of a run that failed, or a pause, waits for the frames before it; late ones come after it [s]."""
CLOSE_PATIENCE_S = 600.0
"""How long a slow disk may take for the last of a file [s]."""


class RingDetector(ConsumerParts, StandardDetector):
    """A consumer of the camera's frames in a worker of its own.

    Prepared, it writes every frame that the camera marks; it is level when all of them are in the file.
    """

    def __init__(self, camera: Camera, name: str = "") -> None:
        self._camera = Reference(camera)
        self._worker: Worker | None = None
        self._tried = asyncio.Event()
        self._attached = -1
        self._path: Path | None = None
        self._is_open = False
        self._rows_per_event = 1
        self._steps = 0
        self._window_before = 0
        self._last_counts: dict[str, Any] = {}
        self._life: Life | None = None
        self._ended = ""
        self._spared = False
        self.rows: SignalR[int] = live_r(int, self._rows)
        self.add_detector_logics(EveryFrameIsAnEdge(), LevelLogic(self), FileLogic(self))
        super().__init__(name=name, connector=OpenFirst(self.open_worker))

    async def wait_until_there(self) -> None:
        """Wait while its worker is being started again.

        Raises:
            RuntimeError: it is gone for good; the message says why.
        """
        await wait_for_return(self.camera.workbench.workers, self.worker)
        if self.worker.generation != self._attached:
            await self._attach_again()  # it is there again, and may not have been told of the frames yet

    @property
    def path(self) -> Path | None:
        """The file of the last recording, also while it is open; None before the first."""
        return self._path

    # -- connecting -----------------------------------------------------------------------------------------

    @property
    def camera(self) -> Camera:
        """The camera whose frames it takes."""
        return self._camera()

    @property
    def worker(self) -> Worker:
        """The worker.

        Raises:
            RuntimeError: the device is not connected.
        """
        if self._worker is None:
            raise RuntimeError(f"{self.name or type(self).__name__} is not connected: use init_devices first")
        return self._worker

    async def open_worker(self) -> None:
        """Start the worker and attach it to the camera's frames; once, unless that failed."""
        if self._worker is not None:
            return
        self._tried.clear()
        name, ready = self.name or type(self).__name__.lower(), False
        try:
            workers = self.camera.workbench.workers
            async with worker_kept_if_ready(lambda: workers.start(name, self.loop, {}, restart=ON_CRASH)) as worker:
                self._worker = worker
                await self._attach(await self.camera.ring(self._attach))
                tell_again(worker, self._attach_again)
            ready = True
        except ConnectionError:
            raise
        except (RuntimeError, ValueError, TypeError, TimeoutError, OSError) as error:
            raise ConnectionError(f"Cannot connect {name}: its worker did not start: {error}") from error
        finally:
            if not ready:
                self._worker = None
                self.camera.forget(self._attach)
            self._tried.set()

    async def connected(self) -> None:
        """Wait until it is there.

        Raises:
            ConnectionError: it could not be connected.
        """
        await self._tried.wait()
        if self._worker is None:
            raise ConnectionError(f"{self.name or type(self).__name__}, on which it hangs, is not connected")

    async def _attach(self, ring: str) -> None:
        generation = self.worker.generation
        await self._take_from(ring)
        await self.configure_worker()
        self._attached = generation

    async def _attach_again(self) -> None:
        await self._attach(await self.camera.ring_name())

    async def _take_from(self, ring: str) -> None:
        clock = self.camera.clock
        await clock.ask(self.worker.call, "attach", ring=ring, lock_step=clock.lock_step)
        await clock.require(self.worker)

    # -- one file per run -----------------------------------------------------------------------------------

    @AsyncStatus.wrap
    async def prepare(self, value: TriggerInfo) -> None:
        """Open the file of this run; every frame the camera marks from now on goes into it.

        Raises:
            ValueError: it is to take steps and cannot, see `check_steps`.
        """
        if value.number_of_events:
            await self.check_steps()
        self._rows_per_event = value.collections_per_event
        self._steps = 0
        self._spared = self.may_end_early and not value.number_of_events and not self.camera.clock.lock_step
        await super().prepare(value)

    async def open_file(self, data_key: str) -> StreamResourceDataProvider:
        """Open the file of this run in the worker and describe it."""
        path = self.camera.workbench.run_folder.file(self.file_name(), asked_by=self.name)
        await self._take_from(await self.camera.ring_name())
        self._path, self._is_open = path, True
        self._window_before = int(self.camera.worker.board["window"])
        about = {"path": str(path), "window_after": self._window_before, "attrs": self.file_attributes()}
        await self.camera.clock.ask(self.worker.call, "prepare", **about)
        self._life = Life(self.worker)
        return FileProvider(
            uri=f"file://localhost/{path.as_posix().lstrip('/')}",
            resources=self.datasets(data_key),
            mimetype="application/x-hdf5",
            collections_written_signal=self.rows,
        )

    async def close_file(self) -> None:
        """Finish the file, if one is open; harmless otherwise, also when the worker is gone.

        Raises:
            RuntimeError: the disk has not taken what was written last.
        """
        if not self._is_open:
            return
        try:
            self._last_counts = self._published()
            if not self.end:
                await self._finish()
        except RuntimeError:
            if not self.ended_early:
                raise
        finally:
            self._ended = self.end
            self._is_open = False

    async def _finish(self) -> None:
        dropped_ids = (await self.camera.books.report())["dropped_ids"]
        self._last_counts = await self.camera.clock.ask(
            self.worker.call, "finish", timeout_s=CLOSE_PATIENCE_S, dropped_ids=dropped_ids
        )
        if self.worker.board["failed"]:
            await self._raise_failure()

    async def counts(self) -> dict[str, Any]:
        """Return the counts of the recording: delivered, missed, missed_ids, dropped_ids, decimated, unasked.

        A worker that is dead or does not answer tells how many frames it had missed, and cannot name them any more.
        """
        if not self._is_open:
            return dict(self._last_counts)
        with contextlib.suppress(RuntimeError, TimeoutError):
            if not self.end:
                return dict(await self.camera.clock.ask(self.worker.call, "counts", timeout_s=10))
        return self._published()

    def _published(self) -> dict[str, Any]:
        board = self._board
        counts = {name: int(board[name]) for name in ("missed", "unasked", "decimated")}
        return {**counts, "delivered": int(board["written"]), "missed_ids": [], "dropped_ids": []}

    # -- waiting --------------------------------------------------------------------------------------------

    def trigger(self) -> AsyncStatus[None]:  # type: ignore[reportIncompatibleMethodOverride] - without progress
        """Wait until the frames of one step, which the camera marks when it is triggered, are in the file.

        Raises:
            RuntimeError: who is to take them is gone: before the camera is triggered, so that no frame is exposed.
        """
        if self.end:
            raise RuntimeError(self.end)
        return AsyncStatus(self._step_stored())

    async def _step_stored(self) -> None:
        if not self._is_open:
            raise RuntimeError(f"{self.name} is not prepared: prepare it inside a run before it is triggered")
        self._steps += 1
        asked = self._steps * self._rows_per_event
        window = self._window_before + self._steps
        while self._rows() < asked:
            await self._wait(
                lambda: self._rows() >= asked or self._has_settled(window), "to store the frames of a step"
            )
            if self._rows() < asked:
                counts = await self.counts()
                raise RuntimeError(
                    f"{self.name} missed {asked - self._rows()} of the {self._rows_per_event} frames of step "
                    f"{self._steps}, in all {counts['missed_ids']}; lower the frame rate or track fewer beads"
                )

    async def wait_until_level(self) -> None:
        """Wait until every frame the camera marked is in the file, or none will come any more and that is borne."""
        window = int(self.camera.worker.board["window"])
        try:
            await self._wait(lambda: bool(self.ended_early) or self._has_settled(window), "to store the last frames")
        except TimeoutError as error:
            if not self._spared or self._life is None:
                raise
            await asyncio.to_thread(self._life.give_up, str(error))

    async def settle(self) -> None:
        """Wait until as much as can be is in the file, whatever has failed; the last step of a run that ends badly."""
        window = int(self.camera.worker.board["window"])

        def settled() -> bool:
            camera = self.camera.worker
            if camera.alive and not camera.board["failed"]:
                return self._has_settled(window)
            return self._board["settled_seq"] >= camera.board["ring_written"]

        await self._let_settle(settled)

    async def _let_settle(self, settled: Callable[[], bool]) -> None:
        await at_most(SETTLE_PATIENCE_S, lambda: settled() or bool(self.end) or bool(self._board["failed"]))

    @property
    def _board(self) -> Board:
        """What the process publishes that takes the recording, or took the last one."""
        return self.worker.board if self._life is None else self._life.board

    @property
    def end(self) -> str:
        """Why the process that took the last recording was gone before its end; empty when it was not."""
        return self._life.end if self._is_open and self._life is not None else self._ended

    @property
    def ended_early(self) -> str:
        """The same, if the run goes on without it."""
        return self.end if self._spared else ""

    async def pause(self) -> None:
        """Be paused by the RunEngine: no frames are asked for, and those before are in the file."""
        if not (self._is_open and self.camera.worker.alive):
            return
        await self.camera.flyable_logic.hold()  # who of us is paused first is not said
        last = self.camera.worker.board["ring_written"]
        await self._let_settle(lambda: self._board["settled_seq"] >= last)

    async def resume(self) -> None:
        """Go on after a pause: the camera asks for frames again."""

    def _rows(self) -> int:
        return int(self._board["written"])

    def _has_settled(self, window: int) -> bool:
        """Tell whether the window is over and everything in it is in the file or counted as missed."""
        camera = self.camera.worker.board
        return bool(
            camera["window"] >= window
            and camera["window_done"]
            and self._board["settled_seq"] >= camera["window_end_seq"]
        )

    async def _wait(self, arrived: Callable[[], bool], what: str) -> None:
        """Wait as long as there is progress; the camera's own silence is the camera's to report."""

        def late() -> str:
            return (
                f"{self.name} took longer than {self.patience_s:.0f} s {what}: "
                f"{self._rows()} frames are in the file; look at log.txt of the run"
            )

        await while_it_goes_on(arrived, self._progress, self.check, self.patience_s, late)

    def _progress(self) -> tuple[int, ...]:
        board = self.camera.worker.board
        return self._rows(), int(board["window"]), int(board["window_delivered"])

    async def check(self) -> None:
        """Raise when camera or consumer cannot go on; a consumer the run can do without may be gone."""
        self.camera.worker.check()
        if not self.ended_early:
            await self.check_present()

    async def check_present(self) -> None:
        """Raise when camera or consumer cannot go on, also when the run could do without it."""
        self.camera.worker.check()
        if self._is_open and (end := self.end):
            raise RuntimeError(end)
        self.worker.check()
        if self.worker.board["failed"]:
            await self._raise_failure()

    async def _raise_failure(self) -> None:
        failure = await self.camera.clock.ask(self.worker.call, "failure")
        raise RuntimeError(f"{self.name} has failed: {failure}")
