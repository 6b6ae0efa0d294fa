import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beadline.physics import M270_PAIR, ForceTable

# computed from the field of two magnets 1 mm apart, on an M270 bead
HEIGHTS_MM = (0.5, 1, 1.5, 2, 3, 4, 5, 6, 7, 8, 10)
FORCES_PN = (59.1, 43.8, 29.2, 19.7, 9.6, 4.86, 2.47, 1.23, 0.60, 0.29, 0.075)
TABLE = ForceTable(HEIGHTS_MM, FORCES_PN)


def test_the_table_has_its_own_forces():
    assert TABLE.force_pn(HEIGHTS_MM) == pytest.approx(FORCES_PN)
    assert (TABLE.low_mm, TABLE.high_mm, TABLE.low_pn, TABLE.high_pn) == (0.5, 10, 0.075, 59.1)


def test_between_two_points_the_force_is_their_geometric_mean():
    assert TABLE.force_pn(2.5) == pytest.approx(np.sqrt(19.7 * 9.6))


@given(height_mm=st.floats(0.5, 10))
def test_height_and_force_are_each_others_inverse(height_mm):
    assert TABLE.height_mm(TABLE.force_pn(height_mm)) == pytest.approx(height_mm, abs=1e-9)


def test_a_table_of_a_law_is_the_law():
    heights_mm = np.linspace(0.5, 10, 400)
    table = ForceTable(heights_mm.tolist(), M270_PAIR.force_pn(heights_mm).tolist())
    # a straight line between points 0.024 mm apart; the logarithm of the force bends by less than 2 per mm²
    np.testing.assert_allclose(table.force_pn(heights_mm[:-1] + 0.01), M270_PAIR.force_pn(heights_mm[:-1] + 0.01), 2e-4)


def test_a_table_is_the_same_after_json():
    assert ForceTable(**json.loads(TABLE.as_json())) == TABLE


@pytest.mark.parametrize(
    ("heights_mm", "forces_pn", "sentence"),
    [
        ([1], [1], "as many forces as heights, and two at least, got 1 and 1"),
        ([1, 2], [1, 0.5, 0.2], "got 3 and 2"),
        ([2, 1], [1, 0.5], r"The heights of a table of forces rise from at least 0 mm, got \[2.0, 1.0\] mm"),
        ([1, 2], [1, 0], r"The forces of a table are above 0 pN, got \[1.0, 0.0\] pN"),
        ([0.3, 0.5, 1], [52.4, 59.1, 43.8], "does not fall from 0.3 to 0.5 mm, 52.4 to 59.1 pN: leave out the points"),
    ],
)
def test_tables_that_tell_no_height_are_refused(heights_mm, forces_pn, sentence):
    with pytest.raises(ValueError, match=sentence):
        ForceTable(heights_mm, forces_pn)


def test_what_the_table_does_not_reach_is_refused():
    with pytest.raises(ValueError, match=r"does not reach to 0\.4 mm: it is from 0\.5 to 10 mm"):
        TABLE.force_pn([1.0, 0.4])
    with pytest.raises(ValueError, match=r"does not reach to 60 pN: it is from 0\.075 to 59\.1 pN"):
        TABLE.height_mm(60)
