import threading

import numpy as np
import pytest

from beadline.hardware import CameraSettings


def test_frames_come_on_schedule(bench):
    b = bench(frame_rate_hz=50)
    b.camera.start()
    began_s = b.clock()
    stamps = [b.grab() for _ in range(5)]
    assert [each.id for each in stamps] == [0, 1, 2, 3, 4]
    ends_s = [began_s + (i + 1) / 50 for i in range(5)]
    assert [each.host_time_s for each in stamps] == pytest.approx(ends_s)
    assert b.clock() == pytest.approx(ends_s[-1])
    assert np.diff([each.device_time_s for each in stamps]) == pytest.approx(np.full(4, 1 / 50))


def test_a_late_host_gets_every_frame_the_camera_keeps(bench):
    b = bench(buffer_frames=10)
    b.camera.start()
    b.grab()
    b.clock.sleep(0.1)
    assert b.ids(10) == list(range(1, 11))


def test_a_host_that_is_too_late_finds_a_gap_in_the_ids(bench):
    b = bench(buffer_frames=10)
    b.camera.start()
    b.grab()
    b.clock.sleep(5.0)
    # 501 frames have ended, the last ten of them are kept
    assert b.ids(12) == list(range(491, 503))


def test_the_counter_goes_on_across_a_stop(bench):
    b = bench()
    b.camera.start()
    b.ids(3)
    b.camera.stop()
    b.camera.stop()
    b.clock.sleep(100)
    b.camera.start()
    assert b.ids(2) == [3, 4]


def test_no_frame_in_time_is_none(bench):
    b = bench(frame_rate_hz=1)
    b.camera.start()
    began_s = b.clock()
    assert b.camera.grab(b.pixels, 0.4) is None
    assert b.clock() == pytest.approx(began_s + 0.4)
    assert b.grab().id == 0


def test_dropped_frames_are_never_delivered(bench):
    b = bench()
    b.camera.start()
    drop = b.microscope.actions["drop_frames"]
    assert drop(ids=[2, 3, 7]) == [2, 3, 7]
    assert b.ids(6) == [0, 1, 4, 5, 6, 8]


def test_the_next_frames_can_be_dropped_by_number(bench):
    b = bench()
    b.camera.start()
    b.ids(3)
    asked = b.microscope.actions["drop_next"](count=2, after=1)
    assert asked == [4, 5]
    assert b.ids(3) == [3, 6, 7]


def test_a_stopped_camera_drops_the_first_frames_of_the_next_start(bench):
    b = bench()
    assert b.microscope.actions["drop_next"](count=2) == [0, 1]
    b.camera.start()
    assert b.ids(2) == [2, 3]


def test_a_delivered_frame_cannot_be_dropped(bench):
    b = bench()
    b.camera.start()
    b.ids(3)
    with pytest.raises(ValueError, match="Cannot drop frame 2: it has been delivered; frames from 3 on can be dropped"):
        b.microscope.actions["drop_frames"](ids=[5, 2])
    assert b.ids(4) == [3, 4, 5, 6]


def test_fewer_than_no_frames_cannot_be_dropped(bench):
    with pytest.raises(ValueError, match="Cannot drop -1 frames after 0: both must be at least 0"):
        bench().microscope.actions["drop_next"](count=-1)


def test_dropping_frames_does_not_change_the_others(bench):
    """The world goes on through frames that nobody sees."""
    pictures = []
    for ids in ([], [1, 2, 3]):
        b = bench(seed=3)
        b.camera.start()
        b.microscope.actions["drop_frames"](ids=ids)
        while b.grab().id < 5:
            pass
        pictures.append(b.pixels)
    np.testing.assert_array_equal(*pictures)


def test_the_same_seed_makes_the_same_frames(bench):
    pictures = []
    for seed in (3, 3, 4):
        b = bench(seed=seed)
        b.camera.start()
        b.ids(3)
        pictures.append(b.pixels)
    np.testing.assert_array_equal(pictures[0], pictures[1])
    assert (pictures[0] != pictures[2]).mean() > 0.5


def test_a_region_is_read_where_it_was_asked(bench):
    b = bench(tethers=0, references=1, positions_px=[[200, 100]])
    assert b.camera.apply(CameraSettings(100, 0.005, roi_px=(160, 60, 80, 90))).roi_px == (160, 60, 80, 90)
    b.pixels = np.zeros((90, 80), np.uint8)
    b.camera.start()
    b.grab()
    assert b.pixels[40, 40] != pytest.approx(120, abs=20)
    assert abs(b.pixels.astype(float) - 120)[20:61, 20:61].mean() > 3 * abs(b.pixels.astype(float) - 120)[86:].mean()


