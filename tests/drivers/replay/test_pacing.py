import pytest
from hypothesis import given
from hypothesis import strategies as st

from beadline.drivers.replay import FrameSchedule

rates_hz = st.floats(0.5, 5000.0)
delays_s = st.lists(st.floats(0.0, 2.0), max_size=20)


def schedule_of(rate_hz, buffer_frames=10, length=None):
    return FrameSchedule(7.0, 1 / rate_hz, 0.5 / rate_hz, buffer_frames, length)


def test_a_frame_is_finished_when_its_exposure_ends():
    schedule = FrameSchedule(begin_s=10.0, period_s=0.5, exposure_s=0.25, buffer_frames=4)
    assert [schedule.finished(now_s) for now_s in (9.0, 10.0, 10.2, 10.25, 10.5, 10.75)] == [0, 0, 0, 1, 1, 2]


@given(rates_hz, st.integers(0, 100_000))
def test_a_frame_and_those_before_it_are_finished_just_after_its_end(rate_hz, number):
    schedule = schedule_of(rate_hz)
    assert schedule.finished(schedule.end_s(number) + 0.01 / rate_hz) == number + 1
    assert schedule.finished(schedule.end_s(number) - 0.01 / rate_hz) == number


@given(rates_hz, st.integers(1, 50), delays_s)
def test_the_buffer_never_holds_more_than_it_can(rate_hz, buffer_frames, waits_s):
    schedule = schedule_of(rate_hz, buffer_frames)
    for now_s in (7.0 + wait_s for wait_s in waits_s):
        assert 0 <= schedule.finished(now_s) - schedule.oldest_kept(now_s) <= buffer_frames


def test_a_schedule_of_three_frames_ends_after_the_third():
    schedule = schedule_of(10.0, length=3)
    assert [schedule.is_over(number) for number in (0, 2, 3)] == [False, False, True]
    assert schedule.finished(1000.0) == 3


def test_an_endless_schedule_is_never_over():
    assert not schedule_of(10.0).is_over(10**9)


def test_frames_keep_their_place_after_a_day():
    schedule = schedule_of(1000.0)
    assert schedule.end_s(86_400_000) == pytest.approx(7.0 + 86_400.0005, abs=1e-6)
