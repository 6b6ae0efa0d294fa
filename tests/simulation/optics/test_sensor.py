import numpy as np
import pytest

from beadline.simulation.optics import Sensor

LIGHT = np.full((200, 200), 5000.0)


@pytest.mark.parametrize("sensor", [Sensor(40.0, 7.0, 4.0), Sensor(7.3, 2.5, 30.0, 12), Sensor(80.0, 60.0)])
def test_mean_and_variance_are_those_told(sensor, rng):
    image = sensor.expose(LIGHT, rng).astype(float)
    electrons = (image - sensor.offset_adu) * sensor.electrons_per_adu
    assert electrons.mean() == pytest.approx(5000, abs=5 * np.sqrt(sensor.variance(LIGHT)[0, 0] / LIGHT.size))
    assert electrons.var() == pytest.approx(sensor.variance(LIGHT)[0, 0], rel=0.04)


def test_pixels_end_at_the_top_and_at_the_bottom(rng):
    bright = Sensor(10.0, 7.0).expose(LIGHT, rng)
    assert (bright == 255).all()
    assert bright.dtype == np.uint8
    dark = Sensor(10.0, 7.0, 0.0, 12).expose(0 * LIGHT, rng)
    assert dark.min() == 0
    assert dark.dtype == np.uint16


def test_a_sensor_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match=r"7 bits \(8 to 16\)"):
        Sensor(10.0, 7.0, 0.0, 7)


@pytest.fixture
def rng():
    return np.random.default_rng(3)
