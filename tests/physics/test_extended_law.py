import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beadline.physics import M270_PAIR, ExtendedLaw, ForceLaw, ForceTable, law_from_json

MEASURED = ForceLaw(0.0, 90.0, 1.5, 0.0, 1.5, low_mm=2.5, high_mm=7.2)
TABLE = ForceTable([2.0, 4.0, 6.0], [18.0, 4.5, 1.1])
LAWS = [ExtendedLaw(MEASURED, M270_PAIR), ExtendedLaw(TABLE, M270_PAIR), ExtendedLaw(MEASURED, TABLE)]
HEIGHTS = st.floats(0.4, 20.0)


@pytest.mark.parametrize("law", LAWS[:2], ids=["law", "table"])
@given(one=HEIGHTS, other=HEIGHTS)
def test_law_the_force_falls_all_the_way_and_tells_the_height(law, one, other):
    low, high = sorted((one, other))
    forces = law.force_pn([low, high])
    assert forces[0] > forces[1] or high - low < 1e-9
    assert law.height_mm(forces) == pytest.approx([low, high], abs=1e-6)


@pytest.mark.parametrize("law", LAWS[:2], ids=["law", "table"])
def test_it_is_the_measured_law_where_that_holds_and_goes_on_without_a_step(law):
    measured = law.measured
    inside = np.linspace(measured.low_mm, measured.high_mm, 50)
    np.testing.assert_array_equal(law.force_pn(inside), measured.force_pn(inside))
    for end, beside in ((measured.low_mm, -1e-9), (measured.high_mm, 1e-9)):
        assert law.force_pn(end + beside) == pytest.approx(measured.force_pn(end), rel=1e-6)
        further = end + np.sign(beside)
        ratio = law.force_pn(further) / measured.force_pn(end)
        assert ratio == pytest.approx(M270_PAIR.force_pn(further) / M270_PAIR.force_pn(end))


def test_beyond_both_laws_it_says_so():
    with pytest.raises(ValueError, match=r"7.5 mm is outside what was measured, .* there the other law says: .*7.5 mm"):
        LAWS[2].force_pn([3.0, 7.5])
    with pytest.raises(ValueError, match=r"500 pN is outside what was measured"):
        LAWS[0].height_mm(500.0)
    assert LAWS[2].force_pn(7.0) == MEASURED.force_pn(7.0)


@pytest.mark.parametrize("law", [*LAWS, MEASURED, TABLE], ids=range(5))
def test_law_it_comes_back_from_json(law):
    assert law_from_json(law.as_json()) == law


@pytest.mark.parametrize("text", ["[]", "{}", '{"measured": {}}', '"my magnets"', '{"colour": 1}'])
def test_what_is_no_law_is_refused(text):
    with pytest.raises(ValueError, match="no law of the force"):
        law_from_json(text)
