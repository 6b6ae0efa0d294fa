import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beadline.drivers.replay import ArrayStack, ReplayGrabber
from beadline.hardware import CameraSettings
from drivers.replay import fakes


def grabbed(grabber, count, timeout_s=1.0, shape=(6, 8)):
    """Return the stamps of the next frames and the number of the picture each one shows."""
    into = np.zeros(shape, np.uint16)
    stamps, shown = [], []
    for _ in range(count):
        stamps.append(grabber.grab(into, timeout_s))
        shown.append(int(into[0, 0]) // 100)
    return stamps, shown


def test_pictures_come_in_order_and_begin_again():
    grabber, _ = fakes.playing(frames=3)
    stamps, shown = grabbed(grabber, 7)
    assert shown == [0, 1, 2, 0, 1, 2, 0]
    assert [stamp.id for stamp in stamps] == list(range(7))


def test_stamps_are_the_schedule_however_late_the_frame_is_fetched():
    grabber, clock = fakes.playing(rate_hz=100.0, exposure_s=0.004)
    clock.sleep(0.0523)
    stamps, _ = grabbed(grabber, 3)
    assert [stamp.host_time_s for stamp in stamps] == pytest.approx([1000.004, 1000.014, 1000.024])
    assert [stamp.device_time_s for stamp in stamps] == pytest.approx([0.0, 0.01, 0.02])


def test_a_frame_comes_when_its_exposure_ends_and_not_before():
    grabber, clock = fakes.playing(rate_hz=100.0, exposure_s=0.004)
    grabbed(grabber, 1)
    assert clock() == pytest.approx(1000.004)
    grabbed(grabber, 1)
    assert clock() == pytest.approx(1000.014)


def test_nothing_comes_within_a_time_out_that_is_too_short():
    grabber, clock = fakes.playing(rate_hz=10.0, exposure_s=0.1)
    assert grabbed(grabber, 3, timeout_s=0.03)[0] == [None, None, None]
    assert clock() == pytest.approx(1000.09)
    assert grabbed(grabber, 1, timeout_s=0.03)[0][0].id == 0


def test_a_host_later_than_the_buffer_finds_a_gap_in_the_ids():
    grabber, clock = fakes.playing(rate_hz=100.0, exposure_s=0.004, buffer_frames=4)
    grabbed(grabber, 2)
    clock.sleep(0.2)
    stamps, shown = grabbed(grabber, 5)
    assert [stamp.id for stamp in stamps] == [18, 19, 20, 21, 22]
    assert shown == [stamp.id % 5 for stamp in stamps]


@given(st.lists(st.floats(0.0, 0.2), min_size=1, max_size=30), st.integers(1, 12))
def test_the_counter_goes_on_whether_or_not_frames_are_fetched(delays_s, buffer_frames):
    grabber, clock = fakes.playing(rate_hz=100.0, exposure_s=0.004, buffer_frames=buffer_frames)
    last_id = -1
    for delay_s in delays_s:
        clock.sleep(delay_s)
        asked_s = clock()
        ((stamp,), (shown,)) = grabbed(grabber, 1)
        oldest_id = int((asked_s - 1000.004) / 0.01 + 1e-6) + 1 - buffer_frames  # a frame that ends just now is there
        assert stamp.id == max(last_id + 1, oldest_id) or stamp.id == max(last_id + 1, oldest_id - 1)
        assert stamp.host_time_s == pytest.approx(1000.004 + stamp.id * 0.01)
        assert shown == stamp.id % 5
        last_id = stamp.id


@given(st.lists(st.floats(0.0, 0.08), min_size=1, max_size=30))
def test_no_frame_is_lost_while_the_host_is_never_later_than_the_buffer(delays_s):
    grabber, clock = fakes.playing(rate_hz=100.0, exposure_s=0.004, buffer_frames=10)
    ids = []
    for delay_s in delays_s:
        clock.sleep(delay_s)
        while (stamp := grabber.grab(np.zeros((6, 8), np.uint16), 0.0)) is not None:
            ids.append(stamp.id)
    assert ids == list(range(len(ids)))


def test_once_ends_after_the_last_picture_without_being_busy():
    grabber, clock = fakes.playing(frames=3, once=True)
    stamps, _ = grabbed(grabber, 3)
    assert [stamp.id for stamp in stamps] == [0, 1, 2]
    before_s = clock()
    assert grabbed(grabber, 2, timeout_s=0.5)[0] == [None, None]
    assert clock() == pytest.approx(before_s + 1.0)


def test_a_late_host_of_once_still_gets_what_the_buffer_kept():
    grabber, clock = fakes.playing(frames=5, once=True, buffer_frames=2)
    clock.sleep(60.0)
    assert grabbed(grabber, 2)[1] == [3, 4]


def test_a_new_start_plays_from_the_first_picture_and_the_counter_goes_on():
    grabber, _ = fakes.playing(frames=5, once=True)
    grabbed(grabber, 2)
    grabber.stop()
    grabber.start()
    stamps, shown = grabbed(grabber, 2)
    assert shown == [0, 1]
    assert [stamp.id for stamp in stamps] == [2, 3]
    assert stamps[0].device_time_s > 0


def test_a_region_is_cut_out_of_the_picture():
    grabber, _ = fakes.playing(roi_px=(2, 1, 4, 3))
    into = np.zeros((3, 4), np.uint16)
    grabber.grab(into, 1.0)
    assert np.array_equal(into, fakes.numbered(1)[0, 1:4, 2:6])


def test_pixels_kept_in_the_other_byte_order_arrive_in_ours():
    grabber, _ = fakes.playing(pictures=fakes.numbered(2).astype(">u2"))
    into = np.zeros((6, 8), np.uint16)
    grabber.grab(into, 1.0)
    assert np.array_equal(into, fakes.numbered(1)[0])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (CameraSettings(6000.0, 1e-5), r"to 6000 frames/s: more than 0 and up to 5000 frames/s"),
        (CameraSettings(0.0, 1e-5), r"to 0 frames/s"),
        (CameraSettings(float("nan"), 1e-5), r"to nan frames/s"),
        (CameraSettings(100.0, 0.02), r"exposure of the replay camera to 0.02 s: 1e-06 to 0.01 s .* at 100 frames/s"),
        (CameraSettings(100.0, 0.0), r"exposure of the replay camera to 0 s"),
        (CameraSettings(100.0, 0.01, gain=2.0), r"gain of the replay camera to 2: recordings have gain 1"),
        (CameraSettings(100.0, 0.01, roi_px=(4, 0, 5, 6)), r"x 4, y 0, 5 × 6 px .*pictures are 8 × 6 px"),
        (CameraSettings(100.0, 0.01, roi_px=(-1, 0, 5, 6)), r"x -1, y 0"),
        (CameraSettings(100.0, 0.01, roi_px=(0, 0, 0, 6)), r"0 × 6 px"),
    ],
)
def test_settings_out_of_range_are_refused_with_their_numbers(settings, message):
    grabber, _ = fakes.playing()
    grabber.stop()
    with pytest.raises(ValueError, match=message):
        grabber.apply(settings)


