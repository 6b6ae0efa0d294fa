import json

import numpy as np
import pytest

from beadline.analysis import calibrate_magnets, calibration_content, calibration_from
from beadline.physics import M270_PAIR

HEIGHTS = np.geomspace(0.5, 8.0, 14)


def measured(rng, factors, error=0.04):
    bead = np.repeat(np.arange(len(factors)), len(HEIGHTS))
    height = np.tile(HEIGHTS, len(factors))
    force = M270_PAIR.force_pn(height) * np.asarray(factors)[bead]
    return height, force * np.exp(error * rng.standard_normal(len(height))), error, bead


def test_the_law_and_the_factors_of_the_beads_are_found():
    rng = np.random.default_rng(1)
    factors = np.exp(0.1 * rng.standard_normal(12))
    factors /= np.exp(np.log(factors).mean())
    found = calibrate_magnets(*measured(rng, factors))
    within = np.linspace(0.5, 8.0, 40)
    off = (found.law.force_pn(within) - M270_PAIR.force_pn(within)) / found.force_error_pn(within)
    # four standard errors, which are 1 to 2 % of the force
    assert np.abs(off).max() < 4
    assert (found.force_error_pn(within) < 0.04 * M270_PAIR.force_pn(within)).all()
    assert (np.abs(found.bead_factors - factors) < 4 * found.bead_factor_errors).all()
    assert found.scatter == pytest.approx(np.log(factors).std(ddof=1), abs=0.01)
    assert (found.law.low_mm, found.law.high_mm) == (0.5, 8.0)
    assert found.law.amplitude_2_pn > 0
    assert not found.warnings


def test_the_error_of_the_force_is_that_of_many_calibrations():
    rng = np.random.default_rng(2)
    found = [calibrate_magnets(*measured(rng, [1.0, 1.0, 1.0])) for _ in range(30)]
    at = np.array([0.7, 2.0, 5.0])
    claimed = np.mean([each.force_error_pn(at) for each in found], axis=0)
    # a standard deviation of 30 is known to 13 %: four times
    np.testing.assert_allclose(claimed, np.std([each.law.force_pn(at) for each in found], axis=0), rtol=0.52)


def test_one_exponential_is_one():
    rng = np.random.default_rng(3)
    force = 60 * np.exp(-HEIGHTS / 1.4) * np.exp(0.03 * rng.standard_normal(len(HEIGHTS)))
    found = calibrate_magnets(HEIGHTS, force, 0.03)
    assert found.law.amplitude_2_pn == 0
    assert found.law.decay_1_mm == pytest.approx(1.4, rel=0.02)
    assert any("1 bead(s)" in warning for warning in found.warnings)
    with pytest.raises(ValueError, match="The force is not known at 9 mm"):
        found.force_error_pn(9.0)


def test_the_weight_of_the_beads_is_taken_off_the_law():
    rng = np.random.default_rng(5)
    height, force, error, bead = measured(rng, [0.9, 1.0, 1.0 / 0.9])
    net = force - 0.07
    found = calibrate_magnets(height, net, error * force / net, bead, weight_pn=0.07)
    within = np.linspace(0.5, 8.0, 40)
    off = (found.law.force_pn(within) - M270_PAIR.force_pn(within) + 0.07) / found.force_error_pn(within)
    assert np.abs(off).max() < 4
    assert (np.abs(found.bead_factors - [0.9, 1.0, 1.0 / 0.9]) < 4 * found.bead_factor_errors).all()
    assert found.typical_pn(0.9 * 2 - 0.07, 0) == pytest.approx(1.93, rel=0.03)
    with pytest.raises(ValueError, match="weigh -1 pN"):
        calibrate_magnets(height, net, error, bead, weight_pn=-1)


def test_forces_that_contradict_the_law_are_named():
    height, force, error, bead = measured(np.random.default_rng(4), [1.0, 1.0, 1.0])
    force[3] *= 2
    assert any("as far from the law" in warning for warning in calibrate_magnets(height, force, error, bead).warnings)


def test_what_is_no_calibration_is_refused():
    with pytest.raises(ValueError, match="at 4 heights"):
        calibrate_magnets([1, 2, 3, 4], [4, 3, 2, 1], 0.1)
    with pytest.raises(ValueError, match="above 0"):
        calibrate_magnets([1, 2, 3, 4, 5], [4, 3, 2, 1, 0], 0.1)
    with pytest.raises(ValueError, match=r"not \[0, 2\]"):
        calibrate_magnets([1, 2, 3, 4, 5], [5, 4, 3, 2, 1], 0.1, [0, 0, 2, 2, 2])


@pytest.mark.parametrize("beads", [1, 4])
def test_law_a_calibration_comes_back_from_plain_data_to_the_last_bit(beads):
    heights = np.tile(np.linspace(0.5, 8, 8), beads)
    forces = M270_PAIR.force_pn(heights) * np.random.default_rng(beads).normal(1, 0.03, heights.shape)
    found = calibrate_magnets(heights, forces, 0.03, np.repeat(np.arange(beads), 8))
    content = json.loads(json.dumps(calibration_content(found), allow_nan=False))
    again = calibration_from(content)
    assert again.law == found.law
    np.testing.assert_array_equal(again.covariance, found.covariance)
    np.testing.assert_array_equal(again.bead_factors, found.bead_factors)
    np.testing.assert_array_equal(again.force_error_pn([1.0, 5.0]), found.force_error_pn([1.0, 5.0]))
    assert (again.warnings, repr(again.scatter)) == (found.warnings, repr(found.scatter))
    assert content["measured_pn"] == [found.law.low_pn, found.law.high_pn]
    np.testing.assert_array_equal(content["table"]["force_pn"], found.law.force_pn(content["table"]["height_mm"]))


def test_plain_data_of_something_else_is_no_calibration():
    with pytest.raises(ValueError, match="This is no calibration of magnets: KeyError 'law'"):
        calibration_from({"persistence_nm": 50})
