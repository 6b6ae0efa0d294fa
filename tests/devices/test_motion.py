"""An axis obeys a stop whatever else is going on, and moves only where it may go now."""

import asyncio
import threading
from dataclasses import replace

import pytest
from ophyd_async.core import AsyncStatus

from beadline.devices import Motor
from scripted_camera import ScriptedAxis

DEADLINE_S = 5.0


class Axis(ScriptedAxis):
    """Reads and moves only when it is let."""

    def __init__(self):
        super().__init__()
        self.read, self.go, self.began, self.stopped = (threading.Event() for _ in range(4))
        self.read.set()
        self.go.set()
        self.moves = []

    def state(self):
        assert self.read.wait(DEADLINE_S)
        return super().state()

    def move(self, target):
        self.began.set()
        assert self.go.wait(DEADLINE_S)
        self.moves.append(target)
        super().move(target)

    def stop(self):
        self.stops += 1
        self._from = self._to = super().state().position
        self.stopped.set()


@pytest.fixture
def axis():
    made = Axis()
    yield made
    made.read.set()
    made.go.set()


@pytest.fixture
async def motor(axis):
    async def source():
        return axis

    made = Motor(source, unit="mm", name="height")
    await made.connect()
    return made


async def error_of(status: AsyncStatus) -> str:
    with pytest.raises((RuntimeError, ValueError)) as failure:
        await status
    return str(failure.value)


async def test_an_axis_that_has_lost_its_home_does_not_move_until_it_is_homed(motor, axis):
    axis.info = replace(axis.info, homed=False)
    assert "Cannot move height: it is not homed" in await error_of(motor.set(6.0))
    assert "Cannot move height: it is not homed" in await error_of(motor.setpoint.set(6.0))
    assert axis.moves == []
    axis.info = replace(axis.info, homed=True)
    await motor.set(6.0)
    assert axis.moves == [6.0]


async def test_the_limits_are_those_that_hold_now(motor, axis):
    axis.info = replace(axis.info, high=7.0)
    for refused in (motor.set(8.0), motor.setpoint.set(8.0)):
        assert "Cannot move height to 8 mm: its range is 0 to 7 mm" in await error_of(refused)
    with pytest.raises(ValueError, match="its range is 0 to 7 mm"):
        await motor.check_value(8.0)
    assert await motor.high_limit.get_value() == 7.0
    assert axis.moves == []
    axis.info = replace(axis.info, high=12.0)
    await motor.set(11.0)
    assert axis.moves == [11.0]


async def test_an_axis_that_counts_in_another_unit_does_not_move(motor, axis):
    axis.info = replace(axis.info, unit="um")
    assert await error_of(motor.set(6.0)) == "height counts in um, not in mm"
    assert axis.moves == []


async def test_a_stop_does_not_wait_for_slow_reads(motor, axis):
    axis.read.clear()
    # More of them than there are threads for blocking calls.
    reading = [asyncio.create_task(motor.readback.get_value()) for _ in range(50)]
    await asyncio.sleep(0)
    await asyncio.wait_for(motor.stop(), DEADLINE_S / 2)
    assert axis.stops == 1
    assert not any(each.done() for each in reading)
    axis.read.set()
    await asyncio.gather(*reading)


async def test_a_stop_does_not_wait_for_a_start_and_the_start_does_not_outlive_it(motor, axis):
    axis.go.clear()
    moving = motor.set(9.0)
    await asyncio.to_thread(axis.began.wait)
    await asyncio.wait_for(motor.stop(), DEADLINE_S / 2)
    assert "height was stopped" in await error_of(moving)
    axis.stopped.clear()
    axis.go.set()
    assert await asyncio.to_thread(axis.stopped.wait, DEADLINE_S)
    assert axis.moves == [9.0]
    assert not axis.state().moving


async def test_a_move_does_not_begin_after_a_stop_although_another_is_asked_for(motor, axis):
    first = motor.set(9.0)
    await motor.stop()
    second = motor.set(6.0)
    assert "height was stopped" in await error_of(first)
    await second
    assert axis.moves == [6.0]


async def test_an_axis_that_was_stopped_can_be_moved_again(motor, axis):
    await motor.set(6.0)
    await motor.stop()
    await motor.setpoint.set(7.0)
    await motor.set(8.0)
    assert axis.moves == [6.0, 7.0, 8.0]


async def test_what_a_stop_raises_is_told(motor, axis):
    def fail():
        raise OSError("the cable was pulled")

    axis.stop = fail
    with pytest.raises(OSError, match="the cable was pulled"):
        await motor.stop()


async def test_a_stop_goes_on_although_nobody_waits_for_it_any_more(motor, axis):
    may_stop, stop = threading.Event(), axis.stop

    def stop_later():
        assert may_stop.wait(DEADLINE_S)
        stop()

    axis.stop = stop_later
    stopping = asyncio.create_task(motor.stop())
    await asyncio.sleep(0)
    stopping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stopping
    may_stop.set()
    assert await asyncio.to_thread(axis.stopped.wait, DEADLINE_S)