def test_what_is_allowed_is_really_set():
    grabber, _ = fakes.playing()
    grabber.stop()
    wanted = CameraSettings(5000.0, 1 / 5000.0, roi_px=(0, 0, 8, 6))
    assert grabber.apply(wanted) == wanted


def test_a_running_camera_is_not_set():
    grabber, _ = fakes.playing()
    with pytest.raises(RuntimeError, match="while it is running: stop it first"):
        grabber.apply(CameraSettings(10.0, 0.01))


def test_the_order_of_calls_is_watched():
    stack = ArrayStack("numbered pictures", fakes.numbered(2))
    grabber = ReplayGrabber(lambda: (stack, 16))
    with pytest.raises(RuntimeError, match="is not open: open it first"):
        grabber.start()
    grabber.open()
    with pytest.raises(RuntimeError, match="apply settings first"):
        grabber.start()
    grabber.apply(CameraSettings(100.0, 0.01))
    with pytest.raises(RuntimeError, match="start it first"):
        grabber.grab(np.zeros((6, 8), np.uint16), 0.1)
    grabber.close()
    grabber.close()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"buffer_frames": 0}, "a buffer of 0 frames: give it at least 1"),
        ({"max_frame_rate_hz": 0.0}, "a limit of 0 frames/s: give a rate > 0"),
    ],
)
def test_a_camera_that_cannot_be_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        ReplayGrabber(lambda: (ArrayStack("", fakes.numbered(1)), 16), **options)
