"""An axis of the microscope as a Bluesky motor."""

import asyncio
import math
import threading
from collections.abc import Awaitable, Callable
from functools import cached_property
from typing import Any

import numpy as np
from ophyd_async.core import (
    CALCULATE_TIMEOUT,
    CalculatableTimeout,
    MovableLogic,
    SignalR,
    SignalRW,
    StandardMovable,
    StandardReadable,
    StandardReadableFormat,
    TimeoutCalculator,
    WatchableAsyncStatus,
    soft_signal_r_and_setter,
)

from beadline.hardware import Axis, AxisInfo, AxisState

from .connecting import OpenFirst
from .live_signal import live_r, live_rw

Format = StandardReadableFormat
AxisSource = Callable[[], Awaitable[Axis]]
POLL_PERIOD_S = 0.02
ARRIVAL_POLL_S = 0.005


def check_position(name: str, position: float, info: AxisInfo) -> None:
    """Refuse a position an axis may not go to.

    Raises:
        ValueError: not a finite number, or outside the limits.
        RuntimeError: the axis is not homed.
    """
    if not math.isfinite(position):
        raise ValueError(f"Cannot move {name} to {position}: a position is a finite number")
    if not info.homed:
        raise RuntimeError(f"Cannot move {name}: it is not homed; home it with the magnets up and no tethers in")
    low = -math.inf if info.low is None else info.low
    high = math.inf if info.high is None else info.high
    if not low <= position <= high:
        raise ValueError(
            f"Cannot move {name} to {position:g} {info.unit}: its range is {low:g} to {high:g} {info.unit}"
        )


class AxisMove(MovableLogic[float]):
    """Moves an axis and knows when it has arrived."""

    def __init__(self, motor: "Motor", setpoint: SignalRW[float], readback: SignalR[float]) -> None:
        super().__init__(setpoint=setpoint, readback=readback)
        self._motor = lambda: motor
        self._motor_info = lambda: (motor.name, motor.axis, motor.info)

    async def check_move(self, new_position: float) -> None:
        name, _, info = self._motor_info()
        check_position(name, new_position, info)

    async def calculate_timeout(self, old_position: float, new_position: float) -> float:
        _, _, info = self._motor_info()
        return 5.0 + info.settle_s + 3 * abs(new_position - old_position) / info.speed

    async def stop(self) -> None:
        motor = self._motor()
        motor.stops += 1
        await asyncio.to_thread(motor.halt)

    async def move(self, new_position: float, timeout: TimeoutCalculator) -> None:  # noqa: ASYNC109 - ophyd-async's name
        name, axis, info = self._motor_info()
        start = (await asyncio.to_thread(axis.state)).position
        try:
            await self.setpoint.set(new_position)
            async with asyncio.timeout(timeout()):
                await self._arrive(axis, new_position, info)
                await asyncio.sleep(info.settle_s)
        except TimeoutError as error:
            await asyncio.to_thread(self._motor().halt)
            state = await asyncio.to_thread(axis.state)
            raise TimeoutError(
                f"{name} did not arrive: asked from {start:g} to {new_position:g} {info.unit}, "
                f"was stopped and stands at {state.position:g} {info.unit}; check that nothing blocks it"
            ) from error
        except asyncio.CancelledError:
            # Whoever gives a move up, the axis does not go on without them.
            await asyncio.shield(asyncio.to_thread(self._motor().halt))
            raise

    async def _arrive(self, axis: Axis, target: float, info: AxisInfo) -> AxisState:
        while True:
            state = await asyncio.to_thread(axis.state)
            if not state.moving and abs(state.position - target) <= info.tolerance:
                return state
            await asyncio.sleep(ARRIVAL_POLL_S)


class Motor(StandardReadable, StandardMovable[float]):
    """An axis: focus, magnet height, magnet turns, stage.

    Out of range is refused before motion, never clipped. `stop` reaches the axis on a path of its own.
    """

    def __init__(self, source: AxisSource, *, unit: str, precision: int = 4, name: str = "") -> None:
        """Describe the axis; nothing happens before it is connected.

        Args:
            source: returns the `hardware.Axis` once it is there, for example `lambda: camera.axis("focus")`.
            unit: of positions, must be what the axis says of itself.
            precision: digits shown.
            name: normally given by `init_devices`.
        """
        self._source = source
        self._unit = unit
        self._axis: Axis | None = None
        self._info: AxisInfo | None = None
        self._target = math.nan
        self.stops = 0
        self._stops_at_set: int | None = None
        self._gate = threading.Lock()
        options = {"units": unit, "precision": precision, "poll_period_s": POLL_PERIOD_S}
        with self.add_children_as_readables(Format.HINTED_UNCACHED_SIGNAL):
            self.readback = live_r(float, self._position, **options)
        self.setpoint = live_rw(float, lambda: self._target, self._start, **options)
        with self.add_children_as_readables(Format.CONFIG_SIGNAL):
            self.low_limit, self._set_low = soft_signal_r_and_setter(float, -np.inf, units=unit)
            self.high_limit, self._set_high = soft_signal_r_and_setter(float, np.inf, units=unit)
        super().__init__(name=name, connector=OpenFirst(self.open_axis))

    @cached_property
    def movable_logic(self) -> AxisMove:
        return AxisMove(self, self.setpoint, self.readback)

    @property
    def axis(self) -> Axis:
        """The hardware axis.

        Raises:
            RuntimeError: not connected.
        """
        if self._axis is None:
            raise RuntimeError(f"{self.name or 'axis'} is not connected: connect it with init_devices first")
        return self._axis

    @property
    def info(self) -> AxisInfo:
        """What the axis is; unlimited as long as it is a mock."""
        return self._info or AxisInfo(self._unit, None, None, tolerance=0.0)

    async def open_axis(self) -> None:
        """Connect the axis; once, and without motion."""
        if self._axis is not None:
            return
        try:
            axis = await self._source()
            info = await asyncio.to_thread(axis.open)
        except (RuntimeError, ValueError, TimeoutError, OSError) as error:
            raise ConnectionError(f"Cannot connect {self.name}: {error}") from error
        if info.unit != self._unit:
            raise ConnectionError(f"Cannot connect {self.name}: it counts in {info.unit}, not in {self._unit}")
        self._axis, self._info = axis, info
        self._target = (await asyncio.to_thread(axis.state)).position
        self._set_low(-np.inf if info.low is None else info.low)
        self._set_high(np.inf if info.high is None else info.high)

    async def _position(self) -> float:
        return (await asyncio.to_thread(self.axis.state)).position

    async def _start(self, target: float) -> None:
        check_position(self.name, target, self.info)
        seen = self._stops_at_set if self._stops_at_set is not None else self.stops
        self._target = target
        await asyncio.to_thread(self._go, target, seen)

    def _go(self, target: float, stops: int) -> None:
        """Start the axis, unless it was stopped since the move was asked for; on a thread of its own."""
        with self._gate:
            if self.stops != stops:
                raise RuntimeError(f"{self.name} was stopped before it moved")
            self.axis.move(target)

    def halt(self) -> None:
        """Stop the axis, after a start that is just under way; on a thread of its own."""
        with self._gate:
            self.axis.stop()

    def set(self, new_position: float, timeout: CalculatableTimeout = CALCULATE_TIMEOUT) -> WatchableAsyncStatus[Any]:
        """Move to a position; a stop from now on is obeyed, however little of the move has happened."""
        self._stops_at_set = self.stops
        return super().set(new_position, timeout)
