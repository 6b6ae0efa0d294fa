import numpy as np
import pytest

from beadline.analysis import fit_hat_above_surface, fit_hat_curve
from beadline.physics import TwistedChain

TURNS = np.arange(-24, 25, 1.5)
CHAIN = TwistedChain(contour_nm=2720.0)


def measured(force_pn, rng, noise_nm=4.0, offset_turns=0.0):
    return CHAIN.extension_nm(force_pn, TURNS - offset_turns) + noise_nm * rng.standard_normal(len(TURNS))


@pytest.mark.parametrize("offset_turns", [0.0, 1.7])
def test_the_hat_of_twisted_dna_is_found(offset_turns):
    hat = fit_hat_curve(TURNS, measured(0.4, np.random.default_rng(1), offset_turns=offset_turns))
    slope = float(CHAIN.extension_nm(0.4, 15.0) - CHAIN.extension_nm(0.4, 16.0))
    assert hat.centre_turns == pytest.approx(offset_turns, abs=4 * hat.centre_error_turns)
    assert hat.slopes_nm_per_turn == pytest.approx([slope, slope], rel=0.03)
    buckling = float(CHAIN.buckling_turns(0.4))
    # a bend is found where two curves meet, and buckling is a corner in slope only: half a turn
    assert hat.buckling_turns - offset_turns == pytest.approx([-buckling, buckling], abs=0.7)
    assert hat.top_nm == pytest.approx(float(CHAIN.extension_nm(0.4, 0.0)), abs=8.0)
    assert abs(hat.asymmetry) < 0.03
    assert hat.residual_nm == pytest.approx(4.0, rel=0.5)
    assert not hat.warnings


def test_the_errors_are_those_of_many_hats():
    rng = np.random.default_rng(2)
    hats = [fit_hat_curve(TURNS, measured(0.4, rng)) for _ in range(16)]
    # a standard deviation of 16 is known to 18 %: three times
    for error, values in [
        ("centre_error_turns", [hat.centre_turns for hat in hats]),
        ("asymmetry_error", [hat.asymmetry for hat in hats]),
        ("slope_errors_nm_per_turn", [hat.slopes_nm_per_turn for hat in hats]),
    ]:
        claimed = np.mean([getattr(hat, error) for hat in hats], axis=0)
        np.testing.assert_allclose(claimed, np.std(values, axis=0), rtol=0.55)


def test_dna_that_melts_has_one_side_and_no_centre():
    hat = fit_hat_curve(TURNS, measured(1.2, np.random.default_rng(3)))
    assert hat.asymmetry > 0.8
    assert any("negative turns" in warning for warning in hat.warnings)


def test_points_on_one_side_only_are_named():
    few = TURNS < 10
    hat = fit_hat_curve(TURNS[few], measured(0.4, np.random.default_rng(4))[few])
    assert any("positive turns: turn further" in warning for warning in hat.warnings)


def test_what_is_no_hat_is_refused():
    with pytest.raises(ValueError, match="at least 9 points"):
        fit_hat_curve([1.0, 2.0], [1.0, 2.0])
    with pytest.raises(ValueError, match="all the same"):
        fit_hat_curve(TURNS, np.ones(len(TURNS)))


def test_what_a_flat_curve_does_not_tell_has_no_error_that_is_small_or_not_a_number():
    rng = np.random.default_rng(4)
    turns = np.append(np.linspace(-9, 9, 17), 0.0)
    hats = [fit_hat_curve(turns, rng.normal(815.0, 12.0, len(turns))) for _ in range(12)]
    for hat in hats:
        errors = [
            *hat.slope_errors_nm_per_turn,
            *hat.buckling_error_turns,
            hat.asymmetry_error,
            hat.centre_error_turns,
        ]
        assert not np.isnan(errors).any()


def test_points_on_the_surface_do_not_flatten_the_sides():
    turns = np.arange(-45, 46, 1.5)
    extension = np.maximum(
        CHAIN.extension_nm(0.4, turns) + 4.0 * np.random.default_rng(3).standard_normal(len(turns)), 60.0
    )
    slope = float(CHAIN.extension_nm(0.4, 15.0) - CHAIN.extension_nm(0.4, 16.0))
    hat = fit_hat_above_surface(turns, extension)
    assert hat.slopes_nm_per_turn == pytest.approx([slope, slope], rel=0.05)
    lying = int((extension < 200.0).sum())
    assert lying > 10
    assert hat.warnings == (f"at {lying} of {len(turns)} points the bead lies on the surface, below 200 nm: left out",)
    assert fit_hat_curve(turns, extension).slopes_nm_per_turn.max() < 0.9 * slope
    with pytest.raises(ValueError, match=r"of at least 9 points; at 61 of 61 points the bead lies on the surface"):
        fit_hat_above_surface(turns, np.full(len(turns), 90.0))
