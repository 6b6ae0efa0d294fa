import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beadline.physics import M270_PAIR, MYONE_PAIR, ForceLaw


def magnet_pair(height_mm):
    """Return the field [T] below the middle of two cubes of 5 mm and 1.40 T, antiparallel, 0.5 mm apart.

    By the charges on their poles: between two such cubes the field is horizontal.
    """
    field = np.zeros_like(height_mm)
    for cube, strength in ((2.75, 1.40), (-2.75, -1.40)):
        for pole_mm, sign in ((0.0, -1), (5.0, 1)):
            depth = height_mm + pole_mm
            for side in (1, -1):
                x = cube + side * 2.5
                away = np.sqrt(x**2 + 2.5**2 + depth**2)
                field += sign * side * strength / (4 * np.pi) * np.log((away + 2.5) / (away - 2.5))
    return field


def pull_pn(height_mm, radius_nm, magnetisation_a_per_m, saturating_t):
    """Return the force on a bead whose magnetisation follows Langevin's law [pN]."""
    step_mm = 1e-3
    field, above, below = (abs(magnet_pair(height_mm + shift)) for shift in (0, -step_mm, step_mm))
    aligned = 1 / np.tanh(field / saturating_t) - saturating_t / field
    volume_m3 = 4 / 3 * np.pi * (radius_nm * 1e-9) ** 3
    return 1e12 * volume_m3 * magnetisation_a_per_m * aligned * (above - below) / (2 * step_mm * 1e-3)


HEIGHTS_MM = np.linspace(0.4, 10, 97)
M270 = (1400.0, 13e3, 15e-3)
MYONE = (525.0, 43.3e3, 12e-3)


@pytest.mark.parametrize(
    ("law", "bead", "error"), [(M270_PAIR, M270, 0.035), (MYONE_PAIR, MYONE, 0.025)], ids=["M270", "MyOne"]
)
def test_the_preset_follows_the_field_of_the_magnets(law, bead, error):
    np.testing.assert_allclose(law.force_pn(HEIGHTS_MM), pull_pn(HEIGHTS_MM, *bead), rtol=error)


def test_the_presets_end_far_below_the_weight_of_a_bead_where_they_are_extrapolated():
    far_mm = np.array([20.0])
    for law, bead, weight_pn in ((M270_PAIR, M270, 0.07), (MYONE_PAIR, MYONE, 0.005)):
        assert law.force_pn(far_mm) < pull_pn(far_mm, *bead) < 0.03 * weight_pn


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
