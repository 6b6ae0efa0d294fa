"""The camera worker: grabs frames into the ring and marks those a run asks for."""

import contextlib
import logging
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from beadline.hardware import CameraInfo, CameraSettings, FrameStamp, Microscope

from .asked_window import AskedWindow
from .background import in_background
from .board import Board
from .instrument_time import FIELDS as CLOCK_FIELDS
from .instrument_time import InstrumentTime, LockStep, RealTime, build_on
from .rates import Rates
from .ring import FrameRing

log = logging.getLogger("beadline.camera")
MOST_LOST = 1_000_000
"""A camera's counter that jumps by more has gone wrong."""
FIELDS = (
    "heartbeat_s",
    "running",
    "failed",
    "frames",
    "last_id",
    "last_frame_s",
    "dropped",
    "repeated",
    "out_of_order",
    "ring_written",
    "device_rate_hz",
    "host_rate_hz",
    "window",
    "window_first_id",
    "window_produced",
    "window_delivered",
    "window_dropped",
    "window_done",
    "window_end_seq",
    "held",
    *CLOCK_FIELDS,
)


class CameraLoop:
    """The loop of the camera worker, around whatever a factory makes."""

    def __init__(
        self,
        factory: str,
        factory_arguments: Mapping[str, Any],
        settings: Mapping[str, Any],
        epoch_offset_s: float,
        ring_bytes: int | None = None,
        lock_step: bool = False,  # noqa: FBT002 - arguments of a worker come by name
    ) -> None:
        self.board = Board.create(FIELDS)
        clock = LockStep(self.board) if lock_step else None
        self._time: InstrumentTime = clock or RealTime()
        self.board["window_done"] = 1
        self.board["last_id"] = -1
        self._factory = factory
        self._factory_arguments = dict(factory_arguments)
        self._settings = _settings(settings)
        # The other end of the offset: instrument time 0 is now.
        self._epoch_offset_s = epoch_offset_s + (time.monotonic() if lock_step else 0.0)
        self._ring_bytes = {} if ring_bytes is None else {"size": ring_bytes}
        self._microscope: Microscope | None = None
        self._info: CameraInfo | None = None
        self._ring: FrameRing | None = None
        self._window = AskedWindow(self.board, self._time.stop)
        self._rates = Rates(self.board)
        self._last_id: int | None = None
        self._failure = ""
        self.commands = {
            "open": self.open,
            "apply": self.apply,
            "start": self.start,
            "stop_stream": self.stop_stream,
            "ring": self.ring,
            "open_window": self.open_window,
            "close_window": self.close_window,
            "hold": self.hold,
            "release": self.release,
            "window_report": self.window_report,
            "begin_books": self._window.begin_books,
            "failure": lambda: self._failure,
        }
        self.prompt_commands = {
            "axis_open": lambda name: asdict(self._axis(name).open()),
            "axis_state": lambda name: asdict(self._axis(name).state()),
            "axis_move": self._move_axis,
            "axis_stop": lambda name: self._axis(name).stop(),
            "lamp_level": lambda name: self._part("lamps", name).level_percent(),
            "set_lamp_level": lambda name, level_percent: self._part("lamps", name).set_level_percent(level_percent),
            "side_recorder_start": lambda name, path: self._part("side_recorders", name).start(Path(path)),
            "side_recorder_stop": lambda name: self._part("side_recorders", name).stop(),
            "action": lambda name, arguments: self._part("actions", name)(**arguments),
        }
        if clock is not None:
            self.commands["require"] = clock.require
            self.prompt_commands["allow_time"] = clock.allow

    # -- what it is made of ---------------------------------------------------------------------------------

    def _opened(self) -> Microscope:
        if self._microscope is None:
            raise RuntimeError("The camera is not open: open it first")
        return self._microscope

    def _part(self, kind: str, name: str) -> Any:
        parts = getattr(self._opened(), kind)
        if name not in parts:
            raise ValueError(f"The microscope has no {name!r} among its {kind}: it has {', '.join(parts) or 'none'}")
        return parts[name]

    def _move_axis(self, name: str, target: float, speed: float | None = None) -> None:
        axis = self._axis(name)
        if speed is None:
            axis.move(target)  # an axis of which nobody asks for a speed need not know any
        else:
            axis.move(target, speed)

    def _axis(self, name: str) -> Any:
        return self._part("axes", name)

    def stop_all_axes(self) -> None:
        """Stop every axis, all at once, also when one of them raises."""
        stopping = [in_background(axis.stop, f"stop {name}") for name, axis in self._opened().axes.items()]
        with contextlib.ExitStack() as stack:
            for each in stopping:
                stack.callback(each.result)

    def open(self) -> dict[str, Any]:
        """Build the microscope, open its camera, and say what there is."""
        if self._microscope is None:
            microscope = build_on(self._time, self._factory, self._factory_arguments)
            if not isinstance(microscope, Microscope):
                raise TypeError(f"{self._factory} must return a hardware.Microscope, not {microscope!r}")
            self._info = microscope.grabber.open()
            self._microscope = microscope
        parts = self._microscope
        return {
            "camera": asdict(self._camera()),
            "axes": list(parts.axes),
            "lamps": list(parts.lamps),
            "side_recorders": list(parts.side_recorders),
            "actions": list(parts.actions),
        }

    def _camera(self) -> CameraInfo:
        if self._info is None:
            raise RuntimeError("The camera is not open: open it first")
        return self._info

    # -- settings and the stream ----------------------------------------------------------------------------

    def apply(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Set the camera, all settings or none, and return what it really does."""
        if not self._window.done:
            raise RuntimeError("Cannot change the camera during a recording: wait for its end")
        wanted, running = _settings(settings), bool(self.board["running"])
        grabber = self._opened().grabber
        self.stop_stream()
        try:
            self._settings = grabber.apply(wanted)
        finally:
            self._fit_ring()
            if running:
                self.start()
        return asdict(self._settings)

    def _fit_ring(self) -> None:
        info = self._camera()
        _, _, columns, rows = self._settings.roi_px or (0, 0, info.width_px, info.height_px)
        if self._ring is not None and self._ring.frame_shape == (rows, columns):
            return
        if self._ring is not None:
            self._ring.close()
        self._ring = FrameRing.create(
            rows, columns, info.dtype, epoch_offset_s=self._epoch_offset_s, **self._ring_bytes
        )
        self.board["ring_written"] = 0
        # Sequence numbers begin anew: whoever waits for the end of the last recording has waited long enough.
        self.board["window_end_seq"] = 0

    def ring(self) -> dict[str, str]:
        """Return the name of the frame ring."""
        if self._ring is None:
            self.apply(asdict(self._settings))
        return {"ring": self._ring.name if self._ring is not None else ""}

    def start(self) -> None:
        """Start the stream, also after a failure; harmless when it runs."""
        if not self.board["running"]:
            self.ring()
            self._opened().grabber.start()
            self._failure, self.board["failed"] = "", 0
            # The camera's counter may have restarted, so ids are compared within one stream only.
            self._last_id = None
            self._rates.reset()
            self.board["running"] = 1

    def stop_stream(self) -> None:
        """Stop the stream; harmless when it is stopped."""
        if self.board["running"]:
            self.board["running"] = 0
            self._window.interrupt()
            self._opened().grabber.stop()

    # -- recordings -----------------------------------------------------------------------------------------

    def open_window(self, frames: int | None, count: str) -> dict[str, int]:
        """Ask for frames exposed from now on; see `AskedWindow`."""
        if not self.board["running"]:
            why = f"it has failed: {self._failure}" if self._failure else "start it first"
            raise RuntimeError(f"Cannot record: the camera's stream is stopped, {why}")
        return {"window": self._window.open(frames, count, self._time.now())}

    def close_window(self) -> None:
        """Ask for no more frames; harmless when none are asked for."""
        self._window.close(self._written())

    def hold(self) -> None:
        """Ask for no frames until `release`."""
        self._window.hold()

    def release(self) -> None:
        """Ask for frames again, exposed from now on."""
        self._window.release(self._time.now())

    def window_report(self) -> dict[str, Any]:
        """Return the books of the run."""
        return self._window.report()

    def _written(self) -> int:
        return self._ring.written if self._ring is not None else 0

    # -- the loop -------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Grab one frame, or wait for it a few milliseconds."""
        if self._time.must_wait(self._ring):
            return
        if not self.board["running"] or self._ring is None:
            if self._ring is None or not self._ring.touch():
                self._time.rest()
            return
        try:
            stamp = self._opened().grabber.grab(self._ring.begin(), self._time.patience_s())
        except Exception as error:  # noqa: BLE001 - whatever a vendor's library raises, the run must be told
            self._fail(error)
            return
        if stamp is not None:
            self._take(self._ring, stamp)
        else:
            self._time.nothing_came()

    def _take(self, ring: FrameRing, stamp: FrameStamp) -> None:
        board, last = self.board, self._last_id
        if last is not None and stamp.id <= last:
            board.add("repeated" if stamp.id == last else "out_of_order")
            return
        gap = 0 if last is None else stamp.id - last - 1
        if gap > MOST_LOST:
            self._fail(RuntimeError(f"its counter jumped from frame {last} to frame {stamp.id}; restart the camera"))
            return
        board.add("dropped", gap)
        seq = ring.written
        window = self._window.mark(stamp, gap, self._settings.exposure_s, seq)
        ring.commit(stamp, window, self._window.lost)
        self._window.publish()
        self._last_id = stamp.id
        board["ring_written"] = seq + 1
        board["last_id"] = stamp.id
        board["last_frame_s"] = stamp.host_time_s
        board.add("frames")
        self._rates.count(stamp)

    def _fail(self, error: Exception) -> None:
        self._failure = f"{type(error).__name__}: {error}"
        log.error("the camera failed after %d frames: %s", self.board["frames"], self._failure)
        self.board["running"] = 0
        self.board["failed"] = 1
        self._window.interrupt()

    def close(self) -> None:
        """Stop everything and let go of hardware and memory."""
        with contextlib.ExitStack() as stack:  # the last one in goes first, and all go although one raises
            stack.callback(self.board.close)
            if self._ring is not None:
                stack.callback(self._ring.close)
            stack.callback(self._time.close)
            if self._microscope is not None:
                parts = self._microscope
                closing = [axis.close for axis in parts.axes.values()] + [parts.grabber.close, parts.grabber.stop]
                stopping = [*(each.stop for each in parts.side_recorders.values()), self.stop_all_axes]
                for call in closing + stopping:
                    stack.callback(call)


def _settings(plain: Mapping[str, Any]) -> CameraSettings:
    roi = plain.get("roi_px")
    return CameraSettings(**{**plain, "roi_px": None if roi is None else tuple(int(each) for each in roi)})
