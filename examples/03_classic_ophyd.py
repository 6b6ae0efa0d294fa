"""A magnet stage that is a classic ophyd positioner sets the force, as beadline's own axes do."""

import sys
import threading
import time
from typing import Any

from ophyd.sim import SynAxis
from ophyd.status import MoveStatus

from beadline.devices import Force
from beadline.hardware import Axis
from beadline.plans import set_force
from beadline.session import open_session


class ClassicStage(SynAxis):
    """An ophyd positioner over the hardware axis of the magnets."""

    def __init__(self, axis: Axis, **options: Any) -> None:
        self._axis = axis
        self._limits = axis.open()
        super().__init__(value=axis.state().position, **options)  # pyright: ignore[reportArgumentType] - typed as int

    def check_value(self, value: float, **_: Any) -> None:
        """Refuse a height outside the limits of the stage."""
        low, high = self._limits.low or 0.0, self._limits.high or 0.0
        if not low <= value <= high:
            raise ValueError(f"Cannot move {self.name} to {value:g} mm: its range is {low:g} to {high:g} mm")

    def set(self, value: float) -> MoveStatus:
        """Start a move; the status is done when the stage has arrived, or failed when it was stopped."""
        self.check_value(value)
        status = MoveStatus(self, value)
        self._stopped = threading.Event()
        self._axis.move(value)
        threading.Thread(target=self._follow, args=(value, status), daemon=True).start()
        return status

    def _follow(self, value: float, status: MoveStatus) -> None:
        while not self._stopped.is_set():
            state = self._axis.state()
            super().set(state.position)
            if not state.moving and abs(state.position - value) <= self._limits.tolerance:
                status.set_finished()
                return
            time.sleep(0.02)
        status.set_exception(RuntimeError(f"{self.name} was stopped at {self._axis.state().position:.3f} mm"))

    def stop(self, *, success: bool = False) -> None:
        """Stop the stage now."""
        self._axis.stop()
        if hasattr(self, "_stopped"):
            self._stopped.set()


data = sys.argv[1] if len(sys.argv) > 1 else None
with open_session("simulated", data, say=print) as session:
    stage = ClassicStage(session.magnets.height.axis, name="stage")
    force = Force(stage, session.magnets.force.law, name="force")
    for force_pn in (2.0, 5.0):
        session.RE(set_force(force, force_pn))
        print(f"{force_pn:g} pN: the stage stands at {stage.position:.3f} mm")
