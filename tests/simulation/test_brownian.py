import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beadline.simulation.brownian import harmonic_motion

KT = 4.1164
# exposure in relaxation times, from nearly frozen to nearly forgotten
exposures = st.floats(1e-6, 50)


def frame(a: float, dead: float = 0.0):
    return harmonic_motion(0.0, 1e-3, 1e-5, KT, dead_s=dead * 0.01, exposure_s=a * 0.01)


def blur(a: float) -> float:
    """Share of the variance that is left after averaging over an exposure (Wong and Halvorsen 2006)."""
    return 2 / a - 2 / a**2 * -np.expm1(-a) if a > 1e-3 else 1 - a / 3


@given(a=exposures)
def test_the_variance_of_the_average_is_blurred_by_the_exposure(a):
    c, variance = frame(a), KT / 1e-3
    assert c[5] ** 2 * variance + c[6] ** 2 + c[7] ** 2 == pytest.approx(variance * blur(a), rel=1e-6)


@given(a=exposures, dead=st.floats(0, 100))
def test_the_motion_is_stationary(a, dead):
    c, variance = frame(a, dead), KT / 1e-3
    assert c[1] ** 2 * variance + c[2] ** 2 == pytest.approx(variance)
    assert c[3] ** 2 * variance + c[4] ** 2 == pytest.approx(variance)


@given(a=st.floats(1e-4, 20))
def test_two_short_exposures_are_one_long_one(a):
    """The average of the averages and the end point have the same joint distribution."""
    long, short = frame(2 * a), frame(a)
    variance = KT / 1e-3
    end, mean, on_end, on_mean, own = short[3], short[5], short[4], short[6], short[7]
    # first half: x1 = end x + on_end n, m1 = mean x + on_mean n + own n'; second half the same from x1
    end_variance = on_end**2 * (1 + end**2)
    halves_mean_of_x = (mean + mean * end) / 2
    halves_variance = ((on_mean + mean * on_end) ** 2 + own**2 + on_mean**2 + own**2) / 4
    halves_shared = ((on_mean + mean * on_end) * end * on_end + on_mean * on_end) / 2
    assert long[3] == pytest.approx(end**2)
    assert long[4] ** 2 == pytest.approx(end_variance)
    assert long[5] == pytest.approx(halves_mean_of_x, rel=1e-9)
    assert long[6] ** 2 + long[7] ** 2 == pytest.approx(halves_variance, rel=1e-6, abs=1e-12 * variance)
    assert long[4] * long[6] == pytest.approx(halves_shared, rel=1e-6)


def test_the_series_joins_the_closed_form():
    below, above = frame(0.0099999), frame(0.0100001)
    np.testing.assert_allclose(below, above, rtol=2e-5)


def test_no_dead_time_changes_nothing():
    c = frame(1.0)
    assert (c[1], c[2]) == (1.0, 0.0)
