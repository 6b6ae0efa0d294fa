"""Plans sleep on the clock of the microscope, also when somebody pauses in the middle of it."""

import asyncio
import threading

import pytest
from bluesky import plan_stubs as bps
from bluesky.run_engine import RunEngine
from bluesky.utils import RunEngineInterrupted

from beadline.plans import on_instrument_time
from beadline.plans.asking import all_of


class Clock:
    """Calls a function when the plan sleeps, and ends its sleep if that returns True."""

    def __init__(self, asleep):
        self.plan_goes_on, self._asleep = False, asleep

    async def sleep_of_plan(self, duration_s):
        assert not self.plan_goes_on
        if not self._asleep(duration_s):
            await asyncio.Event().wait()


@pytest.fixture
def engine():
    return RunEngine(context_managers=[])


def test_a_pause_in_the_middle_of_a_sleep_begins_it_anew(engine):
    slept = []

    def asleep(duration_s):
        slept.append(duration_s)
        if len(slept) == 1:
            threading.Thread(target=engine.request_pause, args=(False,)).start()
        return len(slept) > 1

    def plan():
        yield from bps.checkpoint()
        yield from bps.sleep(3.0)
        slept.append("over")

    with pytest.raises(RunEngineInterrupted):
        engine(on_instrument_time(plan(), Clock(asleep)))
    assert slept == [3.0]
    engine.resume()
    assert slept == [3.0, 3.0, "over"]


def test_what_goes_wrong_with_the_clock_ends_the_plan(engine):
    def asleep(duration_s):
        raise RuntimeError("the camera is gone")

    with pytest.raises(RuntimeError, match="the camera is gone"):
        engine(on_instrument_time(bps.sleep(1.0), Clock(asleep)))


def test_what_a_pause_takes_away_is_asked_again(engine):
    asked = []

    async def refuse():
        asked.append(True)
        if len(asked) == 1:
            threading.Thread(target=engine.request_pause, args=(False,)).start()
            await asyncio.Event().wait()
        raise ValueError("out of range")

    def plan():
        yield from bps.checkpoint()
        yield from all_of([refuse])

    with pytest.raises(RunEngineInterrupted):
        engine(plan())
    with pytest.raises(ValueError, match="out of range"):
        engine.resume()
