"""Magnets cannot come nearer to the sample than is known to be safe, and come slowly; away they always go."""

import asyncio
import math
import threading
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beadline.acquisition import Supervisor
from beadline.devices import FlowCell, HeightLimit, MagnetHeight, Workbench, check_height
from beadline.hardware import AxisInfo
from scripted_camera import ScriptedAxis

HEIGHTS = st.floats(0, 20, allow_nan=False)
LIMIT = HeightLimit("B7", 1.0, "Ada", "2026-11-21T22:00:00+00:00", 0.7)


class Axis(ScriptedAxis):
    """Keeps each command: target and speed."""

    def __init__(self):
        super().__init__()
        self.commands, self.began = [], threading.Event()
        self.own_speed = self.info.speed

    def move(self, target, speed=None):
        self.commands.append((target, speed))
        self.info = replace(self.info, speed=self.own_speed if speed is None else speed)
        super().move(target)
        self.began.set()

    def open(self):
        return replace(self.info, speed=self.own_speed)


@pytest.fixture
def axis():
    return Axis()


@pytest.fixture
def workbench(tmp_path):
    return Workbench(Supervisor(transport="thread"), data=tmp_path)


async def connected(axis, cell):
    async def source():
        return axis

    made = MagnetHeight(source, cell, name="magnets-height")
    await made.connect()
    return made


async def refused(status):
    with pytest.raises((RuntimeError, ValueError)) as failure:
        await status
    return str(failure.value)


async def test_without_a_limit_it_moves_only_away(axis, workbench):
    height = await connected(axis, FlowCell(workbench))
    for asked in (height.set(4.9), height.setpoint.set(4.9)):
        problem = await refused(asked)
        assert "Cannot move magnets-height toward the sample, from 5.000 to 4.9 mm: nobody has said" in problem
        assert "touch_off" in problem
        assert "magnets.height.flow_cell.id" in problem
    assert axis.commands == []
    await height.set(6.0)
    assert axis.commands == [(6.0, None)]


async def test_not_homed_it_moves_only_away(axis, workbench):
    height = await connected(axis, FlowCell(workbench, "B7", declared_limit_mm=0.4))
    axis.info = replace(axis.info, homed=False)
    for asked in (height.set(4.9), height.setpoint.set(4.9)):
        assert "from 5.000 to 4.9 mm: it is not homed" in await refused(asked)
    assert axis.commands == []
    await height.set(6.0)
    assert axis.commands == [(6.0, None)]


async def test_below_the_limit_it_moves_only_away(axis, workbench):
    cell = FlowCell(workbench, "B7", declared_limit_mm=0.4)
    height = await connected(axis, cell)
    await cell.set(replace(LIMIT, limit_mm=5.5))
    assert "Cannot move magnets-height to 4.9 mm: its range is 5.5 to 10 mm; the lowest is 5.5 mm in flow cell B7 " in (
        await refused(height.set(4.9))
    )
    assert axis.commands == []
    await height.set(5.2)
    assert axis.commands == [(5.2, None)]


async def test_a_limit_is_that_of_the_flow_cell_that_is_in_and_outlives_the_session(axis, workbench):
    first = FlowCell(workbench, "A1")
    await first.set(LIMIT)
    again = FlowCell(workbench)
    height = await connected(axis, again)
    assert again.limit == LIMIT
    assert (await height.read_configuration())[again.limit_mm.name]["value"] == 1.0
    assert [await each.get_value() for each in (again.id, again.set_by, again.set_at)] == ["B7", "Ada", LIMIT.set_at]
    await again.id.set("C3")
    assert math.isnan(await again.limit_mm.get_value())
    assert "nobody has said" in await refused(height.set(4.0))
    assert FlowCell(workbench).present == "C3"
    await again.id.set("B7")
    await height.set(4.0)
    assert axis.state().position == 4.0


