"""The instrument around the sample: what can be chosen about it, and what follows."""

import numpy as np
import pytest

from beadline.hardware import CameraSettings
from beadline.simulation.axes import height_axis
from beadline.simulation.courses import Course
from beadline.simulation.instrument_settings import InstrumentSettings
from beadline.simulation.paths import Trapezoid
from beadline.simulation.surroundings import shift_nm, warmer_k

STILL = {"drift_nm_per_s": [0, 0, 0], "drift_walk_nm_per_root_s": 0, "focus_noise_nm": 0}


@pytest.mark.parametrize(("bits", "dtype"), [(10, "u2"), (12, "u2"), (16, "u2")])
def test_deeper_pixels_see_the_same_finer(bench, bits, dtype):
    shallow, deep = bench(), bench(instrument={"bit_depth": bits})
    assert deep.camera.open().bit_depth == bits
    deep.pixels = deep.pixels.astype(dtype)
    for b in (shallow, deep):
        b.camera.start()
        b.grab()
    scale = (2**bits - 1) / 255
    difference = deep.pixels / scale - shallow.pixels
    # the noise is the same: all that differs is the rounding, to the whole and to the part
    assert abs(difference).max() <= 0.5 + 0.5 / scale + 1e-3
    assert len(np.unique(deep.pixels)) > 2 * len(np.unique(shallow.pixels))


def test_frames_of_the_wrong_depth_are_refused(bench):
    b = bench(instrument={"bit_depth": 12})
    b.camera.start()
    with pytest.raises(ValueError, match=r"into uint8 .*: contiguous uint16 of shape \(240, 320\) is needed"):
        b.grab()


def test_a_pixel_holds_no_more_than_its_full_well(bench):
    b = bench(tethers=0, references=0, background_adu=200, read_noise_adu=0)
    b.camera.apply(CameraSettings(100, 0.01, gain=0.5))
    b.microscope.lamps["lamp"].set_level_percent(100)
    b.camera.start()
    b.grab()
    # 200 ADU at 60 % are 333 at 100 %, more than 255; half the gain counts the same electrons as half
    assert b.pixels.max() == 127
    assert b.pixels.mean() == pytest.approx(127, abs=0.1)


def test_a_camera_with_a_fast_clock_takes_more_frames_and_does_not_know(bench):
    b = bench(instrument={"clock_drift_ppm": 200.0}, frame_rate_hz=100)
    b.camera.start()
    first = b.grab()
    b.clock.sleep(100)
    last = b.grab()
    frames = last.id - first.id
    assert last.device_time_s - first.device_time_s == pytest.approx(frames / 100, abs=1e-9)
    assert last.host_time_s - first.host_time_s == pytest.approx(frames / 100 / (1 + 200e-6), abs=1e-9)


def test_the_limits_of_the_camera_can_be_chosen(bench):
    b = bench(instrument={"max_frame_rate_hz": 150, "min_exposure_s": 1e-3, "readout_s": 2e-3})
    info = b.camera.open()
    assert (info.max_frame_rate_hz, info.min_exposure_s) == (150, 1e-3)
    wanted = CameraSettings(100, 0.008)
    assert b.camera.apply(wanted) == wanted
    with pytest.raises(ValueError, match="cannot take 151 frames per second: at most 150 Hz"):
        b.camera.apply(CameraSettings(151, 1e-3))
    with pytest.raises(ValueError, match=r"from 0\.001 s to one period less 0\.002 s of reading out, 0\.008 s"):
        b.camera.apply(CameraSettings(100, 0.0081))


def test_magnets_with_backlash_stand_until_the_play_is_taken_up(clock):
    course = Course(10.0, clock, play=0.2)
    motor, load = [], []
    for target in (8.0, 9.0, 8.0):
        course.follow(lambda start, target=target: Trapezoid(start, target, 10.0, 50.0))
        clock.sleep(5)
        motor.append(course.now()[0])
        load.append(course.at(clock()))
    assert motor == [8.0, 9.0, 8.0]
    # half the play on either side of the motor, so a turn back costs all of it
    assert load == pytest.approx([8.1, 8.9, 8.1])
    course.follow(lambda start: Trapezoid(start, 8.15, 10.0, 50.0))
    clock.sleep(5)
    assert course.at(clock()) == pytest.approx(8.1)


def test_backlash_is_seen_in_the_force_and_not_in_the_read_back(bench):
    b = bench(instrument={"magnet_backlash_mm": 0.1})
    forces_pn = []
    for from_mm in (6.0, 1.0):
        b.move("magnet_height", from_mm)
        b.move("magnet_height", 3.0)
        assert b.microscope.axes["magnet_height"].state().position == 3.0
        forces_pn.append(b.truth()["force_pn"][0])
    # from below the magnets lag 0.1 mm nearer to the sample than from above: exp(0.1/1.4) = 1.074
    assert forces_pn[1] / forces_pn[0] == pytest.approx(np.exp(0.1 / 1.393), rel=0.01)


