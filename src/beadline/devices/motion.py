"""An axis of the microscope as a Bluesky motor."""

import asyncio
import math
import threading
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from bluesky.protocols import Location
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

from beadline.acquisition import in_background
from beadline.hardware import Axis, AxisInfo

from .connecting import OpenFirst
from .instrument_clock import HostClock, InstrumentClock
from .live_signal import live_r, live_rw

Format = StandardReadableFormat
AxisSource = Callable[[], Awaitable[Axis]]
POLL_PERIOD_S = 0.02
ARRIVAL_POLL_S = 0.005
_stops_when_asked: ContextVar[int | None] = ContextVar("stops when a move was asked for", default=None)
"""How often the axis had been stopped when `set` was called; carried into everything that this call of `set` does."""


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


@dataclass(frozen=True, slots=True)
class Leg:
    """A part of a move.

    Attributes:
        target: where it ends.
        speed: greatest on the way [unit/s].
        look_s: how long the position need not be read on the way [s].
    """

    target: float
    speed: float
    look_s: float = math.inf


class AxisMove(MovableLogic[float]):
    """Moves an axis and knows when it has arrived."""

    def __init__(self, motor: "Motor", setpoint: SignalRW[float], readback: SignalR[float]) -> None:
        super().__init__(setpoint=setpoint, readback=readback)
        self._motor = lambda: motor

    async def check_move(self, new_position: float) -> None:
        await self._motor().check(new_position)

    async def calculate_timeout(self, old_position: float, new_position: float) -> float:
        motor = self._motor()
        travel_s, place = 0.0, old_position
        for leg in motor.legs(old_position, new_position):
            travel_s += abs(leg.target - place) / leg.speed
            place = leg.target
        return 5.0 + motor.info.settle_s + 3 * travel_s

    async def stop(self) -> None:
        await self._motor().halt()

    async def move(self, new_position: float, timeout: TimeoutCalculator) -> None:  # noqa: ASYNC109 - ophyd-async's name
        motor = self._motor()
        start = await motor.readback.get_value()
        try:
            for leg in motor.legs(start, new_position):
                await self.setpoint.set(leg.target)
                async with asyncio.timeout(motor.clock.limit_s(timeout())):
                    await self._arrive(motor, leg, timeout())
            async with asyncio.timeout(motor.clock.limit_s(timeout())):
                await motor.clock.sleep(motor.info.settle_s)
            await motor.arrived()
        except TimeoutError as error:
            await motor.halt()
            position = await motor.readback.get_value()
            raise TimeoutError(
                f"{motor.name} did not arrive: asked from {start:g} to {new_position:g} {motor.info.unit}, "
                f"was stopped and stands at {position:g} {motor.info.unit}; check that nothing blocks it"
            ) from error
        except asyncio.CancelledError:
            # Whoever gives a move up, the axis does not go on without them.
            await asyncio.shield(motor.halt())
            raise

    async def _arrive(self, motor: "Motor", leg: Leg, limit_s: float | None) -> None:
        deadline_s = math.inf if limit_s is None else motor.clock.now() + limit_s
        while motor.clock.now() <= deadline_s:
            state = await motor.clock.ask(motor.axis.state)
            motor.saw(state.position)
            distance = abs(state.position - leg.target)
            if not state.moving and distance <= motor.info.tolerance:
                return
            await motor.clock.poll(ARRIVAL_POLL_S, min(distance / leg.speed, leg.look_s))
        raise TimeoutError


