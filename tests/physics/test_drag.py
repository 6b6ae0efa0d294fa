import pytest
from hypothesis import given
from hypothesis import strategies as st

from beadline.physics import (
    drag_pn_s_per_nm,
    parallel_wall_factor,
    perpendicular_wall_factor,
    rotation_wall_factor,
    rotational_drag_pn_nm_s,
    thermal_energy_pn_nm,
    water_viscosity_pn_s_per_nm2,
)


def test_the_thermal_energy_at_room_temperature_is_4_1164():
    assert thermal_energy_pn_nm() == pytest.approx(4.1164, abs=1e-4)


@pytest.mark.parametrize(("celsius", "mpa_s"), [(20, 1.002), (25, 0.890), (37, 0.692)])
def test_the_viscosity_of_water_is_the_tabulated_one(celsius, mpa_s):
    assert water_viscosity_pn_s_per_nm2(273.15 + celsius) == pytest.approx(mpa_s * 1e-9, rel=5e-3)


# radius [nm], extension [nm], factor to two digits
@pytest.mark.parametrize(
    ("radius_nm", "extension_nm", "factor"),
    [(525, 291, 1.58), (525, 2597, 1.10), (1400, 955, 1.50), (1400, 2329, 1.26), (1400, 6816, 1.11)],
)
def test_the_drag_along_the_wall_is_the_tabulated_one(radius_nm, extension_nm, factor):
    assert parallel_wall_factor(radius_nm, radius_nm + extension_nm) == pytest.approx(factor, abs=0.006)


@pytest.mark.parametrize("factor", [parallel_wall_factor, perpendicular_wall_factor, rotation_wall_factor])
def test_far_from_the_wall_there_is_no_wall(factor):
    assert factor(1.0, 1e6) == pytest.approx(1, abs=1e-5)


def test_the_wall_doubles_the_drag_towards_it_where_brenner_says_so():
    # exact sum: 2.1255 at a height of 2 radii
    assert perpendicular_wall_factor(1.0, 2.0) == pytest.approx(2.1255, rel=5e-3)


@given(height=st.floats(1.001, 100), more=st.floats(1.01, 2))
def test_the_drag_falls_with_the_height_and_is_greater_towards_the_wall(height, more):
    assert perpendicular_wall_factor(1.0, height) > perpendicular_wall_factor(1.0, height * more) > 1
    assert perpendicular_wall_factor(1.0, height) > parallel_wall_factor(1.0, height)


def test_at_contact_the_drag_towards_the_wall_is_infinite():
    assert perpendicular_wall_factor(1400.0, 1400.0) == float("inf")


def test_the_bulk_drag_is_that_of_stokes():
    assert drag_pn_s_per_nm(1400.0, 0.89e-9) == pytest.approx(2.349e-5, rel=1e-3)


def test_the_drag_of_turning_is_that_of_stokes():
    # M270 in water at 25 °C
    assert rotational_drag_pn_nm_s(1400.0, 0.89e-9) == pytest.approx(61.4, rel=1e-3)


def test_a_wall_hinders_rolling_by_the_cube_of_radius_over_height():
    assert rotation_wall_factor(1.0, 2.0) == 1 + 5 / 16 / 8


@pytest.mark.parametrize("factor", [parallel_wall_factor, perpendicular_wall_factor, rotation_wall_factor])
def test_a_bead_inside_the_wall_is_refused(factor):
    with pytest.raises(ValueError, match="cannot be 1000 nm above the wall: it is at least its radius away, 1400 nm"):
        factor(1400.0, 1000.0)


def test_ice_is_refused():
    with pytest.raises(ValueError, match=r"viscosity of water at 200 K is not known: it is from 273 to 373\.15 K"):
        water_viscosity_pn_s_per_nm2(200.0)


def test_no_temperature_is_refused():
    with pytest.raises(ValueError, match="no thermal energy at 0 K: a temperature must be above 0 K"):
        thermal_energy_pn_nm(0.0)
