import numpy as np
import pytest

from beadline.analysis import fit_worm_like_chain, rotation_circle
from beadline.physics import wlc_extension_nm

FORCES = np.geomspace(0.1, 20, 16)
P, LC, K = 47.0, 2720.0, 900.0


def curve(rng, error_nm=2.0, forces=FORCES, shortened_nm=0.0):
    true = wlc_extension_nm(forces, LC, P, stretch_pn=K)
    return true - shortened_nm + error_nm * rng.standard_normal(len(forces))


def test_persistence_contour_and_stretch_are_found_with_their_errors():
    rng = np.random.default_rng(1)
    fits = [fit_worm_like_chain(curve(rng), FORCES, 2.0) for _ in range(10)]
    for name, error, true in [
        ("persistence_nm", "persistence_error_nm", P),
        ("contour_nm", "contour_error_nm", LC),
        ("stretch_pn", "stretch_error_pn", K),
    ]:
        pulls = np.array([(getattr(fit, name) - true) / getattr(fit, error) for fit in fits])
        # mean within four times 1/sqrt(10); a standard deviation of 10 is known to 24 %: three times
        assert abs(pulls.mean()) < 1.26
        assert pulls.std() == pytest.approx(1.0, rel=0.7)
    assert not fits[0].warnings


def test_an_error_of_the_force_counts_by_what_it_would_change():
    rng = np.random.default_rng(2)
    pulls = []
    for _ in range(8):
        measured = FORCES * np.exp(0.05 * rng.standard_normal(len(FORCES)))
        fit = fit_worm_like_chain(curve(rng, 0.5), measured, 0.5, 0.05 * measured, stretch_pn=K)
        pulls.append((fit.persistence_nm - P) / fit.persistence_error_nm)
    assert np.std(pulls) == pytest.approx(1.0, rel=0.75)


def test_a_chain_that_does_not_stretch_can_be_asked_for():
    extension = wlc_extension_nm(FORCES[:10], LC, P)
    fit = fit_worm_like_chain(extension, FORCES[:10], 1.0, stretch_pn=np.inf)
    assert (fit.persistence_nm, fit.contour_nm, fit.stretch_pn) == (
        pytest.approx(P, rel=1e-5),
        pytest.approx(LC, rel=1e-6),
        np.inf,
    )


def test_without_correction_an_attachment_off_the_axis_shortens_the_contour():
    rng = np.random.default_rng(3)
    measured = curve(rng, 1.0, shortened_nm=120.0)
    fit = fit_worm_like_chain(measured, FORCES, 1.0, stretch_pn=K, shortening_nm=120.0)
    assert fit.contour_nm == pytest.approx(LC, abs=4 * fit.contour_error_nm)
    without = fit_worm_like_chain(measured, FORCES, 1.0, stretch_pn=K)
    assert fit.shortfall_nm == pytest.approx(fit.contour_nm - without.contour_nm)
    assert 90 < fit.shortfall_nm < 150
    # the rest of it looks like a softer chain, so the residuals do not tell
    assert without.persistence_nm < 0.95 * fit.persistence_nm


def test_forces_that_do_not_tell_are_named():
    rng = np.random.default_rng(4)
    low, high = FORCES[FORCES < 5], FORCES[FORCES > 1.5]
    assert any("stretch modulus" in each for each in fit_worm_like_chain(curve(rng, forces=low), low, 2.0).warnings)
    assert any("hard to tell" in each for each in fit_worm_like_chain(curve(rng, forces=high), high, 2.0).warnings)


@pytest.mark.parametrize("handedness", [1, -1])
def test_the_circle_tells_where_a_molecule_is_attached(handedness):
    rng, turns = np.random.default_rng(5), np.arange(0, 3, 0.05)
    angle = 2 * np.pi * handedness * turns + 0.7
    noise = 60 * rng.standard_normal((2, len(turns)))
    found = rotation_circle(
        100 + 400 * np.cos(angle) + noise[0], -50 + 400 * np.sin(angle) + noise[1], turns, bead_radius_nm=525.0
    )
    assert found.radius_nm == pytest.approx(400.0, abs=4 * found.radius_error_nm)
    # 60 nm in each direction, 60 points
    assert found.radius_error_nm == pytest.approx(60 / np.sqrt(60), rel=0.3)
    assert found.shortening_nm == pytest.approx(525 - np.sqrt(525**2 - 400**2), abs=4 * found.shortening_error_nm)
    assert (found.x_nm, found.y_nm) == (pytest.approx(100, abs=32), pytest.approx(-50, abs=32))


def test_no_circle_is_no_circle():
    rng, turns = np.random.default_rng(6), np.arange(0, 3, 0.05)
    x, y = 60 * rng.standard_normal((2, len(turns)))
    found = rotation_circle(x, y, turns, bead_radius_nm=525.0)
    assert found.shortening_nm < 2.0
    assert any("no wider than chance" in warning for warning in found.warnings)


def test_what_is_no_curve_is_refused():
    with pytest.raises(ValueError, match="at least 4 points"):
        fit_worm_like_chain([1.0, 2.0], [1.0, 2.0], 1.0)
    with pytest.raises(ValueError, match="needs an error above"):
        fit_worm_like_chain(np.arange(1.0, 6), np.arange(1.0, 6), 0.0)
    with pytest.raises(ValueError, match="not above 0"):
        fit_worm_like_chain(np.arange(5.0), np.arange(5.0), 1.0)
    with pytest.raises(ValueError, match="three quarters of a turn"):
        rotation_circle(np.zeros(9), np.zeros(9), np.linspace(0, 0.5, 9), 500.0)
    turns = np.arange(0, 2, 0.05)
    with pytest.raises(ValueError, match="attached 900 nm off the axis"):
        rotation_circle(900 * np.cos(2 * np.pi * turns), 900 * np.sin(2 * np.pi * turns), turns, 525.0)
