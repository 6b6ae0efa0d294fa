import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beadline.physics import M270_PAIR, MYONE_PAIR, ForceLaw

# computed from the field of two magnets 0.5 mm apart [mm: pN]
FIELD_M270 = {0.5: 98.0, 1.0: 52.9, 1.5: 32.0, 2.0: 20.9, 3.0: 9.8}
FIELD_MYONE = {0.5: 17.4, 1.0: 9.3, 1.5: 5.7, 2.0: 3.7, 3.0: 1.76}


@pytest.mark.parametrize(("law", "field"), [(M270_PAIR, FIELD_M270), (MYONE_PAIR, FIELD_MYONE)], ids=["M270", "MyOne"])
def test_the_preset_follows_the_field_of_the_magnets(law, field):
    np.testing.assert_allclose(law.force_pn(list(field)), list(field.values()), rtol=0.06)


@given(height_mm=st.floats(0.4, 20))
def test_height_and_force_are_each_others_inverse(height_mm):
    assert M270_PAIR.height_mm(M270_PAIR.force_pn(height_mm)) == pytest.approx(height_mm, abs=1e-6)


def test_the_ends_of_the_range_can_be_reached():
    assert M270_PAIR.height_mm(M270_PAIR.high_pn) == pytest.approx(0.4)
    assert M270_PAIR.height_mm(M270_PAIR.low_pn) == pytest.approx(20)


def test_the_heights_stay_in_the_range():
    heights = M270_PAIR.height_mm(np.geomspace(M270_PAIR.low_pn, M270_PAIR.high_pn, 1000))
    assert heights.min() >= 0.4
    assert heights.max() <= 20


@pytest.mark.parametrize("height_mm", [0.3, 20.1, np.nan])
def test_a_height_outside_the_range_is_refused(height_mm):
    with pytest.raises(ValueError, match=r"not known at (0.3|20.1|nan) mm: the force law holds from 0.4 to 20 mm"):
        M270_PAIR.force_pn([1.0, height_mm])


@pytest.mark.parametrize("force_pn", [-1.0, 0.0, 200.0, np.nan])
def test_a_force_outside_the_range_is_refused(force_pn):
    with pytest.raises(
        ValueError, match=r"The magnets cannot make (-1|0|200|nan) pN: the force law gives 4.93e-05 to 112 pN"
    ):
        M270_PAIR.height_mm(force_pn)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"decay_1_mm": 0.0}, "cannot have decay_1_mm = 0 mm"),
        ({"amplitude_1_pn": np.inf}, "cannot have amplitude_1_pn = inf: it must be a finite number"),
        ({"low_mm": 5.0, "high_mm": 5.0}, "cannot hold from 5 to 5 mm"),
        ({"amplitude_1_pn": -500.0}, "does not fall all the way from 0.4 to 20 mm: restrict low_mm"),
    ],
)
def test_laws_that_cannot_be_turned_round_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        replace(M270_PAIR, **change)


def test_a_law_survives_json():
    assert ForceLaw(**json.loads(MYONE_PAIR.as_json())) == MYONE_PAIR
    assert len(MYONE_PAIR.as_json()) < 400
