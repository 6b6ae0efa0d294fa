"""A simulated microscope whose focus can be turned round and whose sensor can be made to roar, for a bead lock."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from beadline.hardware import (
    Axis,
    AxisInfo,
    AxisState,
    CameraInfo,
    CameraSettings,
    FrameArray,
    FrameGrabber,
    FrameStamp,
    Microscope,
)


class TurnedAxis:
    """An axis that can be turned round where it stands: then it goes down when it is told to go up, and says up."""

    def __init__(self, axis: Axis) -> None:
        self._axis = axis
        self._centre: float | None = None

    def turn_round(self) -> None:
        """Go the other way from here on; the position it reads is the same at this moment."""
        self._centre = self._axis.state().position

    def mend(self) -> None:
        """Go the right way; what it reads is true again."""
        self._centre = None

    def _seen(self, position: float) -> float:
        return position if self._centre is None else 2 * self._centre - position

    def open(self) -> AxisInfo:
        return self._axis.open()

    def state(self) -> AxisState:
        truth = self._axis.state()
        return AxisState(self._seen(truth.position), truth.moving)

    def move(self, target: float, speed: float | None = None) -> None:
        self._axis.move(self._seen(target), speed)

    def stop(self) -> None:
        self._axis.stop()

    def close(self) -> None:
        self._axis.close()


class RoaringGrabber:
    """A camera whose next frames can be drowned in noise."""

    def __init__(self, grabber: FrameGrabber, seed: int) -> None:
        self._grabber = grabber
        self._random = np.random.default_rng(seed)
        self._rms_adu, self._frames = 0.0, 0

    def roar(self, rms_adu: float, frames: int) -> None:
        """Add noise to the next frames."""
        self._rms_adu, self._frames = rms_adu, frames

    def open(self) -> CameraInfo:
        return self._grabber.open()

    def apply(self, settings: CameraSettings) -> CameraSettings:
        return self._grabber.apply(settings)

    def start(self) -> None:
        self._grabber.start()

    def grab(self, into: FrameArray, timeout_s: float) -> FrameStamp | None:
        """Write the next frame, with noise if that was asked for; see `hardware.FrameGrabber`."""
        stamp = self._grabber.grab(into, timeout_s)
        if stamp is not None and self._frames > 0:
            self._frames -= 1
            noisy = into + self._random.normal(0.0, self._rms_adu, into.shape)
            into[...] = np.clip(noisy, 0, np.iinfo(into.dtype).max)
        return stamp

    def stop(self) -> None:
        self._grabber.stop()

    def close(self) -> None:
        self._grabber.close()


def microscope(**arguments: Any) -> Microscope:
    """Make it out of the simulated one, whose arguments and other actions it has."""
    from beadline.simulation import microscope as simulated  # noqa: PLC0415 - only in its worker

    made = simulated(**arguments)
    focus, grabber = TurnedAxis(made.axes["focus"]), RoaringGrabber(made.grabber, int(arguments["seed"]))

    def mend() -> None:
        focus.mend()
        made.actions["mend"]()

    own: dict[str, Callable[..., Any]] = {"turn_focus_round": focus.turn_round, "roar": grabber.roar, "mend": mend}
    return replace(made, grabber=grabber, axes={**made.axes, "focus": focus}, actions={**made.actions, **own})
