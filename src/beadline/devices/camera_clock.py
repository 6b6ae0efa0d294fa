"""How a run takes the frames it asks for out of the camera's steady stream."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from ophyd_async.core import FlyableLogic

from beadline.acquisition import Worker

from .camera_books import CameraBooks
from .instrument_clock import InstrumentClock


@dataclass(frozen=True)
class Recording:
    """What a run wants of the camera.

    Attributes:
        frames: how many; None is until the run ends.
        count: "counter" counts the camera's own counter, so that a frame the camera loses is one of them (continuous
            recordings); "delivered" goes on until that many have arrived (a fixed number per step).
    """

    frames: int | None
    count: Literal["counter", "delivered"] = "counter"

    def __post_init__(self) -> None:
        if self.frames is not None and self.frames < 1:
            raise ValueError(f"Cannot record {self.frames} frames: a recording has at least one")
        if self.frames is None and self.count == "delivered":
            raise ValueError("Cannot count delivered frames without a number of frames")


@dataclass
class CameraClock(FlyableLogic[Recording, Recording]):
    """Marks frames of the live stream as asked: from kick-off on, as many as the recording wants.

    Attributes:
        name: tells the camera's name, for messages.
        worker: returns the camera worker.
        books: where each recording is entered.
        start_live: starts the stream if it does not run and tells whether it had to.
        stop_live: stops it again.
        clock: on which the frames come.
        patience_s: how long the camera may be silent beyond its own frame period, on that clock [s].
    """

    name: Callable[[], str]
    worker: Callable[[], Worker]
    books: CameraBooks
    start_live: Callable[[], Any]
    stop_live: Callable[[], Any]
    frame_period_s: Callable[[], float]
    clock: InstrumentClock
    patience_s: float = 3.0

    _took_over: bool = False

    async def on_stage(self) -> None:
        """Take the clock over: the stream runs, whoever started it."""
        await self._close_window()
        self._took_over = await self.start_live()

    async def on_unstage(self) -> None:
        """Give the clock back as it was found."""
        await self._close_window()
        if self._took_over:
            self._took_over = False
            await self.stop_live()

    async def stop(self) -> None:
        await self._close_window()

    async def on_prepare(self, value: Recording) -> Recording:
        self.worker().check()
        return value

    async def on_kickoff(self, ctx: Recording) -> Recording:
        await self.books.open_window(ctx.frames, ctx.count)
        return ctx

    async def on_complete(self, ctx: Recording) -> None:
        if ctx.frames is None:
            await self._close_window()
        await self.wait_until_done(ctx)

    async def wait_until_done(self, recording: Recording) -> None:
        """Wait for the last asked frame; raise when the camera stays silent."""
        with self.clock.wanting_frames():
            await self._wait_for_frames(recording)

    async def _wait_for_frames(self, recording: Recording) -> None:
        board = self.worker().board
        silent_since, seen = self.clock.now(), board["frames"]
        while not board["window_done"]:
            self._check_alive()
            if board["failed"]:
                raise RuntimeError(f"{self.name()} has failed: {await self._failure()}")
            self.clock.check()
            now = self.clock.now()
            if board["frames"] != seen or board["held"]:
                silent_since, seen = now, board["frames"]
            deadline_s = self.patience_s + 5 * self.frame_period_s()
            if now - silent_since > deadline_s:
                asked = "frames" if recording.frames is None else f"of {recording.frames} frames"
                raise TimeoutError(
                    f"{self.name()} stopped sending: {board['window_delivered']} {asked} arrived, the last "
                    f"{now - silent_since:.1f} s ago (allowed {deadline_s:.1f} s); check the camera's cable and power"
                )
            await asyncio.sleep(self.clock.look_period_s)

    def _check_alive(self) -> None:
        try:
            self.worker().check()
        except RuntimeError as error:
            arrived = self.worker().board["window_delivered"]
            raise RuntimeError(f"{self.name()} is gone after {arrived} frames of this recording: {error}") from error

    async def hold(self) -> None:
        """Ask for no more frames until `release`."""
        await self.clock.ask(self.worker().call, "hold")

    async def release(self) -> None:
        """Ask for frames again."""
        await self.clock.ask(self.worker().call, "release")

    async def _close_window(self) -> None:
        if self.worker().alive:
            await self.clock.ask(self.worker().call, "close_window")

    async def _failure(self) -> str:
        return str(await self.clock.ask(self.worker().call, "failure"))