class Motor(StandardReadable, StandardMovable[float]):
    """An axis: focus, magnet height, magnet turns, stage.

    Out of range is refused before motion, never clipped, by what the axis says of itself at that moment. `stop` waits
    for no thread and for no other command of this motor; an axis behind a connection waits for its turn on that.
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
        self.clock: InstrumentClock = HostClock()
        self._target = math.nan
        self._stops = 0
        self._starting = threading.Lock()
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
        """What the axis last said of itself; unlimited as long as it is a mock."""
        return self._info or AxisInfo(self._unit, None, None, tolerance=0.0)

    async def open_axis(self) -> None:
        """Connect the axis; once, and without motion."""
        if self._axis is not None:
            return
        try:
            axis = await self._source()
            self._accept(await asyncio.to_thread(axis.open))
            self._target = (await asyncio.to_thread(axis.state)).position
        except (RuntimeError, ValueError, TimeoutError, OSError) as error:
            raise ConnectionError(f"Cannot connect {self.name}: {error}") from error
        self._axis = axis
        self.clock = getattr(axis, "clock", self.clock)

    async def ask(self) -> AxisInfo:
        """Ask the axis what it is now: it may have been homed, or have other limits than before.

        Raises:
            RuntimeError: it counts in another unit than before.
        """
        if self._axis is not None:
            self._accept(await self.clock.ask(self._axis.open))
        return self.info

    async def check(self, position: float) -> None:
        """Refuse a position the axis may not go to now, before anything moves.

        Raises:
            ValueError: not a finite number, or outside the limits.
            RuntimeError: the axis is not homed.
        """
        check_position(self.name, position, await self.ask())

    def legs(self, start: float, target: float) -> list[Leg]:
        """Return the parts of a move, one after the other."""
        return [Leg(target, self.info.speed)]

    def begin(self, target: float) -> None:
        """Start the axis; called on a thread, one at a time."""
        self.axis.move(target)

    def saw(self, position: float) -> None:
        """Be told each position that is read during a move."""

    async def arrived(self) -> None:
        """Be told that a move has arrived."""

    def _accept(self, info: AxisInfo) -> None:
        if info.unit != self._unit:
            raise RuntimeError(f"{self.name or 'the axis'} counts in {info.unit}, not in {self._unit}")
        self._info = info
        self._set_low(-np.inf if info.low is None else info.low)
        self._set_high(np.inf if info.high is None else info.high)

    async def _position(self) -> float:
        return (await self.clock.ask(self.axis.state)).position

    async def _start(self, target: float) -> None:
        asked = _stops_when_asked.get()
        seen = self._stops if asked is None else asked
        await self.check(target)
        self._target = target
        await self.clock.ask(self._go, target, seen)

    def _go(self, target: float, stops: int) -> None:
        """Start the axis, unless it has been stopped since the move was asked for.

        A stop does not wait for a start that is under way. It may come before the axis has taken the start, and be
        without effect: then the axis is stopped here.
        """
        with self._starting:
            if self._stops == stops:
                self.begin(target)
                if self._stops == stops:
                    return
                self.axis.stop()
        raise RuntimeError(f"{self.name} was stopped before it moved")

    async def locate(self) -> Location[float]:
        """Return where it was sent and where it is now, also during a move, which is watched a little later."""
        setpoint, readback = await asyncio.gather(
            self.setpoint.get_value(cached=False), self.readback.get_value(cached=False)
        )
        return Location(setpoint=setpoint, readback=readback)

    async def halt(self) -> None:
        """Stop the axis now, whatever else is being said to it; no move that was asked for before will begin."""
        # Not with asyncio.to_thread, whose threads are few: slow reads can have taken all of them.
        self._stops += 1
        await asyncio.wrap_future(in_background(self.axis.stop, f"stop {self.name}"))

    def stop_now(self) -> None:
        """Stop the axis as `halt` does, on the calling thread and without an event loop."""
        self._stops += 1
        self.axis.stop()

    def set(self, new_position: float, timeout: CalculatableTimeout = CALCULATE_TIMEOUT) -> WatchableAsyncStatus[Any]:
        """Move to a position; a stop from now on is obeyed, however little of the move has happened."""
        token = _stops_when_asked.set(self._stops)
        try:
            return self.clock.takes_time(super().set(new_position, timeout))
        finally:
            _stops_when_asked.reset(token)
