"""Turns are counted on across restarts and kills; where store and controller differ, a person is asked."""

import json
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from beadline.acquisition import Supervisor
from beadline.devices import MagnetTurns, Workbench
from scripted_camera import ScriptedAxis

ENOUGH = "RE(trust_turns(magnets.turns, "


class Controller(ScriptedAxis):
    """A rotation stage; what its store said when it was started is kept."""

    def __init__(self, folder, at=0.0):
        super().__init__(unit="turns", low=None, high=None, speed=100.0)
        self._from = self._to = at
        self._folder = folder
        self.seen = []

    def move(self, target):
        self.seen.append((target, stored(self._folder)))
        super().move(target)


def stored(folder):
    return json.loads((folder / "magnet_turns.json").read_text(encoding="utf-8"))


async def session(folder, controller):
    """Connect as a session does when it starts."""

    async def source():
        return controller

    made = MagnetTurns(source, Workbench(Supervisor(transport="thread"), data=folder), name="magnets-turns")
    await made.connect()
    return made


async def problem_of(status):
    with pytest.raises((RuntimeError, ValueError)) as failure:
        await status
    return str(failure.value)


async def test_intent_is_stored_before_and_what_was_reached_after_each_move(tmp_path):
    controller = Controller(tmp_path)
    turns = await session(tmp_path, controller)
    await turns.set(12.5)
    assert controller.seen == [(12.5, {"reached": 0.0, "heading": 12.5, "offset": 0.0})]
    assert stored(tmp_path) == {"reached": 12.5, "heading": None, "offset": 0.0}
    again = await session(tmp_path, controller)
    assert await again.readback.get_value() == 12.5
    await again.set(-40.0)
    assert stored(tmp_path)["reached"] == -40.0


async def test_a_controller_that_lost_its_count_asks_and_the_store_goes_on(tmp_path):
    turns = await session(tmp_path, Controller(tmp_path))
    await turns.set(12.5)
    reset = Controller(tmp_path, at=0.0)
    again = await session(tmp_path, reset)
    for asked in (again.set(13.0), again.setpoint.set(13.0), again.check_value(13.0)):
        problem = await problem_of(asked)
        assert "the store says 12.500 turns, the controller 0.000 turns" in problem
        assert ENOUGH + '"stored"))' in problem
        assert ENOUGH + '"controller"))' in problem
    assert reset.seen == []
    assert 'say "stored" or "controller"' in await problem_of(again.trusted.set("me"))
    await again.trusted.set("stored")
    assert await again.readback.get_value() == 12.5
    assert await again.offset.get_value() == 12.5
    await again.set(13.0)
    assert reset.state().position == 0.5
    third = await session(tmp_path, reset)
    assert await third.readback.get_value() == 13.0
    await third.set(12.0)


async def test_the_controller_can_be_said_to_be_right(tmp_path):
    turns = await session(tmp_path, Controller(tmp_path))
    await turns.set(12.5)
    again = await session(tmp_path, Controller(tmp_path, at=3.0))
    assert "12.500 turns, the controller 3.000" in await problem_of(again.set(4.0))
    await again.trusted.set("controller")
    await again.set(4.0)
    assert stored(tmp_path) == {"reached": 4.0, "heading": None, "offset": 0.0}


async def test_a_controller_that_loses_its_count_during_a_session_is_found_out(tmp_path):
    controller = Controller(tmp_path)
    turns = await session(tmp_path, controller)
    await turns.set(5.0)
    controller._from = controller._to = 0.0
    assert "the store says 5.000 turns, the controller 0.000 turns" in await problem_of(turns.set(6.0))


async def test_where_a_stop_left_the_magnets_is_stored_and_no_question(tmp_path):
    controller = Controller(tmp_path)
    controller.info = replace(controller.info, speed=10.0)
    turns = await session(tmp_path, controller)
    moving = turns.set(50.0)
    while not controller.seen:
        await turns.readback.get_value()
    await turns.stop()
    await problem_of(moving)
    kept = stored(tmp_path)
    assert kept["heading"] is None
    assert 0.0 <= kept["reached"] < 50.0
    assert kept["reached"] == pytest.approx(controller.state().position)
    again = await session(tmp_path, controller)
    await again.set(kept["reached"] + 1)


async def test_not_homed_is_no_reason_for_a_rotation_to_stay_and_it_has_no_way_to_home(tmp_path):
    controller = Controller(tmp_path)
    controller.info = replace(controller.info, homed=False)
    turns = await session(tmp_path, controller)
    await turns.set(2.0)
    assert controller.state().position == 2.0
    assert not [name for name in dir(turns) if "home" in name or "zero" in name]


KILLED = """
import asyncio, sys
from pathlib import Path
sys.path[:0] = [{tests!r}, {here!r}]
from test_magnet_turns import Controller, session

class Slow(Controller):
    def move(self, target):
        super().move(target)
        print("moving", flush=True)

async def main():
    folder = Path({folder!r})
    slow = Slow(folder)
    turns = await session(folder, slow)
    await turns.set(3.0)
    slow._from = slow._to = 3.0
    slow.info = type(slow.info)("turns", None, None, tolerance=1e-6, speed=0.01)
    await turns.set(10.0)

asyncio.run(main())
"""


@pytest.fixture
def killed(tmp_path):
    """A session that was killed on the way from 3 to 10 turns."""
    here = Path(__file__).parent
    code = KILLED.format(tests=str(here.parent), here=str(here), folder=str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as child:
        assert [child.stdout.readline() for _ in range(2)] == ["moving\n"] * 2
        child.send_signal(signal.SIGKILL)


@pytest.mark.slow
async def test_a_kill_in_a_move_is_known_of_afterwards(tmp_path, killed):
    assert stored(tmp_path) == {"reached": 3.0, "heading": 10.0, "offset": 0.0}
    problem = await problem_of((await session(tmp_path, Controller(tmp_path, at=5.2))).set(6.0))
    assert "the store says 3.000 turns, and a move to 10.000 turns was under way, the controller 5.200 turns" in problem
    arrived = await session(tmp_path, Controller(tmp_path, at=10.0))
    await arrived.set(11.0)
    assert stored(tmp_path)["reached"] == 11.0


async def test_a_damaged_store_is_not_guessed_at(tmp_path):
    (tmp_path / "magnet_turns.json").write_text("", encoding="utf-8")
    with pytest.raises(Exception, match=r"magnet_turns\.json: it is damaged"):
        await session(tmp_path, Controller(tmp_path))


async def test_a_rotation_that_another_has_begun_is_waited_for(tmp_path):
    controller = Controller(tmp_path)
    turns = await session(tmp_path, controller)
    controller.info = replace(controller.info, speed=0.01)
    controller.move(50.0)
    assert "not by a command of this session; wait until it stands still" in await problem_of(turns.set(1.0))
