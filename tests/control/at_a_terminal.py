"""A program for tests, run as a process of its own on a terminal: an axis, a journal and the manners of a session."""

import math
import sys
import time
from contextlib import suppress
from pathlib import Path

from bluesky import plan_stubs as bps
from bluesky.utils import RunEngineInterrupted
from ophyd_async.core import init_devices

from beadline.callbacks import Journal
from beadline.devices import Motor
from beadline.hardware import AxisInfo, AxisState
from beadline.plans import ended_by, in_run
from beadline.session.interrupts import Interrupts
from beadline.session.run_control import RunControl
from beadline.session.steady_engine import SteadyEngine
from beadline.session.stopping import stop_axes
from beadline.session.termination import OrderlyEnd


class Axis:
    """Moves at 1 mm/s."""

    def __init__(self):
        self._from, self._to, self._since = 0.0, 0.0, 0.0

    def open(self):
        return AxisInfo(unit="mm", low=-100.0, high=100.0, speed=1.0, tolerance=0.001)

    def state(self):
        way = self._to - self._from
        done = min(abs(way), time.monotonic() - self._since)
        return AxisState(self._from + math.copysign(done, way), done < abs(way))

    def move(self, target):
        self._from, self._to, self._since = self.state().position, target, time.monotonic()

    def stop(self):
        self._from = self._to = self.state().position

    def close(self):
        pass


def say(line):
    print(f"[{line}]", flush=True)  # noqa: T201 - a test reads it


async def source():
    return Axis()


engine = SteadyEngine({}, context_managers=[], scan_id_source=lambda _: 1)
journal = Journal(Path(sys.argv[2]))
engine.subscribe(journal)
with init_devices():
    axis = Motor(source, unit="mm")
control = RunControl(engine)
engine.context_managers.insert(1, Interrupts(engine, control, lambda: stop_axes([axis]), say).during_plans)


def end(reason):
    control.close(reason)
    journal.close()


OrderlyEnd(end).take()


def position():
    return axis.axis.state().position


def moving():
    """Go 60 mm, which takes a minute; back is not far."""
    yield from bps.checkpoint()
    say("begun")
    yield from bps.mv(axis, 60.0)


def waiting():
    say("begun")
    for _ in range(600):
        yield from bps.sleep(0.1)
        yield from bps.checkpoint()


def sleeping():
    say("begun")
    yield from bps.sleep(60.0)


def blocking():
    yield from bps.abs_set(axis, 60.0)
    say("begun")
    time.sleep(1.5)  # as no plan should: RunEngine and event loop stand still
    yield from bps.sleep(60.0)


def tidying():
    def tidy():
        say("tidies")
        yield from bps.sleep(0.3)
        say("tidied")

    yield from ended_by(sleeping(), tidy)


def told(plan):
    """Run a plan as a script does, and tell how it ended and whether the axis stands."""
    with suppress(RunEngineInterrupted):
        engine(in_run(plan(), {"plan_name": plan.__name__}))
    before = position()
    time.sleep(0.05)
    still = "still" if position() == before else "moving"
    say(f"{plan.__name__}: {engine.state}, {control.status().state}, axis {still} at {before:.2f}")


if sys.argv[1] == "thread":
    control.start(lambda: in_run(waiting(), {"plan_name": "waiting"}), md={}).ended.wait()
    say("over")
    time.sleep(60)
else:
    for name in sys.argv[3:]:
        told(globals()[name])
        if engine.state == "paused":
            engine.abort("seen that it pauses")
    say("over")
