"""All axes are stopped at once, whatever the RunEngine does, and whatever one of them does."""

import asyncio
import math
import threading

import pytest
from ophyd.sim import SynAxis
from ophyd_async.core import Device, init_devices

from beadline.devices import Motor
from beadline.hardware import AxisInfo, AxisState
from beadline.session import stopping
from beadline.session.steady_engine import SteadyEngine
from beadline.session.stopping import stop_axes
from controlled import Gate


class Axis:
    """Tells how often it was stopped, and may fail at it or never answer."""

    def __init__(self, on_stop=lambda: None):
        self.stops, self._on_stop = 0, on_stop

    def open(self):
        return AxisInfo(unit="mm", low=0.0, high=10.0, speed=1.0, tolerance=0.001)

    def state(self):
        return AxisState(1.5, moving=self.stops == 0)

    def stop(self):
        self.stops += 1
        self._on_stop()


class Pair(Device):
    """Two axes in one device."""

    def __init__(self, one, other, name=""):
        self.one, self.other = one, other
        super().__init__(name=name)


def fails():
    raise OSError("the cable is out")


@pytest.fixture
def engine():
    return SteadyEngine({}, context_managers=[])


def motor_over(axis):
    async def source():
        return axis

    return Motor(source, unit="mm")


def test_each_axis_is_stopped_once_and_those_that_fail_are_named(engine, monkeypatch):
    monkeypatch.setattr(stopping, "PATIENCE_S", 0.2)
    gate = Gate()
    axes = [Axis(), Axis(fails), Axis(gate.wait)]
    with init_devices():
        pair = Pair(motor_over(axes[0]), motor_over(axes[1]))
        third = motor_over(axes[2])
    classic = SynAxis(name="classic", value=4.0)
    blocked = threading.Event()
    engine.loop.call_soon_threadsafe(blocked.wait)  # a RunEngine that is busy or dead answers nobody
    try:
        stops = {stop.axis: stop for stop in stop_axes([pair, pair.one, third, classic, object()])}
    finally:
        blocked.set()
        gate.opened.set()
    assert [axis.stops for axis in axes] == [1, 1, 1]
    assert (stops["pair-one"].position, stops["pair-one"].unit, stops["pair-one"].error) == (1.5, "mm", "")
    assert stops["pair-other"].error == "OSError: the cable is out"
    assert stops["third"].error == "did not answer within 0.2 s"
    assert stops["classic"].position == 4.0
    assert stops["pair-one"].sentence() == "pair-one at 1.5 mm"


def test_a_move_that_was_asked_for_before_does_not_begin_after_a_stop(engine):
    axis = Axis()
    axis.move = lambda target: pytest.fail("it moved")
    with init_devices():
        motor = motor_over(axis)

    async def move():
        status = motor.set(5.0)
        motor.stop_now()
        with pytest.raises(Exception, match="stopped before it moved"):
            await status

    asyncio.run_coroutine_threadsafe(move(), engine.loop).result(10)
    assert math.isclose(axis.state().position, 1.5)
