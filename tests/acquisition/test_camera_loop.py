import threading

import pytest

from acquisition.stand import FACTORY, SETTINGS, Stand, camera_arguments
from beadline.acquisition import CameraLoop, FrameRing


@pytest.fixture
def asked(stand):
    """Return the ids of the asked frames in the ring, with the number of their recording."""
    ring = FrameRing.attach(stand.ring)

    def read():
        stamps = ring.stamps(0, ring.written)
        return [(int(each["id"]), int(each["window"])) for each in stamps if each["window"]]

    yield read
    ring.close()


def test_frames_outside_recordings_go_into_the_ring_unasked(stand, asked):
    stand.show(0, 1, 2)
    assert stand.board["frames"] == stand.board["ring_written"] == 3
    assert asked() == []


def test_a_frame_exposed_before_the_recording_was_asked_for_is_not_part_of_it(stand, asked):
    window = stand.open_window(2)
    stand.show(0, 1, exposed="long ago")
    stand.show(2, 3, 4)
    assert asked() == [(2, window), (3, window)]
    assert stand.board["window_first_id"] == 2


def test_counted_on_the_counter_a_dropped_frame_is_one_of_those_asked_for(stand, asked):
    stand.open_window(4, "counter")
    stand.show(10, 11, 13, 14)
    assert [frame_id for frame_id, _ in asked()] == [10, 11, 13]
    report = stand.loop.window_report()
    assert (report["produced"], report["delivered"], report["dropped_ids"]) == (4, 3, [12])
    assert stand.board["window_done"] == 1


def test_counted_by_delivery_the_recording_waits_for_all(stand, asked):
    stand.open_window(4, "delivered")
    stand.show(10, 11, 13, 14, 15)
    assert [frame_id for frame_id, _ in asked()] == [10, 11, 13, 14]
    assert stand.loop.window_report()["produced"] == 5


def test_the_end_of_a_recording_is_where_its_last_frame_is(stand):
    stand.show(0)
    stand.open_window(2)
    assert stand.board["window_end_seq"] == -1
    stand.show(1, 2, 3)
    assert stand.board["window_end_seq"] == 3


def test_frames_that_come_while_it_is_held_are_not_asked_for(stand, asked):
    stand.open_window(3)
    stand.show(0)
    stand.loop.hold()
    stand.show(1, 2)
    stand.loop.release()
    stand.show(3, 4, 5)
    assert [frame_id for frame_id, _ in asked()] == [0, 3, 4]
    assert stand.loop.window_report()["dropped_ids"] == []


def test_a_recording_without_a_number_of_frames_goes_on_until_it_is_closed(stand, asked):
    stand.open_window()
    stand.show(0, 1, 2)
    assert stand.board["window_done"] == 0
    stand.loop.close_window()
    stand.show(3)
    assert len(asked()) == 3
    assert (stand.board["window_done"], stand.board["window_end_seq"]) == (1, 3)


def test_frames_that_come_twice_or_late_are_counted_and_left_out(stand):
    stand.show(0, 1, 1, 3, 2, 4)
    board = stand.board
    assert [board[field] for field in ("frames", "repeated", "out_of_order", "dropped")] == [4, 1, 1, 1]
    report = stand.loop.window_report()
    assert (report["repeated"], report["out_of_order"]) == (1, 1)


def test_a_camera_whose_counter_restarts_with_the_stream_is_followed(stand):
    stand.show(100, 101)
    stand.loop.stop_stream()
    stand.loop.start()
    stand.show(0, 1)
    assert (stand.board["frames"], stand.board["dropped"], stand.board["last_id"]) == (4, 0, 1)


def test_what_the_counter_does_while_the_stream_is_stopped_is_no_loss(stand):
    stand.open_window()
    stand.show(0, 1)
    stand.loop.stop_stream()
    stand.loop.start()
    stand.show(50, 51)
    assert stand.loop.window_report()["produced"] == 4


def test_a_camera_that_raises_has_failed_and_says_why(stand):
    stand.show(0)
    stand.show(OSError("the cable was pulled"))
    assert (stand.board["failed"], stand.board["running"]) == (1, 0)
    assert stand.loop.commands["failure"]() == "OSError: the cable was pulled"


def test_a_camera_that_failed_can_be_started_again(stand):
    stand.show(OSError("the cable was pulled"))
    stand.loop.start()
    stand.show(7)
    assert (stand.board["failed"], stand.board["frames"]) == (0, 1)


def test_a_counter_that_jumps_absurdly_is_a_failure(stand):
    stand.show(0, 2**40)
    assert stand.board["failed"] == 1
    assert "jumped from frame 0" in stand.loop.commands["failure"]()