def test_settings_that_are_possible_are_taken_as_they_are(bench):
    b = bench()
    wanted = CameraSettings(frame_rate_hz=30.0, exposure_s=0.033333, gain=2.0)
    assert b.camera.apply(wanted) == wanted


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (CameraSettings(5000, 1e-4), "cannot take 5000 frames per second: at most 2000 Hz"),
        (CameraSettings(0, 1e-4), "cannot take 0 frames per second"),
        (CameraSettings(100, 0.02), r"cannot expose for 0\.02 s at 100 Hz: from 1e-05 s to one period, 0\.01 s"),
        (CameraSettings(100, 0), "cannot expose for 0 s at 100 Hz"),
        (CameraSettings(100, 0.01, gain=0), "cannot have gain 0: above 0, at most 100"),
        (CameraSettings(100, 0.01, roi_px=(300, 0, 64, 64)), r"cannot read .* = \[300, 0, 64, 64\] px: .* 320 x 240"),
        (CameraSettings(100, 0.01, roi_px=(0, 0, 0, 64)), r"cannot read .* = \[0, 0, 0, 64\] px"),
    ],
)
def test_settings_out_of_range_are_refused(bench, wanted, message):
    with pytest.raises(ValueError, match=message):
        bench().camera.apply(wanted)


def test_a_camera_that_exposes_is_not_set(bench):
    b = bench()
    b.camera.start()
    with pytest.raises(RuntimeError, match="Cannot set the simulated camera while it is exposing: stop it first"):
        b.camera.apply(CameraSettings(100, 0.01))


def test_a_camera_that_does_not_expose_has_no_frames(bench):
    b = bench()
    with pytest.raises(RuntimeError, match=r"is not exposing: call start\(\) before grab\(\)"):
        b.camera.grab(b.pixels, 0.1)


@pytest.mark.parametrize("into", [np.zeros((10, 10), np.uint8), np.zeros((240, 320), np.uint16)])
def test_a_frame_needs_its_place(bench, into):
    b = bench()
    b.camera.start()
    with pytest.raises(ValueError, match=r"Cannot draw .*: contiguous uint8 of shape \(240, 320\) is needed"):
        b.camera.grab(into, 0.1)


def test_starting_twice_keeps_the_schedule(bench):
    b = bench()
    b.camera.start()
    b.clock.sleep(0.005)
    b.camera.start()
    assert b.grab().host_time_s == pytest.approx(100.01)


def test_the_lamp_lights_the_frame(bench):
    b = bench(tethers=0, references=0)
    b.microscope.lamps["lamp"].set_level_percent(30)
    b.camera.start()
    b.grab()
    assert b.pixels.mean() == pytest.approx(60, abs=0.1)


def test_frames_come_in_real_time_from_a_thread(bench):
    """With the clocks of the machine, a frame ends when its stamp says."""
    from time import monotonic  # noqa: PLC0415 - only here the machine's clock is meant

    from beadline.simulation import microscope  # noqa: PLC0415

    camera = microscope(width_px=96, height_px=96, tethers=0, references=0).grabber
    camera.open()
    pixels, late_s = np.zeros((96, 96), np.uint8), []

    def grab():
        camera.start()
        for _ in range(10):
            stamp = camera.grab(pixels, 5.0)
            late_s.append(monotonic() - stamp.host_time_s)
        camera.close()

    thread = threading.Thread(target=grab)
    thread.start()
    thread.join(10)
    assert len(late_s) == 10
    assert min(late_s) >= 0


def test_a_longer_exposure_is_brighter_until_the_sensor_is_full(bench):
    b = bench(tethers=0, references=0, frame_rate_hz=20)
    b.camera.apply(CameraSettings(20, 0.01))
    means, spreads = [], []
    for exposure_s in (0.01, 0.005, 0.02, 0.03):
        b.camera.apply(CameraSettings(20, exposure_s))
        b.camera.start()
        b.grab()
        b.camera.stop()
        means.append(b.pixels.mean())
        spreads.append(b.pixels.std())
    # 76800 pixels of 2 ADU: 0.01; 360 ADU are beyond the range of 8 bit
    assert means == pytest.approx([120, 60, 240, 255], abs=0.05)
    assert spreads[1] < spreads[0] < spreads[2]
    assert spreads[3] == 0


def test_the_reference_exposure_can_be_given(bench):
    b = bench(tethers=0, references=0, reference_exposure_s=0.02)
    b.camera.start()
    b.grab()
    assert b.pixels.mean() == pytest.approx(60, abs=0.05)
