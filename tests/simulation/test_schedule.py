from hypothesis import given
from hypothesis import strategies as st

from beadline.simulation.schedule import DroppedFrames, Schedule


@given(
    began_s=st.floats(0, 1e7),
    rate_hz=st.floats(0.1, 2000),
    share=st.floats(0.01, 1),
    later_s=st.floats(0, 1000),
    first_id=st.integers(0, 10**9),
)
def test_the_next_end_is_the_first_to_come(began_s, rate_hz, share, later_s, first_id):
    schedule = Schedule(first_id, began_s, 1 / rate_hz, share / rate_hz)
    now_s = began_s + later_s
    frame_id = schedule.next_end_id(now_s)
    assert frame_id >= first_id
    assert schedule.end_s(frame_id) > now_s
    assert frame_id == first_id or schedule.end_s(frame_id - 1) <= now_s


@given(ids=st.sets(st.integers(0, 30)), first=st.integers(0, 30))
def test_the_next_kept_frame_is_the_first_that_nobody_dropped(ids, first):
    dropped = DroppedFrames()
    dropped.add(sorted(ids))
    kept = dropped.next_kept(first)
    assert kept not in ids
    assert set(range(first, kept)) <= ids


def test_frames_that_are_over_are_forgotten():
    dropped = DroppedFrames()
    dropped.add([3, 5])
    dropped.forget_before(4)
    assert dropped.next_kept(3) == 3
    assert dropped.next_kept(5) == 6
