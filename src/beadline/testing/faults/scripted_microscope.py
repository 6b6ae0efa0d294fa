"""A microscope whose frames say which they are, and which breaks where it is told to."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from beadline.hardware import CameraInfo, CameraSettings, FrameStamp, Microscope

SITES = ("open", "start", "grab", "stop")
SHADES = 251
"""The pixels of frame n all are n modulo this."""


class BrokenOnPurpose(OSError):
    """What a driver raises when its camera fails."""


class ScriptedGrabber:
    """Frames on schedule, each as bright as its number; `break_at` has one of its calls fail until it is mended."""

    def __init__(self, width_px: int, height_px: int, broken: str = "", shuffle: float = 0.0, seed: int = 1) -> None:
        """Describe the camera.

        Args:
            width_px: columns.
            height_px: rows.
            broken: call that fails from the beginning on.
            shuffle: probability of a frame to come twice, late, or with a time that lies back.
            seed: of these.
        """
        self.info = CameraInfo("scripted", "1", width_px, height_px, 8, max_frame_rate_hz=5000.0)
        self.wrong: dict[str, int] = {"repeated": 0, "late": 0, "back in time": 0}
        self._settings = CameraSettings(100.0, 0.005)
        self._broken = broken
        self._after = 0
        self._bad_pixels: Any = None
        self._shuffle = shuffle
        self._random = np.random.default_rng(seed)
        self._next = 0
        self._queue: list[int] = []
        self._began_s = 0.0

    # -- what can be asked of it ----------------------------------------------------------------------------

    @property
    def actions(self) -> dict[str, Callable[..., Any]]:
        """Faults by name."""
        return {
            "break_at": self.break_at,
            "bad_pixels": self.bad_pixels,
            "mend": self.mend,
            "wrong": lambda: self.wrong,
        }

    def break_at(self, site: str, after: int = 0) -> None:
        """Have a call fail, after so many that do not."""
        self._broken, self._after = site, after

    def bad_pixels(self, kind: str) -> None:
        """Have the next frames come as a driver gone wrong hands them over: of another shape, or no numbers."""
        self._bad_pixels = {"shape": np.zeros((3, 5), np.uint8), "dtype": np.array("broken")}[kind]

    def mend(self) -> None:
        """Have no faults."""
        self._broken, self._bad_pixels, self._shuffle = "", None, 0.0

    def _check(self, site: str) -> None:
        if self._broken != site:
            return
        if self._after > 0:
            self._after -= 1
            return
        raise BrokenOnPurpose(f"broken on purpose in {site}")

    # -- as a camera ----------------------------------------------------------------------------------------

    def open(self) -> CameraInfo:
        self._check("open")
        return self.info

    def apply(self, settings: CameraSettings) -> CameraSettings:
        self._settings = settings
        return settings

    def start(self) -> None:
        self._check("start")
        self._began_s = time.monotonic() - self._next / self._settings.frame_rate_hz

    def grab(self, into: NDArray[Any], timeout_s: float) -> FrameStamp | None:
        """Write the next frame; see `hardware.FrameGrabber`."""
        self._check("grab")
        number = self._queue[0] if self._queue else self._next
        ended_s = self._began_s + number / self._settings.frame_rate_hz + self._settings.exposure_s
        wait_s = ended_s - time.monotonic()
        if wait_s > timeout_s:
            time.sleep(timeout_s)
            return None
        time.sleep(max(0.0, wait_s))
        number = self._take()
        into[...] = number % SHADES if self._bad_pixels is None else self._bad_pixels
        return FrameStamp(number, self._device_time_s(number), ended_s)

    def _take(self) -> int:
        """Return the number of the next frame; some come late, some twice."""
        if not self._queue:
            self._queue = [self._next]
            self._next += 1
            if self._random.random() < self._shuffle:
                kind = ("repeated", "late")[int(self._random.integers(2))]
                self.wrong[kind] += 1
                self._queue += [self._queue[0]] if kind == "repeated" else []
                if kind == "late":
                    self._queue.insert(0, self._next)
                    self._next += 1
        return self._queue.pop(0)

    def _device_time_s(self, number: int) -> float:
        back = self._random.random() < self._shuffle
        self.wrong["back in time"] += back
        return number / self._settings.frame_rate_hz - (0.5 if back else 0.0)

    def stop(self) -> None:
        self._check("stop")

    def close(self) -> None:
        """Nothing is open."""


def microscope(**arguments: Any) -> Microscope:
    """Make it; axes are those of the simulated microscope, which takes the arguments it knows."""
    from beadline.simulation import microscope as simulated  # noqa: PLC0415 - only in its worker

    own = {name: arguments.pop(name) for name in ("broken", "shuffle") if name in arguments}
    made = simulated(**arguments)
    grabber = ScriptedGrabber(arguments["width_px"], arguments["height_px"], seed=arguments["seed"], **own)
    return Microscope(grabber, axes=made.axes, lamps=made.lamps, actions=grabber.actions)
