import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beadline.physics import (
    wlc_extension_nm,
    wlc_force_pn,
    wlc_free_energy_pn_nm,
    wlc_stiffness_pn_per_nm,
)

# relative extension of the seven-term chain, P = 50 nm, 25 °C, to four digits
TABLE = {
    0.01: 0.0802,
    0.02: 0.1575,
    0.05: 0.3482,
    0.1: 0.5308,
    0.2: 0.6746,
    0.3: 0.7360,
    0.5: 0.7964,
    1.0: 0.8563,
    2.0: 0.8985,
    3.0: 0.9171,
    5.0: 0.9358,
    10.0: 0.9546,
    20.0: 0.9679,
    50.0: 0.9797,
}
forces = st.floats(1e-4, 100)
stretches = st.none() | st.floats(200, 3000)


@pytest.mark.parametrize(("force_pn", "relative"), TABLE.items())
def test_the_extension_is_the_tabulated_one(force_pn, relative):
    assert wlc_extension_nm(force_pn, 1000.0) / 1000 == pytest.approx(relative, rel=1e-3)


@given(force_pn=forces, contour_nm=st.floats(100, 20000), persistence_nm=st.floats(10, 100), stretch_pn=stretches)
def test_force_and_extension_are_each_others_inverse(force_pn, contour_nm, persistence_nm, stretch_pn):
    extension = wlc_extension_nm(force_pn, contour_nm, persistence_nm, stretch_pn=stretch_pn)
    assert wlc_force_pn(extension, contour_nm, persistence_nm, stretch_pn=stretch_pn) == pytest.approx(
        force_pn, rel=1e-6
    )


@given(force_pn=st.floats(1e-3, 50), stretch_pn=stretches)
def test_the_stiffness_is_the_slope_of_the_force(force_pn, stretch_pn):
    step = 1e-4 * force_pn
    ends = wlc_extension_nm([force_pn - step, force_pn + step], 2720.0, stretch_pn=stretch_pn)
    slope = 2 * step / np.diff(ends)[0]
    assert wlc_stiffness_pn_per_nm(force_pn, 2720.0, stretch_pn=stretch_pn) == pytest.approx(slope, rel=1e-4)


@given(force_pn=forces)
def test_a_chain_that_stretches_is_longer_by_force_over_modulus(force_pn):
    difference = wlc_extension_nm(force_pn, 1.0, stretch_pn=1000.0) - wlc_extension_nm(force_pn, 1.0)
    assert difference == pytest.approx(force_pn / 1000, abs=1e-9)


@pytest.mark.parametrize("stretch_pn", [None, 1000.0])
def test_the_extension_is_the_slope_of_the_free_energy(stretch_pn):
    forces = np.geomspace(1e-3, 60, 40)
    more, less = (wlc_free_energy_pn_nm(forces * end, 2720.0, stretch_pn=stretch_pn) for end in (1 + 1e-4, 1 - 1e-4))
    slope = (more - less) / (2e-4 * forces)
    np.testing.assert_allclose(-slope, wlc_extension_nm(forces, 2720.0, stretch_pn=stretch_pn), rtol=1e-5)
    assert wlc_free_energy_pn_nm(0.0, 2720.0) == pytest.approx(0, abs=1e-9)


def test_under_little_force_a_chain_is_a_spring_of_three_halves_kt_over_contour_and_persistence():
    assert wlc_extension_nm(1e-4, 2720.0) == pytest.approx(2 / 3 * 50.0 * 1e-4 / 4.1164 * 2720, rel=1e-3)


def test_under_much_force_a_chain_lacks_half_the_root_of_kt_over_force_and_persistence():
    # Odijk; the next term is of the order of kT / (force persistence), 0.2 %
    assert 1 - wlc_extension_nm(50.0, 1.0) == pytest.approx(0.5 * np.sqrt(4.1164 / (50.0 * 50.0)), rel=2e-3)


def test_pulling_the_other_way_turns_the_signs_round():
    assert wlc_extension_nm(-1.0, 1000.0) == -wlc_extension_nm(1.0, 1000.0)
    assert wlc_force_pn(-500.0, 1000.0) == -wlc_force_pn(500.0, 1000.0)


def test_no_force_is_no_extension():
    assert wlc_extension_nm(0.0, 1000.0) == pytest.approx(0, abs=1e-9)
    assert wlc_force_pn(0.0, 1000.0) == 0


def test_arrays_are_taken_at_once():
    forces_pn, contours_nm = np.array([[0.1], [1.0]]), np.array([1000.0, 2000.0, 3000.0])
    extensions = wlc_extension_nm(forces_pn, contours_nm)
    assert extensions.shape == (2, 3)
    assert extensions[1, 2] == wlc_extension_nm(1.0, 3000.0)


def test_a_chain_is_not_longer_than_its_contour():
    with pytest.raises(ValueError, match="A chain of 1000 nm cannot be 1000 nm long: its extension is finite"):
        wlc_force_pn(1000.0, 1000.0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"contour_nm": 0.0}, "cannot have contour_nm = 0 nm: it must be finite and above 0 nm"),
        ({"contour_nm": 1.0, "persistence_nm": -1.0}, "persistence_nm = -1 nm: it must be finite and above 0 nm"),
        ({"contour_nm": 1.0, "stretch_pn": 0.0}, "stretch_pn = 0 pN: it must be finite and above 0 pN"),
        ({"contour_nm": 1.0, "temperature_k": 0.0}, "no thermal energy at 0 K"),
    ],
)
def test_impossible_chains_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        wlc_extension_nm(1.0, **arguments)


def test_the_extension_at_no_known_force_is_refused():
    with pytest.raises(ValueError, match="not known at a force that is not finite"):
        wlc_extension_nm(np.nan, 1000.0)
