import numpy as np
import pytest

from beadline.simulation.optics import TYPICAL, Sensor, bead_slopes, precision_bound

SHAPE = (32, 32)
TRUTH = np.array([15.7, 15.2, -2905.0])
SENSOR = Sensor(40.0, 7.0, 4.0)


def fitted(table, image, light):
    """A least-squares fit of the true model to one image, in three steps from beside the truth."""
    guess = np.append(TRUTH, (1.0, 0.0)) + np.array([0.2, -0.2, 25.0, 0.1, 60.0])
    for _ in range(3):
        slopes = bead_slopes(table, *guess[:3], SHAPE)
        mean = guess[3] * light * slopes.image + guess[4]
        by = [guess[3] * light * each for each in (slopes.x, slopes.y, slopes.z)] + [
            light * slopes.image,
            np.ones(SHAPE),
        ]
        by = np.stack(by).reshape(5, -1) / np.sqrt(SENSOR.variance(mean)).ravel()
        miss = ((image - SENSOR.offset_adu) * SENSOR.electrons_per_adu - mean) / np.sqrt(SENSOR.variance(mean))
        guess += np.linalg.solve(by @ by.T, by @ miss.ravel())
    return guess


def test_a_fit_of_the_true_model_is_as_good_as_the_bound_and_no_better(table):
    rng = np.random.default_rng(5)
    light = 2000.0
    bound = precision_bound(table, *TRUTH, SHAPE, SENSOR, light)
    mean = light * bead_slopes(table, *TRUTH, SHAPE).image
    found = np.array([fitted(table, SENSOR.expose(mean, rng), light) for _ in range(300)])
    errors = found - [*TRUTH, 1.0, 0.0]
    assert np.sqrt((errors**2).mean(axis=0)) / bound == pytest.approx(np.ones(5), abs=0.12)


def test_the_bound_follows_the_light(table):
    clean = Sensor(1e-3, 0.0, 0.0, 16)
    dim, bright = (precision_bound(table, *TRUTH, SHAPE, clean, light)[:3] for light in (500.0, 2000.0))
    assert dim / bright == pytest.approx([2, 2, 2], rel=1e-6)
    noisy = precision_bound(table, *TRUTH, SHAPE, Sensor(1e-3, 500**0.5, 0.0, 16), 500.0)[:3]
    assert (noisy > 1.2 * dim).all()


def test_a_larger_window_knows_more_and_asymmetry_changes_little(table):
    small, large = (precision_bound(table, 16, 16, -3000, (side, side), SENSOR, 5500)[:3] for side in (24, 33))
    assert (large < small).all()
    bent = precision_bound(table, 16, 16, -3000, (33, 33), SENSOR, 5500, TYPICAL)[:3]
    assert bent == pytest.approx(large, rel=0.1)
