import numpy as np
import pytest

from beadline.physics import wlc_extension_nm
from beadline.session.experiment_bench.findings import at_least, at_most, mean_and_error, median_and_error, told, within
from beadline.session.experiment_bench.marko_siggia import fit_marko_siggia


def test_a_finding_is_met_up_to_its_limit_and_no_further():
    assert within("x", 3.0, -3, 3, n=1).met
    assert not within("x", -3.01, -3, 3, n=1).met
    assert at_most("x", 1.0, 1, n=1).met
    assert not at_most("x", float("nan"), 1, n=1).met
    assert not at_least("x", 0.89, 0.9, n=1).met
    assert told("x", 9.0, n=1).met is None


def test_errors_of_mean_and_median_are_those_of_their_scatter():
    rng = np.random.default_rng(1)
    samples = rng.normal(size=(2000, 41))
    for estimate in (mean_and_error, median_and_error):
        values, errors = np.array([estimate(each) for each in samples]).T
        assert errors.mean() == pytest.approx(values.std(), rel=0.06)


def test_the_chain_of_marko_and_siggia_takes_the_right_one_for_a_stiffer_one():
    force = np.array([0.1, 0.2, 0.4, 1.0, 3.0, 8.0])
    extension = wlc_extension_nm(force, 2720.0, 50.0, stretch_pn=1000.0)
    found = fit_marko_siggia(extension, force, np.full(6, 5.0), 1000.0, 298.15)
    # at 50 nm it is 7 % too short at 0.1 pN; a longer persistence length takes up most of that
    assert 56 < found.persistence_nm < 62
    assert found.chi_squared > 5
    assert found.contour_nm == pytest.approx(2720.0, rel=0.01)
