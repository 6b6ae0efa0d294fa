import pytest
from hypothesis import given
from hypothesis import strategies as st

from beadline.acquisition.asked_window import AskedWindow
from beadline.acquisition.board import Board
from beadline.acquisition.camera_loop import FIELDS
from beadline.hardware import FrameStamp

EXPOSURE_S = 0.01


@pytest.fixture
def window():
    board = Board.create(FIELDS)
    yield AskedWindow(board)
    board.close()


def stamp(number):
    return FrameStamp(number, number * 0.02, number * 0.02 + EXPOSURE_S)


def run(window, ids):
    """Show frames with these ids and return those that were asked for."""
    asked, last = [], None
    for seq, number in enumerate(ids):
        gap = 0 if last is None else number - last - 1
        if window.mark(stamp(number), gap, EXPOSURE_S, seq):
            asked.append(number)
        window.publish()
        last = number
    return asked


def test_frames_exposed_before_the_recording_are_not_asked_for(window):
    window.open(3, "counter", now_s=0.05)
    assert run(window, range(10)) == [3, 4, 5]


def test_a_frame_the_camera_lost_is_one_of_those_asked_for(window):
    window.begin_books()
    window.open(5, "counter", now_s=0.0)
    assert run(window, [0, 1, 4, 5, 6]) == [0, 1, 4]
    assert window.report() == {
        "produced": 5,
        "delivered": 3,
        "dropped_ids": [2, 3],
        "repeated": 0,
        "out_of_order": 0,
    }


def test_counted_by_delivery_the_recording_goes_on_until_all_have_arrived(window):
    window.begin_books()
    window.open(4, "delivered", now_s=0.0)
    assert run(window, [0, 1, 4, 5, 6]) == [0, 1, 4, 5]
    assert window.report()["dropped_ids"] == [2, 3]


def test_losses_at_the_very_end_are_losses_of_the_recording(window):
    window.begin_books()
    window.open(4, "counter", now_s=0.0)
    assert run(window, [0, 1, 9]) == [0, 1]
    assert window.report()["dropped_ids"] == [2, 3]
    assert window.done


def test_no_frames_are_asked_for_while_it_is_held(window):
    window.begin_books()
    window.open(4, "counter", now_s=0.0)
    assert run(window, [0, 1]) == [0, 1]
    window.hold()
    assert window.mark(stamp(2), 0, EXPOSURE_S, 2) == 0
    window.release(now_s=0.05)
    assert [window.mark(stamp(number), 0, EXPOSURE_S, number) > 0 for number in (2, 3, 4, 5)] == [0, 1, 1, 0]
    assert window.report()["produced"] == 4


def test_books_run_over_all_recordings_of_a_run(window):
    window.begin_books()
    for _ in range(3):
        window.open(2, "delivered", now_s=0.0)
        run(window, [0, 1, 2])
    assert window.report()["produced"] == 6
    window.begin_books()
    assert window.report()["produced"] == 0


def test_a_frame_is_claimed_only_when_it_is_in_the_ring(window):
    window.open(3, "counter", now_s=0.0)
    claimed = ("window_produced", "window_delivered", "window_dropped", "window_done", "window_end_seq")
    board = window._board

    def now():
        return [board[each] for each in claimed]

    window.mark(stamp(0), 0, EXPOSURE_S, 0)
    assert now() == [0, 0, 0, 0, -1]
    window.publish()
    assert now() == [1, 1, 0, 0, -1]
    window.mark(stamp(2), 1, EXPOSURE_S, 1)
    assert now() == [1, 1, 0, 0, -1]
    window.publish()
    assert now() == [3, 2, 1, 1, 2]


@given(st.sets(st.integers(0, 60), min_size=1), st.integers(1, 40))
def test_produced_is_delivered_and_dropped_whatever_the_camera_does(ids, frames):
    board = Board.create(FIELDS)
    try:
        window = AskedWindow(board)
        window.begin_books()
        window.open(frames, "counter", now_s=0.0)
        asked = run(window, sorted(ids))
        report = window.report()
        assert report["produced"] == len(asked) + len(report["dropped_ids"]) <= frames
        assert not set(asked) & set(report["dropped_ids"])
        assert not ids & set(report["dropped_ids"])
    finally:
        board.close()


@pytest.mark.parametrize(
    ("frames", "count", "message"),
    [(3, "minutes", "it is 'counter' or 'delivered'"), (0, "counter", "at least one is needed")],
)
def test_a_recording_that_makes_no_sense_is_refused(window, frames, count, message):
    with pytest.raises(ValueError, match=message):
        window.open(frames, count, now_s=0.0)


def test_only_one_recording_at_a_time(window):
    window.open(3, "counter", now_s=0.0)
    with pytest.raises(RuntimeError, match="another one is going on"):
        window.open(3, "counter", now_s=0.0)
