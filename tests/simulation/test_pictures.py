import numpy as np
import pytest

from beadline.simulation.light_path import LightPath
from beadline.simulation.pictures import Renderer
from beadline.simulation.world import Exposure
from beadline.simulation.world_settings import WorldSettings


@pytest.fixture(scope="module")
def drawn():
    """Draw one bead, or none, on a small sensor."""
    renderer = Renderer(WorldSettings())

    def draw(x=(), y=(), *, lamp=60.0, gain=1.0, key=1, corner=(0, 0), shape=(128, 160), defocus_nm=-5500.0):
        beads = np.array(x, dtype=float)
        exposure = Exposure(
            0, beads, np.array(y, dtype=float), 0 * beads, 0 * beads + defocus_nm, 0 * beads, 20.0, 50.0, lamp
        )
        into = np.zeros(shape, np.uint8)
        renderer.draw(into, exposure, np.uint64(key), corner, gain)
        return into.astype(float)

    return draw


@pytest.mark.parametrize(("lamp", "gain"), [(60, 1), (30, 1), (90, 1), (60, 0.5), (30, 2)])
def test_brightness_goes_with_lamp_and_gain_and_noise_as_its_root(drawn, lamp, gain):
    picture = drawn(lamp=lamp, gain=gain, shape=(400, 400))
    level = 120 * lamp / 60 * gain
    assert picture.mean() == pytest.approx(level, abs=0.05)
    assert picture.var() == pytest.approx(level * 255 * gain / 10000 + 0.09 + 1 / 12, rel=0.03)


def test_frames_never_have_the_same_noise(drawn):
    pictures = [drawn(key=key).ravel() - 120 for key in range(1, 30)]
    likeness = np.corrcoef(pictures) - np.eye(29)
    assert abs(likeness).max() < 5 / np.sqrt(pictures[0].size)


def test_the_same_key_makes_the_same_frame(drawn):
    np.testing.assert_array_equal(drawn([50], [60], key=5), drawn([50], [60], key=5))


def test_a_part_of_the_sensor_shows_the_same_bead(drawn):
    whole = np.mean([drawn([80], [64], key=key) for key in range(20)], axis=0)
    part = np.mean([drawn([80], [64], key=key, corner=(40, 24), shape=(80, 80)) for key in range(20)], axis=0)
    np.testing.assert_allclose(part, whole[24:104, 40:120], atol=3.5)


def test_a_bead_is_round_about_its_centre(drawn):
    picture = np.mean([drawn([80.0], [64.0], key=key) for key in range(40)], axis=0)[16:113, 32:129]
    np.testing.assert_allclose(picture, picture[::-1], atol=3)
    np.testing.assert_allclose(picture, picture.T, atol=3)


def test_nothing_is_left_of_the_last_frame(drawn):
    drawn([80], [64])
    assert abs(drawn()[40:88, 56:104].mean() - 120) < 0.2


def test_a_bead_far_from_the_focus_is_not_to_be_seen(drawn):
    assert drawn([80], [64], defocus_nm=-40000.0).std() < 2


NOTHING = Exposure(0, *(np.empty(0) for _ in range(5)), 20.0, 50.0, 60.0, (0.0, 0.0, -9500.0))


def mean_picture(settings, exposure=NOTHING, frames=20, corner=(0, 0), shape=None):
    renderer = Renderer(settings)
    into = np.zeros(shape or (settings.height_px, settings.width_px), np.uint8)
    total = np.zeros(into.shape)
    for key in range(frames):
        renderer.draw(into, exposure, np.uint64(key + 1), corner, 1.0)
        total += into
    return total / frames


def light(**settings):
    return WorldSettings(width_px=256, height_px=200, tethers=0, references=0, light=LightPath(**settings))


def test_light_is_as_uneven_as_is_set_and_keeps_its_mean():
    picture = mean_picture(light(unevenness=0.2))
    assert picture.mean() == pytest.approx(120, abs=0.1)
    # averaged over squares of 8 px, the noise of 20 frames is 0.05 ADU
    blocks = picture.reshape(25, 8, 32, 8).mean(axis=(1, 3))
    assert abs(blocks / 120 - 1).max() == pytest.approx(0.2, abs=0.02)


def test_dust_stays_on_the_sensor_when_the_sample_drifts():
    drifted = Exposure(0, *(np.empty(0) for _ in range(5)), 20.0, 50.0, 60.0, (5000.0, 0.0, -5500.0))
    still, moved = (mean_picture(light(dust=20), exposure) for exposure in (NOTHING, drifted))
    assert abs(still - 120).max() > 8
    np.testing.assert_array_equal(still, moved)


def test_dirt_on_the_glass_drifts_with_it():
    drifted = Exposure(0, *(np.empty(0) for _ in range(5)), 20.0, 50.0, 60.0, (20 * 112.0, -10 * 112.0, -5500.0))
    still = Exposure(0, *(np.empty(0) for _ in range(5)), 20.0, 50.0, 60.0, (0.0, 0.0, -5500.0))
    first, second = (mean_picture(light(glass_dirt=15), exposure) - 120 for exposure in (still, drifted))
    assert abs(first).max() > 5
    inside = (slice(60, 140), slice(60, 190))
    np.testing.assert_allclose(second[50:130, 80:210], first[inside], atol=3)


def test_a_part_of_the_sensor_has_its_part_of_the_light():
    settings = light(unevenness=0.3, dust=10, glass_dirt=10)
    whole, part = mean_picture(settings), mean_picture(settings, corner=(70, 30), shape=(100, 90))
    np.testing.assert_allclose(part, whole[30:130, 70:160], atol=3.5)