async def test_the_last_2_mm_are_slow_and_read_back(axis, workbench):
    height = await connected(axis, FlowCell(workbench, "B7", declared_limit_mm=2.5))
    await height.set(4.1)
    assert axis.commands == [(4.5, None), (4.1, 1.0)]
    times, heights = zip(*height.approach, strict=True)
    assert heights[-1] == 4.1
    assert len(times) > 5
    assert await height.approach_mm_per_s.get_value() == pytest.approx(1.0, rel=0.15)
    axis.commands.clear()
    await height.set(4.3)
    await height.set(4.2)
    assert axis.commands == [(4.3, None), (4.2, 1.0)]


async def test_a_set_point_near_the_limit_is_neared_slowly_all_the_way(axis, workbench):
    height = await connected(axis, FlowCell(workbench, "B7", declared_limit_mm=2.5))
    await height.setpoint.set(4.0)
    assert axis.commands == [(4.0, 1.0)]
    await height.stop()


async def test_a_stop_on_the_way_to_the_slow_part_ends_the_move(axis, workbench):
    height = await connected(axis, FlowCell(workbench, "B7", declared_limit_mm=2.0))
    axis.own_speed = 2.0
    moving = height.set(2.5)
    await asyncio.to_thread(axis.began.wait, 5.0)
    await height.stop()
    assert "stopped" in await refused(moving)
    assert axis.commands == [(4.0, None)]
    assert not axis.state().moving


@given(
    at=HEIGHTS,
    to=HEIGHTS,
    low=st.none() | HEIGHTS,
    homed=st.booleans(),
    limit=st.none() | HEIGHTS,
    probing=st.booleans(),
)
def test_law_away_is_always_allowed_and_toward_only_above_all_limits(at, to, low, homed, limit, probing):
    info = AxisInfo("mm", low, 20.0, tolerance=0.001, homed=homed)
    known = None if limit is None else replace(LIMIT, limit_mm=limit)
    try:
        check_height("height", at, to, info, known, probing=probing)
    except (ValueError, RuntimeError):
        assert to < at
        return
    if to < at:
        assert homed
        assert low is None or to >= low
        assert at - to <= 0.501 if probing else limit is not None and to >= limit


@pytest.mark.parametrize("to", [math.nan, math.inf, 21.0])
def test_away_ends_where_the_axis_ends(to):
    with pytest.raises(ValueError, match="Cannot move height to"):
        check_height("height", 5.0, to, AxisInfo("mm", 0.0, 20.0, tolerance=0.001), LIMIT)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"limit_mm": -1.0}, "cannot be -1 mm"),
        ({"limit_mm": math.nan}, "cannot be nan mm"),
        ({"flow_cell": " "}, "flow_cell cannot be ' '"),
        ({"set_by": "x" * 41}, "has 1 to 40 characters"),
    ],
)
def test_a_limit_that_is_none_is_refused(change, problem):
    with pytest.raises(ValueError, match=problem):
        replace(LIMIT, **change)


async def test_a_damaged_file_of_limits_is_not_guessed_at(axis, workbench, tmp_path):
    (tmp_path / "flow_cells.json").write_text('{"present": "B7", "lim', encoding="utf-8")
    with pytest.raises(Exception, match=r"flow_cells\.json: it is damaged"):
        await connected(axis, FlowCell(workbench))
    assert axis.commands == []


async def test_it_is_kept_when_another_flow_cell_was_put_in(axis, workbench):
    cell = FlowCell(workbench, "B7")
    await connected(axis, cell)
    assert (cell.present, cell.changed_at) == ("B7", "")
    await cell.id.set("B7")
    await cell.set(LIMIT)
    assert cell.changed_at == ""
    await cell.id.set("C3")
    first = cell.changed_at
    assert first
    again = FlowCell(workbench, "C3")
    await connected(axis, again)
    assert again.changed_at == first


async def test_a_profile_that_names_another_flow_cell_than_the_last_one_says_that_it_was_changed(axis, workbench):
    await connected(axis, FlowCell(workbench, "B7"))
    undeclared = FlowCell(workbench)
    await connected(axis, undeclared)
    assert (undeclared.present, undeclared.changed_at) == ("B7", "")
    other = FlowCell(workbench, "C3")
    await connected(axis, other)
    assert (other.present, bool(other.changed_at)) == ("C3", True)
