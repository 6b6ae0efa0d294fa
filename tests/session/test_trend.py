"""Whether samples grow: what a slope and its error allow to say."""

import numpy as np
import pytest

from beadline.session.soak_bench import trend

TIME_S = np.arange(30) * 60.0


def noise(seed=1):
    return np.random.default_rng(seed).normal(0.0, 0.1, len(TIME_S))


def test_the_slope_per_hour_and_its_error_are_those_of_a_straight_line():
    found = trend(TIME_S, 5.0 + 3.0 * TIME_S / 3600 + noise(), 1.0)
    hours = TIME_S / 3600
    expected, covariance = np.polyfit(hours, 5.0 + 3.0 * hours + noise(), 1, cov=True)
    assert found["per_h"] == pytest.approx(expected[0], abs=1e-3)
    assert found["error_per_h"] == pytest.approx(np.sqrt(covariance[0, 0]), rel=1e-2)
    assert found["verdict"] == "grows"


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        (7.0 + 0.0 * TIME_S, "flat"),
        (7.0 + noise(), "flat"),
        (7.0 - TIME_S / 3600, "flat"),
        (7.0 + 100 * noise(), "undecided"),
        (7.0 + TIME_S / 1000, "grows"),
    ],
)
def test_the_verdict_minds_the_error(values, verdict):
    assert trend(TIME_S, values, 1.0)["verdict"] == verdict


def test_counts_that_stay_the_same_are_flat_without_any_allowance_and_others_are_not():
    for count in (1, 11, 27, 38, 41):
        assert trend(TIME_S + 0.1 * noise() + 11.5, np.full(30, count), 0.0)["verdict"] == "flat"
    assert trend(TIME_S, np.arange(30.0) // 5, 0.0)["verdict"] == "grows"


def test_few_samples_say_nothing():
    assert trend(TIME_S[:3], [1.0, 2.0, 3.0], 1.0)["verdict"] == "undecided"
    assert trend([], [], 1.0)["per_h"] is None