def test_the_force_may_come_from_a_table(bench):
    table = {"heights_mm": [1.0, 3.0, 10.0], "forces_pn": [40.0, 10.0, 0.1]}
    b = bench(force_law=table, force_scatter=0.0)
    assert b.microscope.axes["magnet_height"].open().high == 10.0
    b.move("magnet_height", 2.0)
    weight_pn = bench(force_scatter=0.0).camera._world.settings.kind.weight_pn
    assert b.truth()["force_pn"][0] == pytest.approx(20.0 - weight_pn)
    with pytest.raises(ValueError, match="does not fall from 1 to 2 mm"):
        bench(force_law={"heights_mm": [1, 2], "forces_pn": [1, 2]})


def test_motors_are_as_fast_as_they_are_chosen(clock):
    settings = InstrumentSettings.from_plain({"magnet_speed_mm_per_s": 2.0, "magnet_acceleration_mm_per_s2": 4.0})
    height = height_axis(Course(20.0, clock), 0.4, 20.0, settings)
    assert height.open().speed == 2.0
    height.move(10.0)
    clock.sleep(10 / 2 + 2 / 4 - 0.01)
    assert height.state().moving
    clock.sleep(0.02)
    assert height.state().position == 10.0
    assert not height.state().moving


def test_the_stage_moves_all_beads_alike(bench):
    b = bench(**STILL, tethers=0, references=3, pixel_size_nm=100.0)
    b.camera.start()
    b.grab()
    before = np.array([b.truth()["x_px"], b.truth()["y_px"]])
    b.move("stage_x", 2.0)
    b.move("stage_y", -1.0)
    b.clock.sleep(0.02)
    for _ in range(5):
        b.grab()
    b.camera.stop()
    b.camera.start()
    b.grab()
    after = np.array([b.truth()["x_px"], b.truth()["y_px"]])
    assert after - before == pytest.approx(np.array([[20.0] * 3, [-10.0] * 3]))


def test_a_vibration_is_blurred_by_the_exposure_as_a_sine_is():
    settings = InstrumentSettings.from_plain({"vibration_nm": [40, 0, 10], "vibration_hz": 30.0})
    exposure_s, middle_s = 0.012, 3.21
    times_s = middle_s + exposure_s * (np.arange(20_000) + 0.5 - 10_000) / 20_000
    expected = np.sin(2 * np.pi * 30 * times_s).mean() * np.array([40, 0, 10])
    assert shift_nm(settings, middle_s, exposure_s) == pytest.approx(expected, abs=1e-6)


def test_warmth_moves_the_sample(bench):
    swing = {"temperature_swing_k": 0.5, "temperature_period_s": 400.0, "drift_nm_per_k": [0, 0, 300]}
    settings = InstrumentSettings.from_plain(swing)
    assert warmer_k(settings, 100.0) == pytest.approx(0.5)
    b = bench(**STILL, tethers=0, references=1, instrument=swing)
    b.camera.start()
    b.grab()
    before_nm = b.truth()["defocus_nm"][0]
    b.camera.stop()
    b.clock.sleep(100.0 - 0.005)
    b.camera.start()
    b.grab()
    assert b.truth()["defocus_nm"][0] - before_nm == pytest.approx(150, abs=0.1)


def test_a_lamp_flickers_by_what_was_chosen(bench):
    b = bench(tethers=0, references=0, instrument={"lamp_flicker": 0.02})
    b.camera.start()
    means = []
    for _ in range(200):
        b.grab()
        means.append(b.pixels.mean())
    # the spread of 200 numbers is known to 5 %
    assert np.std(means) / np.mean(means) == pytest.approx(0.02, rel=0.2)


@pytest.mark.parametrize(
    ("settings", "error", "sentence"),
    [
        ({"bit_depth": 9}, ValueError, "cannot have bit_depth = 9: 8, 10, 12 or 16"),
        ({"magnet_backlash_mm": -0.1}, ValueError, "cannot have magnet_backlash_mm = -0.1 mm: from 0 to 1 mm"),
        ({"vibration_nm": [1, 2]}, ValueError, "vibration_nm takes 3 numbers each"),
        ({"vibration_hz": "30"}, TypeError, "vibration_hz must be a number, got '30'"),
        ({"wheels": 4}, ValueError, "The simulated instrument has no setting wheels: it has bit_depth, "),
    ],
)
def test_settings_that_cannot_be_are_refused(bench, settings, error, sentence):
    with pytest.raises(error, match=sentence):
        bench(instrument=settings)
