"""The camera: the clock of every recording."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from functools import cached_property
from typing import Any, Literal

import numpy as np
from ophyd_async.core import (
    Array1D,
    AsyncStatus,
    SignalR,
    StandardFlyable,
    StandardReadable,
    StandardReadableFormat,
    WatchableAsyncStatus,
    soft_signal_r_and_setter,
)

from beadline.acquisition import Worker
from beadline.hardware import Axis, CameraSettings, Lamp

from .camera_books import CameraBooks
from .camera_clock import CameraClock, Recording
from .camera_parts import CameraAxis, CameraLamp
from .camera_settings import SettingsChanger, settings_from_plain
from .connecting import OpenFirst, worker_kept_if_ready
from .instrument_clock import HostClock, InstrumentClock, LockStepClock
from .live_signal import live_r, live_rw
from .workbench import Workbench

Format = StandardReadableFormat
RingCallback = Callable[[str], Awaitable[None]]


class Camera(StandardReadable, StandardFlyable[Recording, Recording]):
    """A camera in a worker process of its own, with whatever else hangs on the same hardware or world.

    Staged, it streams frames into shared memory; kicked off (or triggered), it marks the frames a run asks for.
    `live` keeps the stream on between runs.
    """

    def __init__(
        self,
        workbench: Workbench,
        factory: str,
        *,
        frame_rate_hz: float,
        exposure_s: float | None = None,
        gain: float = 1.0,
        roi_px: tuple[int, int, int, int] | None = None,
        pixel_size_nm: float | None = None,
        focal_factor: float = 1.0,
        side_recorders: Sequence[str] = (),
        arguments: dict[str, Any] | None = None,
        clock: Literal["real", "lock-step"] = "real",
        name: str = "",
    ) -> None:
        """Describe the camera; nothing happens before it is connected.

        Args:
            workbench: shared by the devices of this microscope.
            factory: `module:function` that makes the `hardware.Microscope` inside the worker.
            frame_rate_hz: frames per second [Hz].
            exposure_s: exposure [s]; by default nine tenths of the frame period.
            gain: camera gain, 1 is the default.
            roi_px: part of the sensor: x, y, width, height [px]; None is all of it.
            pixel_size_nm: size of a pixel in the sample [nm]; None when it is not known.
            focal_factor: shift of the focal plane per objective travel, below 1 for an oil objective in water.
            side_recorders: names of recorders of the microscope to run along with each recording ("truth").
            arguments: plain keyword data for the factory.
            clock: "real" time, or "lock-step": time passes only while a plan waits for it, as fast as the frames of a
                simulated microscope can be drawn, tracked and stored.
            name: normally given by `init_devices`.
        """
        if clock not in ("real", "lock-step"):
            raise ValueError(f"{name or 'The camera'} cannot have the clock {clock!r}: it is 'real' or 'lock-step'")
        self.clock: InstrumentClock = HostClock() if clock == "real" else LockStepClock(lambda: self.worker)
        self._workbench = workbench
        self._factory = factory
        self._arguments = dict(arguments or {})
        exposure_s = 0.9 / frame_rate_hz if exposure_s is None else exposure_s
        self._settings = CameraSettings(frame_rate_hz, exposure_s, gain, roi_px)
        self._side_recorders = tuple(side_recorders)
        self._worker: Worker | None = None
        self._opened: dict[str, Any] = {}
        self._tried = asyncio.Event()
        self._on_ring: list[RingCallback] = []
        self._live = False
        self._pixel_size_nm = float(pixel_size_nm or math.nan)
        self._recording: Recording | None = None
        self.books = CameraBooks(lambda: self.worker, self.clock)
        with self.add_children_as_readables(Format.CONFIG_SIGNAL):
            self.frame_rate_hz = self._setting("frame_rate_hz", float, "Hz")
            self.exposure_s = self._setting("exposure_s", float, "s")
            self.gain = self._setting("gain", float, "")
            self.roi_px = live_r(Array1D[np.int32], self._roi, units="px")
            self.pixel_size_nm = live_rw(float, lambda: self._pixel_size_nm, self._set_pixel_size, units="nm")
            self.focal_factor, _ = soft_signal_r_and_setter(float, focal_factor)
            self.model = live_r(str, lambda: str(self._opened["camera"]["model"]))
        with self.add_children_as_readables(Format.UNCACHED_SIGNAL):
            self.frames = self._counter("frames")
            self.dropped = self._counter("dropped")
        self.live = live_rw(bool, lambda: self._live, self._set_live)
        self.asking = live_rw(bool, lambda: not self.worker.board["window_done"], self._set_asking)
        self.settings = SettingsChanger(self.apply)
        super().__init__(name=name, connector=OpenFirst(self.open_worker))

    # -- what it is made of ---------------------------------------------------------------------------------

    def _setting(self, name: str, datatype: type[Any], units: str) -> Any:
        async def change(value: Any) -> None:
            await self.apply(**{name: value})

        return live_rw(datatype, lambda: getattr(self._settings, name), change, units=units)

    def _counter(self, field: str) -> SignalR[int]:
        return live_r(int, lambda: int(self.worker.board[field]))

    def _roi(self) -> Array1D[np.int32]:
        info = self._opened["camera"]
        return np.array(self._settings.roi_px or (0, 0, info["width_px"], info["height_px"]), dtype=np.int32)

    @property
    def worker(self) -> Worker:
        """The camera worker.

        Raises:
            RuntimeError: the camera is not connected.
        """
        if self._worker is None:
            raise RuntimeError(f"{self.name or 'camera'} is not connected: connect it with init_devices first")
        return self._worker

    @property
    def workbench(self) -> Workbench:
        """What this camera shares with the other devices of the microscope."""
        return self._workbench

    @property
    def frame_shape(self) -> tuple[int, int]:
        """Rows and columns of a frame [px]."""
        _, _, width, height = self._roi()
        return int(height), int(width)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of a pixel."""
        return np.dtype(np.uint8 if self._opened["camera"]["bit_depth"] <= 8 else np.uint16)

    @cached_property
    def flyable_logic(self) -> CameraClock:
        return CameraClock(
            name=lambda: self.name,
            worker=lambda: self.worker,
            books=self.books,
            start_live=self._take_clock,
            stop_live=self._stop_stream,
            clock=self.clock,
            frame_period_s=lambda: 1 / self._settings.frame_rate_hz,
        )

    # -- connecting -----------------------------------------------------------------------------------------

    async def open_worker(self) -> None:
        """Start the worker and open the camera in it; once, unless that failed."""
        if self._worker is not None:
            return
        self._tried.clear()
        try:
            async with worker_kept_if_ready(self._start_worker) as worker:
                self._opened = await asyncio.to_thread(worker.call, "open", timeout_s=60)
                applied = await asyncio.to_thread(worker.call, "apply", settings=asdict(self._settings))
                self._settings = settings_from_plain(applied)
                self._worker = worker
        except (RuntimeError, ValueError, TypeError, TimeoutError, OSError) as error:
            raise ConnectionError(f"Cannot connect {self.name or 'camera'} ({self._factory}): {error}") from error
        finally:
            self._tried.set()

    def _start_worker(self) -> Worker:
        task = {"factory": self._factory, "factory_arguments": self._arguments, "settings": asdict(self._settings)}
        return self._workbench.workers.start(
            self.name or "camera",
            "beadline.acquisition.camera_loop:CameraLoop",
            {**task, "lock_step": self.clock.lock_step, "epoch_offset_s": self._workbench.epoch_offset_s},
        )

    async def _connected(self) -> None:
        """Wait until the camera is there; what hangs on it cannot connect without."""
        await self._tried.wait()
        if self._worker is None:
            raise ConnectionError(f"{self.name or 'camera'}, on which it hangs, is not connected")

    async def ring(self, on_change: RingCallback) -> str:
        """Return the name of the frame ring once there is one, and tell `on_change` of every later one."""
        await self._connected()
        self._on_ring.append(on_change)
        return await self.ring_name()

    def forget(self, on_change: RingCallback) -> None:
        """Tell `on_change` of no further ring; harmless when it was not told."""
        if on_change in self._on_ring:
            self._on_ring.remove(on_change)

    async def ring_name(self) -> str:
        """Return the name of the present frame ring."""
        return str((await self.clock.ask(self.worker.call, "ring"))["ring"])

    async def axis(self, name: str) -> Axis:
        """Return an axis that hangs on the camera's hardware or world."""
        await self._connected()
        self._must_have("axes", name)
        return CameraAxis(self.worker, name, self.clock)

    async def lamp(self, name: str) -> Lamp:
        """Return a lamp that hangs on the camera's hardware or world."""
        await self._connected()
        self._must_have("lamps", name)
        return CameraLamp(self.worker, name, self.clock)

    def _must_have(self, kind: str, name: str) -> None:
        known = list(self._opened[kind])
        if name not in known:
            raise ValueError(f"{self.name or 'camera'} has no {name!r} among its {kind}: it has {known}")

    async def action(self, name: str, **arguments: Any) -> Any:
        """Call a further action of the microscope, such as a fault of the simulated one."""
        return await self.clock.ask(self.worker.prompt, "action", name=name, arguments=arguments)

    # -- settings and the live stream -----------------------------------------------------------------------

    async def apply(self, **changes: Any) -> None:
        """Change settings, all or none; the camera says what it really does.

        Raises:
            ValueError: an unknown setting, or a value the camera refuses.
        """
        known = asdict(self._settings)
        if unknown := sorted(set(changes) - set(known)):
            raise ValueError(f"{self.name} has no setting {', '.join(unknown)}: it has {', '.join(known)}")
        if changes.get("roi_px") is not None:
            changes["roi_px"] = [int(number) for number in changes["roi_px"]]
        realised = await self.clock.ask(self.worker.call, "apply", settings={**known, **changes})
        self._settings = settings_from_plain(realised)
        ring = await self.ring_name()
        told = await asyncio.gather(*(tell(ring) for tell in self._on_ring), return_exceptions=True)
        for problem in told:
            if isinstance(problem, BaseException):
                raise problem

    async def _set_pixel_size(self, size_nm: float) -> None:
        if not (math.isfinite(size_nm) and size_nm > 0):
            raise ValueError(f"The pixels of {self.name} cannot be {size_nm:g} nm large in the sample: above 0 nm")
        self._pixel_size_nm = size_nm

    async def _set_live(self, on: bool) -> None:
        if not on and not self.worker.board["window_done"]:
            raise RuntimeError(f"Cannot stop {self.name}'s stream: a run is recording from it; stop the run first")
        await self.clock.ask(self.worker.call, "start" if on else "stop_stream")
        self._live = on

    async def _take_clock(self) -> bool:
        await self.clock.ask(self.worker.call, "start")
        return not self._live

    async def _stop_stream(self) -> None:
        if self.worker.alive and not self._live:
            await self.clock.ask(self.worker.call, "stop_stream")

    async def _set_asking(self, on: bool) -> None:
        if on:
            raise ValueError(f"Cannot ask {self.name} for frames this way: kick it off or trigger it")
        await self.flyable_logic.stop()

    # -- recording ------------------------------------------------------------------------------------------

    @AsyncStatus.wrap
    async def prepare(self, value: Recording) -> None:
        """Say what the run wants; the frames come from kick-off, or from each trigger, on."""
        self._recording = value
        for name in self._side_recorders:
            path = self._workbench.run_folder.file(f"{name}.h5", asked_by=f"{self.name}'s {name} recorder")
            await self.clock.ask(self.worker.prompt, "side_recorder_start", name=name, path=str(path))
        await self.books.begin()
        await super().prepare(value)

    def trigger(self) -> AsyncStatus[None]:
        """Take the prepared number of frames, all exposed after this moment."""
        return self.clock.takes_time(AsyncStatus(self._take_step()))

    async def _take_step(self) -> None:
        if self._recording is None or self._recording.count != "delivered":
            raise RuntimeError(
                f"{self.name} is not prepared for steps: prepare it with Recording(n, count='delivered')"
            )
        await self.flyable_logic.on_kickoff(self._recording)
        await self.flyable_logic.wait_until_done(self._recording)

    def kickoff(self) -> AsyncStatus[None]:
        """Ask for frames from this moment on."""
        return self.clock.takes_time(super().kickoff())

    def complete(self) -> WatchableAsyncStatus[Any]:
        """Wait for the last frame asked for."""
        return self.clock.takes_time(super().complete())

    @AsyncStatus.wrap
    async def unstage(self) -> None:
        """Ask for no more frames, and give the clock back."""
        self._recording = None
        try:
            if self.worker.alive:
                for name in self._side_recorders:
                    await self.clock.ask(self.worker.prompt, "side_recorder_stop", name=name)
        finally:
            await super().unstage()

    async def pause(self) -> None:
        """Hold the frame clock: called by the RunEngine when a run is paused."""
        self.clock.paused = True
        await self.flyable_logic.hold()

    async def resume(self) -> None:
        """Let the frame clock go on."""
        self.clock.paused = False
        await self.flyable_logic.release()
