"""What a plan's arguments say before it has begun, and that nothing is taken from it."""

import pytest
from bluesky import Msg
from bluesky.utils import ensure_generator, plan

from beadline.plans import checked_first, planned_by
from beadline.plans.planned import Planned, put_away
from beadline.status import Finding


@plan
def wander(axis, positions, frames=3, also=()):
    yield Msg("null", None, frames)
    return "there"


def plain(duration_s):
    yield Msg("null", None, duration_s)


class Axis:
    name = "axis"

    def check_value(self, value):
        pass


@pytest.mark.parametrize("wrapped", [lambda made: made, ensure_generator], ids=["as made", "as a RunEngine has it"])
def test_a_fresh_plan_shows_its_arguments_and_runs_on_as_if_nothing_had_been(wrapped):
    axis = Axis()
    made = wrapped(wander(axis, [1, 2.5], also=[[axis], 7]))
    planned = planned_by(made)
    assert (planned.name, planned.moves) == ("wander", (axis, [1.0, 2.5]))
    assert planned.values == [axis, 1, 2.5, 3, axis, 7]
    assert planned.frames(100.0) == 6
    assert [message.args for message in made] == [(3,)]
    assert planned_by(made) == Planned()


def test_a_duration_is_as_many_frames_as_come_meanwhile():
    made = plain(2.5)
    assert planned_by(made).frames(200.0) == 500
    next(made)
    assert planned_by(made).frames(200.0) is None
    made.close()


@pytest.mark.parametrize("odd", [[Msg("null")], None, 3])
def test_of_what_is_no_generator_nothing_is_known(odd):
    assert planned_by(odd) == Planned()
    assert planned_by(odd).cameras == []


def found_by(*findings):
    said = []
    return said, checked_first(ensure_generator(wander(Axis(), [1])), lambda planned: list(findings), said.append)


def test_a_plan_without_camera_is_not_looked_at():
    said, made = found_by(Finding("lamp", "is off"))
    assert [message.command for message in made] == ["null"]
    assert said == []


def test_a_plan_that_is_put_away_leaves_no_complaint():
    put_away(wander(Axis(), [1]))
    put_away(ensure_generator(wander(Axis(), [1])))
    put_away(plain(1.0))
