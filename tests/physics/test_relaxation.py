"""Relaxation times and what follows from them, against a table of corner frequencies worked out elsewhere."""

import numpy as np
import pytest

from beadline.physics import corner_hz, duration_for_error_s, relative_force_error, relaxation_s

MYONE, M270 = 525.0, 1400.0
# radius [nm], base pairs, force [pN]: corner frequency [Hz], duration for 5 % [s]; the table has two digits
TABLE = {
    (MYONE, 8000, 0.1): (1.07, 120),
    (MYONE, 8000, 1.0): (7.0, 18),
    (MYONE, 8000, 10.0): (63, 2),
    (M270, 3000, 5.0): (24, 5.4),
    (M270, 8000, 0.1): (0.34, 374),
    (M270, 21000, 1.0): (1.0, 128),
}


@pytest.mark.parametrize(("bead", "expected"), TABLE.items(), ids=str)
def test_corner_and_duration_are_those_of_the_table(bead, expected):
    radius, pairs, force = bead
    relaxation = relaxation_s(force, 0.34 * pairs, radius)
    assert corner_hz(relaxation) == pytest.approx(expected[0], rel=0.03)
    assert duration_for_error_s(relaxation, 0.05) == pytest.approx(expected[1], rel=0.07)
    assert relative_force_error(relaxation, duration_for_error_s(relaxation, 0.05)) == pytest.approx(0.05)


def test_the_error_is_that_of_the_variance_of_a_random_motion():
    rng, steps, lag = np.random.default_rng(1), 4000, 0.1
    keep = np.exp(-lag)
    x, xs = rng.standard_normal(2000), []
    for _ in range(steps):
        x = keep * x + np.sqrt(1 - keep**2) * rng.standard_normal(2000)
        xs.append(x)
    # the time unit is the relaxation time; 2000 motions: the spread is known to 1.6 %
    assert np.var(xs, axis=0).std() == pytest.approx(float(relative_force_error(1.0, steps * lag)), rel=0.06)


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="force_pn = 0"):
        relaxation_s(0.0, 2720.0, M270)
    with pytest.raises(ValueError, match="relative_error = 0"):
        duration_for_error_s(1.0, 0.0)
