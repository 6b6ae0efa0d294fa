"""The control of a lock, on an axis that does what it is told, and what several references say together."""

import numpy as np
import pytest

from beadline.devices import Gains, LockOptions, PIControl, References


def held(gains, interval_s, position_nm, drift_nm_per_s, corrections, noise_nm=0.0):
    """Return the error before and after each correction, shape (corrections, 2)."""
    control, errors, random = PIControl(gains), [], np.random.default_rng(1)
    for turn in range(corrections):
        before = position_nm
        position_nm -= control.correct(before + noise_nm * random.normal(), turn * interval_s).nm
        errors.append((before, position_nm))
        position_nm += drift_nm_per_s * interval_s
    return np.array(errors)


@pytest.mark.parametrize("interval_s", [0.1, 0.3, 1.0])
def test_a_steady_drift_leaves_an_error_whose_middle_is_zero(interval_s):
    errors = held(Gains(), interval_s, 0.0, 20.0, 200)[100:]
    assert errors.mean() == pytest.approx(0.0, abs=0.01)
    assert errors[:, 0] == pytest.approx(10.0 * interval_s, abs=0.01)


def test_without_an_integral_a_drift_leaves_an_error():
    errors = held(Gains(integral=0.0), 1.0, 0.0, 20.0, 100)
    assert errors[-1, 0] == pytest.approx(20.0 / 0.5)


@pytest.mark.parametrize("step_nm", [30.0, 100.0, 500.0, 2000.0])
def test_a_step_is_overshot_by_less_than_a_fifth(step_nm):
    errors = held(Gains(), 0.1, step_nm, 0.0, 100)
    assert errors.min() > -0.2 * step_nm
    assert abs(errors[-1, 1]) < 0.01 * step_nm


def test_noise_is_not_made_larger():
    errors = held(Gains(), 0.1, 0.0, 0.0, 5000, noise_nm=1.0)
    assert errors.std() < 1.0


def test_no_correction_is_larger_than_the_limit_and_it_says_so():
    correction = PIControl(Gains(step_limit_nm=100.0)).correct(-1000.0, 0.0)
    assert (correction.nm, correction.limited) == (-100.0, True)


def test_the_slow_pace_takes_half_of_the_error_and_at_most_500_nm():
    control = PIControl(LockOptions.of("slow").gains)
    assert [control.correct(error_nm, 10.0 * turn).nm for turn, error_nm in enumerate((40, 40, 1000, 1500))] == [
        20.0,
        20.0,
        500.0,
        500.0,
    ]


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Gains(proportional=0.0), "proportional cannot be 0: it is above 0 and at most 1"),
        (lambda: Gains(integral=0.6), "integral cannot be 0.6: it is from 0 to 0.5"),
        (lambda: Gains(step_limit_nm=float("inf")), "step_limit_nm cannot be inf nm: it is finite"),
        (lambda: LockOptions(window=0), "window cannot be 0 frames: it is from 1 to 1000"),
        (lambda: LockOptions(interval_s=-1.0), "interval_s cannot be -1: it is finite and at least 0"),
        (lambda: LockOptions.of("brisk"), "pace cannot be 'brisk': it is 'fast' or 'slow'"),
        (lambda: LockOptions(on_pause="go"), "on_pause cannot be 'go': it is 'hold' or 'keep'"),
        (lambda: PIControl(Gains()).correct(float("nan"), 0.0), "Cannot correct an error of nan nm"),
    ],
)
def test_what_cannot_be_is_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()


def test_time_that_goes_back_is_refused():
    control = PIControl(Gains())
    control.correct(1.0, 5.0)
    with pytest.raises(ValueError, match=r"Cannot correct at 4 s: the last time was 5 s"):
        control.correct(1.0, 4.0)


@pytest.fixture
def references():
    made = References(3, disagree_nm=100.0)
    assert made.judge(np.array([100.0, 200.0, np.nan])).latched
    return made


def test_references_are_averaged_each_against_its_own_set_point(references):
    verdict = references.judge(np.array([110.0, 230.0, np.nan]))
    assert (verdict.error_nm, verdict.used.tolist()) == (20.0, [True, True, False])


def test_one_that_is_lost_is_stood_in_for_by_the_others(references):
    verdict = references.judge(np.array([np.nan, 230.0, np.nan]))
    assert (verdict.error_nm, verdict.used.tolist()) == (30.0, [False, True, False])


def test_one_that_comes_later_gets_a_set_point_that_agrees(references):
    references.judge(np.array([110.0, 210.0, 500.0]))
    verdict = references.judge(np.array([np.nan, np.nan, 495.0]))
    assert verdict.error_nm == pytest.approx(5.0)


def test_of_three_the_one_that_goes_elsewhere_is_left_out(references):
    references.judge(np.array([100.0, 200.0, 300.0]))
    verdict = references.judge(np.array([100.0, 204.0, 900.0]))
    assert (verdict.error_nm, verdict.used.tolist()) == (2.0, [True, True, False])


def test_two_that_disagree_say_nothing(references):
    verdict = references.judge(np.array([100.0, 900.0, np.nan]))
    assert not verdict.used.any()
    assert verdict.reason == "the reference beads disagree by more than 100 nm"


def test_none_that_is_seen_says_nothing(references):
    assert references.judge(np.full(3, np.nan)).reason == "all reference beads are lost"
