import numpy as np
import pytest

from beadline.session.tracking_bench.figures import set_figures
from beadline.session.tracking_bench.measuring import Measured
from beadline.session.tracking_bench.precision import asymmetric_figures

BOUNDS = np.array([0.3, 0.3, 1.0])


def measured(rng, places, repeats, noise, bias, told=1.0):
    """Errors of a tracker with so much noise and so much bias from place to place, in units of the bound."""
    errors = (rng.normal(0, noise, (places, repeats, 3)) + bias) * BOUNDS
    shape = (places, repeats)
    return Measured(
        np.zeros((places, 3)), errors, np.broadcast_to(told * BOUNDS, errors.shape), np.zeros(shape, bool),
        np.broadcast_to(BOUNDS, (places, 3)),
    )  # fmt: skip


def test_noise_and_bias_are_told_apart(rng):
    found = set_figures(measured(rng, 4000, 4, 1.2, rng.normal(0, 0.5, (4000, 1, 3)), told=1.1), rng)
    for axis in "xyz":
        assert found["rmse_over_crlb"][axis] == pytest.approx(1.3, abs=0.03)
        assert found["bias_over_crlb"][axis] == pytest.approx(0.5, abs=0.06)
        assert found["sigma_ratio_of"][axis] == pytest.approx(1.1 / 1.3, abs=0.02)
        low, high = found["rmse_over_crlb_95"][axis]
        assert low < found["rmse_over_crlb"][axis] < high < low + 0.08
        low, high = found["sigma_ratio_of_95"][axis]
        assert low < found["sigma_ratio_of"][axis] < high < low + 0.06
    assert found["sigma_ratio"] in found["sigma_ratio_of"].values()


def test_noise_alone_has_no_bias(rng):
    found = set_figures(measured(rng, 4000, 4, 1.0, 0.0), rng)
    for axis in "xyz":
        assert abs(found["bias_over_crlb"][axis]) < 0.15
        low, high = found["bias_over_crlb_95"][axis]
        assert low < 0 < high


def test_what_was_not_measured_is_counted_and_left_out(rng):
    made = measured(rng, 100, 4, 1.0, 0.0)
    made.errors[0, :, 2] = np.nan
    made.errors[1, 0] = 1e6
    made.flagged[1, 0] = True
    found = set_figures(made, rng)
    assert (found["images"], found["failures"], found["nan"], found["flagged"]) == (400, 5, 4, 1)
    assert found["rmse_over_crlb"]["x"] < 1.3


def test_a_tracker_that_measures_nothing_has_no_figures(rng):
    made = measured(rng, 10, 4, 1.0, 0.0)
    made.errors[:] = np.nan
    found = set_figures(made, rng)
    assert np.isnan(found["rmse_over_crlb"]["x"])
    assert found["sigma_ratio"] is None
    assert found["failures"] == 40


def test_the_middle_of_an_asymmetric_bead_is_free_and_its_error_over_pixels_is_found(rng):
    offsets = np.repeat(rng.normal(0, 20.0, (5, 1, 3)) * [1, 1, 0], 200, axis=0)
    made = measured(rng, 1000, 10, 1.0, offsets + rng.normal(0, 0.4, (1000, 1, 3)))
    found = asymmetric_figures(made, 5, rng)
    for axis, bound in zip("xyz", BOUNDS, strict=True):
        assert found["systematic_nm"][axis] == pytest.approx(0.4 * bound, rel=0.12)
        assert found["rmse_over_crlb"][axis] == pytest.approx(np.hypot(1, 0.4), abs=0.05)


def test_noise_alone_is_no_error_over_pixels(rng):
    found = asymmetric_figures(measured(rng, 1000, 10, 1.0, 0.0), 5, rng)
    assert abs(found["systematic_nm"]["z"]) < 0.1
