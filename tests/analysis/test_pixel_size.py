"""The size of a pixel, from made-up ways of a stage: what was put in comes out, with the error it has."""

import numpy as np
import pytest

from beadline.analysis import fit_pixel_size

SIZE_NM, ANGLE_DEG, BACKLASH_NM = 112.0, 37.0, 240.0
UP = np.linspace(48.0, 52.0, 5)
STAGE_UM, WAY = np.concatenate([UP, UP[::-1]]), np.repeat([1.0, -1.0], 5)
TIME_S = np.arange(10) * 1.5


def positions(seed=1, beads=3, noise_px=0.01, longer=(), drift_nm_per_s=(2.0, -1.0), angle_deg=ANGLE_DEG):
    """Return x and y of beads on a stage that comes short by its backlash on the way back."""
    random = np.random.default_rng(seed)
    real_um = STAGE_UM + np.where(WAY < 0, BACKLASH_NM / 1000, 0.0)
    drift = (drift_nm_per_s[0] + 1j * drift_nm_per_s[1]) / 1000 * TIME_S
    along = (real_um + drift)[:, None] * np.exp(1j * np.radians(angle_deg)) * 1000 / SIZE_NM
    factors = np.append(1 + np.asarray(longer), np.ones(beads - len(longer)))
    places = random.uniform(100, 400, (2, beads))
    noise = random.normal(0, noise_px, (2, len(STAGE_UM), beads))
    where = along * factors
    return where.real + places[0] + noise[0], where.imag + places[1] + noise[1]


@pytest.mark.parametrize("angle_deg", [0.0, 37.0, -120.0, 178.0])
def test_what_was_put_in_comes_out(angle_deg):
    x_px, y_px = positions(angle_deg=angle_deg)
    found = fit_pixel_size(STAGE_UM, WAY, TIME_S, x_px, y_px)
    assert found.size_nm == pytest.approx(SIZE_NM, abs=4 * found.error_nm)
    assert found.angle_deg == pytest.approx(angle_deg, abs=4 * found.angle_error_deg)
    assert found.backlash_nm == pytest.approx(BACKLASH_NM, abs=4 * found.backlash_error_nm)
    np.testing.assert_allclose(found.drift_nm_per_s, [2.0, -1.0], atol=0.5)
    assert found.error_nm < 0.1
    assert found.warnings == ()


def test_the_errors_are_those_of_chance():
    pulls = []
    for seed in range(200):
        found = fit_pixel_size(STAGE_UM, WAY, TIME_S, *positions(seed))
        pulls.append(
            [
                (found.size_nm - SIZE_NM) / found.error_nm,
                (found.angle_deg - ANGLE_DEG) / found.angle_error_deg,
                (found.backlash_nm - BACKLASH_NM) / found.backlash_error_nm,
            ]
        )
    spread = np.std(pulls, axis=0)
    # the difference of the beads is counted besides the scatter, of which it is a part here
    assert 0.6 < spread[0] < 1.1
    assert np.all((spread[1:] > 0.85) & (spread[1:] < 1.2))
    assert np.all(np.abs(np.mean(pulls, axis=0)) < 0.25)


def test_a_bead_that_does_not_go_as_far_is_named():
    found = fit_pixel_size(STAGE_UM, WAY, TIME_S, *positions(beads=4, longer=[-0.05]), [7, 8, 9, 11])
    assert any(warning.startswith("bead 7 goes -3.") for warning in found.warnings)
    assert found.bead_sizes_nm[0] > found.bead_sizes_nm[1] * 1.03
    assert found.error_nm > 1.0


def test_one_bead_is_said_to_be_one():
    found = fit_pixel_size(STAGE_UM, WAY, TIME_S, *positions(beads=1))
    assert found.warnings == ("one bead: whether it is stuck cannot be told; use more",)
    assert found.size_nm == pytest.approx(SIZE_NM, abs=4 * found.error_nm)


def test_an_uneven_stage_is_noticed():
    x_px, y_px = positions()
    x_px[::3] += 1.5
    assert any("off a straight line" in each for each in fit_pixel_size(STAGE_UM, WAY, TIME_S, x_px, y_px).warnings)


def test_what_cannot_be_fitted_is_refused():
    x_px, y_px = positions()
    with pytest.raises(ValueError, match="2 stage positions reached from one side"):
        fit_pixel_size(STAGE_UM[[0, 1, -2, -1]], WAY[[0, 1, -2, -1]], TIME_S[:4], x_px[:4], y_px[:4])
    with pytest.raises(ValueError, match="not finite"):
        fit_pixel_size(STAGE_UM, WAY, TIME_S, np.where(x_px == x_px[0, 0], np.nan, x_px), y_px)
    with pytest.raises(ValueError, match="do not go with the axis: over 4 µm they moved"):
        fit_pixel_size(STAGE_UM, WAY, TIME_S, *np.random.default_rng(2).normal(0, 0.1, (2, 10, 3)))
    with pytest.raises(ValueError, match=r"beads of shape \(10,\)"):
        fit_pixel_size(STAGE_UM, WAY, TIME_S, x_px[:, 0], y_px[:, 0])
