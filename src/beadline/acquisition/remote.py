"""Axes and lamps that live in the camera worker, as `hardware` describes them."""

from beadline.hardware import AxisInfo, AxisState

from .worker_handle import Worker


class RemoteAxis:
    """An axis reached through the camera worker, on a path of its own."""

    def __init__(self, worker: Worker, name: str) -> None:
        self._worker = worker
        self._name = name

    def open(self) -> AxisInfo:
        """Describe it; it is open already."""
        return AxisInfo(**self._worker.prompt("axis_open", name=self._name))

    def state(self) -> AxisState:
        """Read position and motion."""
        return AxisState(**self._worker.prompt("axis_state", name=self._name))

    def move(self, target: float, speed: float | None = None) -> None:
        """Start a move."""
        self._worker.prompt("axis_move", name=self._name, target=target, speed=speed)

    def stop(self) -> None:
        """Stop now; harmless when the worker is gone, which stops its axes when it leaves."""
        try:
            self._worker.urge("axis_stop", name=self._name)
        except RuntimeError:
            if self._worker.alive:
                raise

    def close(self) -> None:
        """Leave it to the camera worker."""


class RemoteLamp:
    """A lamp reached through the camera worker."""

    def __init__(self, worker: Worker, name: str) -> None:
        self._worker = worker
        self._name = name

    def level_percent(self) -> float:
        """Read the brightness [%]."""
        return float(self._worker.prompt("lamp_level", name=self._name))

    def set_level_percent(self, level_percent: float) -> None:
        """Set the brightness [%]."""
        self._worker.prompt("set_lamp_level", name=self._name, level_percent=level_percent)
