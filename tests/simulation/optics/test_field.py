import numpy as np
import pytest

from beadline.simulation.optics import Sensor, simulated_field

SENSOR = Sensor(42.0, 7.0)
SMALL = {"sensor": SENSOR, "shape": (200, 240), "patch_px": 48, "z_range_nm": (-3900.0, -2100.0)}


def made(table, beads, seed=1, **changed):
    return simulated_field(table, beads, np.random.default_rng(seed), **{**SMALL, **changed})


def test_a_field_is_the_same_for_the_same_seed(table):
    one, same, other = made(table, 8), made(table, 8), made(table, 8, seed=2)
    assert np.array_equal(one.image, same.image)
    assert not np.array_equal(one.image, other.image)
    assert (one.image.shape, one.image.dtype) == ((200, 240), np.uint8)


def test_light_is_even_but_for_what_was_asked(table):
    empty = made(table, 0, dust=0, unevenness=0.0).image.astype(float)
    assert empty.mean() == pytest.approx(5500 / 42 + 4, abs=0.1)
    assert empty.std() == pytest.approx(np.sqrt(SENSOR.variance(np.array(5500.0))) / 42, rel=0.03)
    uneven = made(table, 0, dust=0, unevenness=0.2).image.astype(float)
    smooth = uneven.reshape(20, 10, 24, 10).mean(axis=(1, 3)) - 4
    assert 0.1 < abs(smooth * 42 / 5500 - 1).max() < 0.22


def test_rings_lie_around_the_true_centres(table):
    field = made(table, 1, seed=4, dust=0, unevenness=0.0)
    rings = (field.image.astype(float) - 4) * 42 / 5500 - 1
    y, x = np.mgrid[:200, :240]
    strength = np.where(np.hypot(x - field.x_px, y - field.y_px) < 24, rings**2, 0)
    assert strength.sum() > 0.9 * (rings**2).sum() - 0.02**2 * rings.size
    assert (strength * x).sum() / strength.sum() == pytest.approx(field.x_px[0], abs=0.5)
    assert (strength * y).sum() / strength.sum() == pytest.approx(field.y_px[0], abs=0.5)


def test_isolated_beads_have_room(table):
    field = made(table, 30)
    alone = field.isolated(40, margin_px=20)
    assert 0 < alone.sum() < 30
    for bead in np.flatnonzero(alone):
        distance = np.hypot(field.x_px - field.x_px[bead], field.y_px - field.y_px[bead])
        assert np.sort(distance)[1] >= 40
        assert 20 <= field.x_px[bead] <= 219
