import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beadline.simulation.courses import Course
from beadline.simulation.paths import Approach, Rest, Trapezoid

places = st.floats(-50, 50)


@given(start=places, target=places)
def test_a_trapezoid_goes_from_start_to_target_and_never_beyond(start, target):
    path = Trapezoid(start, target, speed=10.0, acceleration=50.0)
    way = np.array([path.position(part * path.duration_s) for part in np.linspace(0, 1.2, 100)])
    assert way[0] == pytest.approx(start)
    assert way[-1] == target
    assert (np.diff(way) * np.sign(target - start) >= -1e-12).all()
    assert (abs(way - start) <= abs(target - start)).all()


@given(start=places, target=places)
def test_a_trapezoid_keeps_speed_and_acceleration(start, target):
    path = Trapezoid(start, target, speed=10.0, acceleration=50.0)
    step_s = 1e-3
    way = [path.position(t) for t in np.arange(0, path.duration_s + 2 * step_s, step_s)]
    speed = np.diff(way) / step_s
    assert abs(speed).max(initial=0) <= 10 * (1 + 1e-9)
    assert abs(np.diff(speed)).max(initial=0) / step_s <= 50 * (1 + 1e-6)


def test_a_long_way_takes_ramps_and_distance_over_speed():
    assert Trapezoid(0.0, 10.0, speed=10.0, acceleration=50.0).duration_s == pytest.approx(10 / 10 + 10 / 50)


def test_an_approach_has_arrived_within_its_tolerance():
    path = Approach(0.0, 3.0, time_constant_s=0.008, tolerance=0.002)
    assert path.position(0.0) == 0
    assert path.position(0.008) == pytest.approx(3 * (1 - np.exp(-1)))
    assert path.position(path.duration_s) == pytest.approx(3 - 0.002)


def test_a_tiny_approach_has_arrived_at_once():
    assert Approach(0.0, 0.001, time_constant_s=0.008, tolerance=0.002).duration_s == 0


def test_the_past_stays_what_it_was(clock):
    course = Course(0.0, clock)
    moves_s = []
    for target in (1.0, 0.0, 2.0):
        course.follow(lambda start, target=target: Trapezoid(start, target, 10.0, 50.0))
        clock.sleep(0.05)
        moves_s.append(clock())
    before = [course.at(time_s) for time_s in moves_s]
    clock.sleep(10)
    assert [course.at(time_s) for time_s in moves_s] == before
    assert course.at(0.0) == 0.0


def test_stopping_in_mid_move_stays_there(clock):
    course = Course(0.0, clock)
    course.follow(lambda start: Trapezoid(start, 10.0, 10.0, 50.0))
    clock.sleep(0.5)
    place, moving = course.now()
    assert moving
    assert 0 < place < 10
    course.stop()
    clock.sleep(5)
    assert course.now() == (place, False)


def test_stopping_at_rest_changes_nothing(clock):
    course = Course(3.0, clock)
    course.stop()
    course.stop()
    assert course.now() == (3.0, False)


def test_a_new_move_begins_where_the_old_one_was(clock):
    course = Course(0.0, clock)
    course.follow(lambda start: Trapezoid(start, 10.0, 10.0, 50.0))
    clock.sleep(0.5)
    place, _ = course.now()
    course.follow(lambda start: Rest(start))
    assert course.now() == (place, False)


def test_a_course_changes_where_its_paths_begin_and_arrive(clock):
    course = Course(0.0, clock)
    began_s = clock()
    course.follow(lambda start: Trapezoid(start, 10.0, 10.0, 50.0))
    assert course.changes(began_s - 1, began_s + 10) == pytest.approx([began_s, began_s + 1.2])
    assert course.changes(began_s, began_s + 1) == []
