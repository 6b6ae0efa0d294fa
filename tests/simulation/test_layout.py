import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beadline.simulation.layout import LEAST_DISTANCE_PX, spread_beads
from beadline.simulation.world_settings import WorldSettings


def spread(seed=1, **plain):
    return spread_beads(WorldSettings.from_plain(plain), np.random.default_rng(seed))


@given(seed=st.integers(0, 1000), tethers=st.integers(0, 30), references=st.integers(0, 10))
def test_beads_keep_their_distance_and_stay_on_the_sensor(seed, tethers, references):
    places = spread(seed, tethers=tethers, references=references, width_px=640, height_px=480)
    assert places.shape == (tethers + references, 2)
    apart = abs(places[:, None] - places).max(axis=-1) + 1e9 * np.eye(len(places))
    assert (apart >= LEAST_DISTANCE_PX - 1e-9).all()
    assert ((places >= 48) & (places <= [639 - 48, 479 - 48])).all()


def test_places_that_were_asked_for_are_kept():
    asked = [[10.5, 20.0], [300.0, 200.25]]
    np.testing.assert_array_equal(spread(tethers=1, references=1, positions_px=asked), asked)


def test_too_many_beads_are_refused():
    with pytest.raises(
        ValueError, match=r"100 beads do not fit on 320 x 240 px: there is room for 8 that are 72 px apart; take a"
    ):
        spread(tethers=100, references=0, width_px=320, height_px=240)


def test_a_sensor_without_room_is_refused():
    with pytest.raises(ValueError, match="1 beads do not fit on 80 x 80 px: there is room for 0"):
        spread(tethers=1, references=0, width_px=80, height_px=80)
