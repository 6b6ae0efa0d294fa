import pytest

from beadline.hardware import AxisState
from beadline.simulation.axes import focus_axis, height_axis, turns_axis
from beadline.simulation.courses import Course
from beadline.simulation.lamp import SimulatedLamp


def test_the_focus_settles_with_its_time_constant(clock):
    focus = focus_axis(Course(50.0, clock))
    assert focus.open().unit == "um"
    focus.move(51.0)
    assert focus.state() == AxisState(50.0, moving=True)
    clock.sleep(0.004)
    assert focus.state().position == pytest.approx(50.632, abs=1e-3)
    clock.sleep(0.1)
    assert focus.state() == AxisState(pytest.approx(51.0, abs=1e-5), moving=False)


def test_the_magnets_stop_in_mid_move_and_stay(clock):
    height = height_axis(Course(20.0, clock), 0.4, 20.0)
    height.move(1.0)
    clock.sleep(1.0)
    height.stop()
    stopped = height.state()
    clock.sleep(5)
    assert not stopped.moving
    assert 1 < stopped.position < 20
    assert height.state() == stopped


def test_turns_have_no_end(clock):
    turns = turns_axis(Course(0.0, clock))
    assert (turns.open().low, turns.open().high) == (None, None)
    turns.move(-1000.0)
    clock.sleep(201)
    assert turns.state() == AxisState(-1000.0, moving=False)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (0.3, r"Cannot move magnet_height to 0\.3 mm: its range is 0\.4 to 20 mm"),
        (21.0, r"Cannot move magnet_height to 21 mm: its range is 0\.4 to 20 mm"),
        (float("nan"), "Cannot move magnet_height to nan mm: a target is a finite number"),
    ],
)
def test_a_move_out_of_range_is_refused_and_moves_nothing(clock, target, message):
    height = height_axis(Course(20.0, clock), 0.4, 20.0)
    with pytest.raises(ValueError, match=message):
        height.move(target)
    assert height.state() == AxisState(20.0, moving=False)


def test_closing_stops(clock):
    turns = turns_axis(Course(0.0, clock))
    turns.move(10.0)
    turns.close()
    assert not turns.state().moving


def test_the_lamp_is_as_bright_as_it_was_set(clock):
    lamp = SimulatedLamp(Course(60.0, clock))
    assert lamp.level_percent() == 60
    lamp.set_level_percent(0)
    assert lamp.level_percent() == 0


def test_a_lamp_has_no_120_percent(clock):
    with pytest.raises(ValueError, match="Cannot set the lamp to 120 %: its range is 0 to 100 %"):
        SimulatedLamp(Course(60.0, clock)).set_level_percent(120)
