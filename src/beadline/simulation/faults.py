"""Faults of the simulated microscope, on demand or planned by frame."""

from collections.abc import Mapping
from typing import Any

from .axes import SimulatedAxis
from .camera import SimulatedCamera
from .fault_plan import Actions, PlannedFaults
from .lamp import SimulatedLamp
from .world import World


class AxisBreaker:
    """Breaks the axes by name."""

    def __init__(self, axes: Mapping[str, SimulatedAxis]) -> None:
        self._axes = axes

    @property
    def actions(self) -> Actions:
        """What it can do, by name."""
        return {
            "stall_axis": self.stall,
            "overshoot_axis": self.overshoot,
            "lose_steps": self.lose_steps,
            "break_axis": self.silence,
            "axis_noise": self.noise,
        }

    def stall(self, axis: str) -> None:
        """Stop an axis where it is; it takes further commands and does not move."""
        self._axis(axis).faults.stuck = True
        self._axis(axis).course.stop()

    def overshoot(self, axis: str, by: float) -> None:
        """Let an axis run beyond its targets and come back.

        Args:
            axis: its name.
            by: how far [unit of the axis].

        Raises:
            ValueError: it is negative.
        """
        self._axis(axis).faults.overshoot = self._not_negative("let", axis, "overshoot by", by)

    def lose_steps(self, axis: str, share: float) -> None:
        """Let the motor lose a share of the way of each further move; its controller does not notice.

        Raises:
            ValueError: the share is not from 0 to 1.
        """
        if not 0 <= share <= 1:
            raise ValueError(f"Cannot let {axis} lose {share:g} of its way: a share is from 0 to 1")
        self._axis(axis).course.lose(share)

    def silence(self, axis: str) -> None:
        """Stop an axis where it is and let its controller answer nothing."""
        self._axis(axis).course.stop()
        self._axis(axis).faults.broken = True

    def noise(self, axis: str, rms: float) -> None:
        """Let an axis read back its position with an error.

        Args:
            axis: its name.
            rms: root-mean-square of the error [unit of the axis].

        Raises:
            ValueError: it is negative.
        """
        self._axis(axis).faults.noise = self._not_negative("read", axis, "with an error of", rms)

    def mend(self) -> None:
        """Repair all axes."""
        for axis in self._axes.values():
            axis.mend()

    def _axis(self, name: str) -> SimulatedAxis:
        if name not in self._axes:
            raise ValueError(f"The simulated microscope has no axis {name!r}: it has {', '.join(self._axes)}")
        return self._axes[name]

    def _not_negative(self, verb: str, axis: str, what: str, value: float) -> float:
        unit = self._axis(axis).unit
        if not 0 <= value < float("inf"):
            raise ValueError(f"Cannot {verb} {axis} {what} {value:g} {unit}: it must be at least 0 {unit}")
        return value


class Faults:
    """Everything that can go wrong, by name, and how it is mended."""

    def __init__(self, world: World, camera: SimulatedCamera, lamp: SimulatedLamp) -> None:
        self._world = world
        self._camera = camera
        self._lamp = lamp
        self._axes = AxisBreaker(world.axes)
        self._planned = PlannedFaults(self._at_once, world.settings.instrument.faults)
        camera.before_frame = self._planned.before

    @property
    def actions(self) -> Actions:
        """What it can do, by name."""
        return {**self._at_once, "plan_fault": self._planned.add}

    @property
    def _at_once(self) -> Actions:
        camera = self._camera.faults
        return {
            "drop_frames": self._camera.drop_frames,
            "drop_next": self._camera.drop_next,
            "stall_camera": camera.stall,
            "repeat_next": camera.repeat,
            "swap_next": camera.swap,
            "misshape_frames": camera.misshape,
            "disconnect_camera": camera.disconnect,
            **self._axes.actions,
            "fail_lamp": self._lamp.fail,
            "lose_bead": self._world.lost.lose,
            "mend": self.mend,
            "faults": self.as_plain,
        }

    def mend(self) -> None:
        """Repair everything and plan nothing; beads, frames and steps that are lost stay lost."""
        self._planned.forget()
        self._camera.faults.mend()
        self._axes.mend()
        self._lamp.fail(failed=False)

    def as_plain(self) -> dict[str, Any]:
        """Return what is wrong now; nothing is in it that is right."""
        axes = {name: axis.wrong() for name, axis in self._world.axes.items()}
        wrong: dict[str, Any] = {
            "camera": self._camera.faults.as_plain(),
            **axes,
            "lamp": {"failed": True} if self._lamp.failed else {},
            "lost_beads": self._world.lost.ids,
            "planned": self._planned.as_plain(),
        }
        return {name: value for name, value in wrong.items() if value}