def test_settings_stay_as_they_are_during_a_recording(stand):
    stand.open_window()
    with pytest.raises(RuntimeError, match="Cannot change the camera during a recording"):
        stand.loop.apply(SETTINGS)


def test_the_stream_goes_on_after_settings_were_refused(stand):
    with pytest.raises(ValueError, match="Cannot take 1000000"):
        stand.loop.apply(SETTINGS | {"frame_rate_hz": 1000000})
    assert stand.board["running"] == 1
    assert stand.loop.apply(SETTINGS | {"frame_rate_hz": 50.0})["frame_rate_hz"] == 50.0


def test_another_part_of_the_sensor_has_another_ring(stand):
    before = stand.ring
    stand.show(0)
    stand.loop.apply(SETTINGS | {"gain": 2.0})
    assert stand.ring == before
    stand.loop.apply(SETTINGS | {"roi_px": [2, 2, 8, 6]})
    assert stand.ring != before
    ring = FrameRing.attach(stand.ring)
    assert (ring.frame_shape, ring.written) == ((6, 8), 0)
    ring.close()
    with pytest.raises(FileNotFoundError):
        FrameRing.attach(before)


def test_axes_lamps_recorders_and_actions_are_reached_by_name(stand, tmp_path):
    ask = stand.loop.prompt_commands
    assert ask["axis_open"](name="height")["unit"] == "mm"
    ask["axis_move"](name="height", target=3.5)
    assert ask["axis_state"](name="height") == {"position": 3.5, "moving": False}
    ask["set_lamp_level"](name="lamp", level_percent=20.0)
    assert ask["lamp_level"](name="lamp") == 20.0
    ask["side_recorder_start"](name="truth", path=str(tmp_path / "truth.h5"))
    ask["side_recorder_stop"](name="truth")
    assert stand.microscope.side_recorders["truth"].calls == ["truth.h5", "stop"]
    ask["action"](name="push", arguments={"ids": [4]})
    stand.loop.step()
    assert stand.board["last_id"] == 4


def test_an_unknown_axis_is_answered_with_those_there_are(stand):
    with pytest.raises(ValueError, match="no 'depth' among its axes: it has height, focus"):
        stand.loop.prompt_commands["axis_state"](name="depth")


def test_all_axes_are_stopped_although_one_of_them_raises():
    stand = Stand(broken_axis=True)
    with pytest.raises(OSError, match="does not answer"):
        stand.loop.stop_all_axes()
    assert stand.microscope.axes["focus"].calls == ["stop"]
    with pytest.raises(OSError, match="does not answer"):
        stand.loop.close()
    assert stand.microscope.axes["focus"].calls == ["stop", "stop", "close"]
    assert stand.grabber.calls[-2:] == ["stop", "close"]


def test_axes_are_stopped_at_once_also_when_the_worker_leaves():
    stand = Stand()
    meeting = threading.Barrier(len(stand.microscope.axes))
    for axis in stand.microscope.axes.values():
        axis.stop = lambda: meeting.wait(5.0)
    stand.loop.stop_all_axes()
    stand.loop.close()
    assert not meeting.broken


def test_a_camera_that_is_stopped_makes_its_ring_ready(stand):
    stand.loop.stop_stream()
    ring = stand.loop._ring
    for _ in range(ring.slots):
        stand.loop.step()
    assert not ring.touch()


def test_closing_leaves_no_shared_memory():
    stand = Stand()
    names = stand.ring, stand.board.name
    stand.loop.close()
    for name in names:
        with pytest.raises(FileNotFoundError):
            FrameRing.attach(name)


@pytest.mark.parametrize(
    ("factory", "kind", "message"),
    [
        ("acquisition.scripted_grabber:not_a_microscope", TypeError, "must return a hardware.Microscope, not 42"),
        ("acquisition.scripted_grabber:nothing", ValueError, "Cannot build acquisition.scripted_grabber:nothing"),
        ("acquisition.scripted_grabber", ValueError, "write module:name"),
    ],
)
def test_a_factory_that_makes_no_microscope_is_refused(factory, kind, message):
    loop = CameraLoop(**camera_arguments(factory))
    with pytest.raises(kind, match=message):
        loop.open()
    loop.close()


def test_nothing_is_recorded_while_the_stream_is_stopped():
    loop = CameraLoop(**camera_arguments(FACTORY))
    with pytest.raises(RuntimeError, match="The camera is not open: open it first"):
        loop.start()
    with pytest.raises(RuntimeError, match="Cannot record: the camera's stream is stopped"):
        loop.open_window(1, "counter")
    loop.close()
