import itertools

import numpy as np
import pytest

from beadline.analysis import dwell_rate, find_steps, fit_two_states
from beadline.analysis.steps import PENALTY
from beadline.physics import BellRate, Hairpin, Stepping
from tethered_beads import drag_of, extension_of, short_traces

FRAME_S = 0.02


def staircase(rng, size_nm=50.0, seconds=200.0, noise_nm=15.0):
    stepping = Stepping(BellRate(0.1), size_nm)
    frames = np.arange(0, seconds, FRAME_S)
    times = stepping.step_times_s(rng.exponential(size=60), [0.0, seconds], [1.0, 1.0])
    times = times[np.isfinite(times)]
    return times, stepping.position(times, frames) + noise_nm * rng.standard_normal(len(frames))


def test_the_steps_of_an_enzyme_are_found():
    rng = np.random.default_rng(1)
    true, trace = staircase(rng)
    found = find_steps(trace, FRAME_S, average_frames=5)
    # a point is 0.1 s and 6.7 nm: a step of 50 nm is seen in the first of them; steps within one are one
    apart = np.concatenate(([np.inf], np.diff(true)))
    seen = true[apart > 0.5]
    assert len(found.sizes_nm) == pytest.approx(len(true), abs=float(np.count_nonzero(apart <= 0.5)))
    assert all(np.abs(found.times_s - time).min() < 0.15 for time in seen)
    lone = found.size_errors_nm < 5
    assert np.abs(found.sizes_nm[lone] - 50.0).mean() < 6
    assert found.noise_nm == pytest.approx(15 / np.sqrt(5), rel=0.1)
    assert found.dwells_s.sum() == pytest.approx(200.0)
    assert not found.warnings


def test_noise_alone_has_no_steps():
    rng = np.random.default_rng(2)
    false = sum(len(find_steps(rng.standard_normal(2000), FRAME_S).times_s) for _ in range(10))
    # 20 000 points
    assert false <= 1


def test_the_slow_motion_of_a_bead_is_no_step_if_it_is_averaged():
    extension = extension_of(8000, 0.5)
    (trace,) = short_traces(0.5, extension, drag_of(525.0, extension), 6000, 1, frame_s=FRAME_S).T
    hasty = find_steps(trace, FRAME_S)
    assert any("neighbouring points" in warning for warning in hasty.warnings) or len(hasty.times_s) > 20
    assert len(find_steps(trace, FRAME_S, average_frames=20).times_s) == 0


def test_the_partition_is_the_best_of_all():
    rng = np.random.default_rng(3)
    points = np.concatenate((rng.normal(0, 1, 4), rng.normal(4, 1, 3), rng.normal(1, 1, 3)))

    def cost(places):
        parts = np.split(points, places)
        return sum(part.var() * len(part) for part in parts) + PENALTY * np.log(10) * len(places)

    every = (list(each) for number in range(10) for each in itertools.combinations(range(1, 10), number))
    assert find_steps(points, 1.0, noise_nm=1.0).times_s.tolist() == min(every, key=cost)


def test_rates_of_dwells_and_their_intervals():
    rng = np.random.default_rng(4)
    inside = 0
    for _ in range(200):
        dwells, end = rng.exponential(1 / 0.7, 30), rng.exponential(1 / 0.7, 30)
        seen, cut, dead = dwells[dwells <= end], end[dwells > end], 0.2
        found = dwell_rate(seen[seen > dead], cut[cut > dead], dead_s=dead)
        inside += found.interval_per_s[0] <= 0.7 <= found.interval_per_s[1]
    # 95 % of 200 are 190 ± 3: three times; the interval is a little wide
    assert inside >= 180
    assert dwell_rate(np.full(9, 2.0)).per_s == pytest.approx(0.5)


def test_dwells_of_another_kind_are_named():
    rng = np.random.default_rng(5)
    two = np.concatenate((rng.exponential(0.1, 200), rng.exponential(5.0, 200)))
    assert any("more than one rate" in warning for warning in dwell_rate(two).warnings)
    assert any("more than one step" in warning for warning in dwell_rate(rng.gamma(4, 1, 200)).warnings)
    assert not dwell_rate(rng.exponential(1.0, 200)).warnings
    assert any("5 dwells" in warning for warning in dwell_rate(np.ones(5)).warnings)
    with pytest.raises(ValueError, match="leave shorter ones out"):
        dwell_rate([0.1, 1.0], dead_s=0.5)
    with pytest.raises(ValueError, match="without a dwell"):
        dwell_rate([])


def hairpin(rng, points=3000, noise_nm=5.0, force_pn=14.3, point_s=0.02, pin=None):
    pin = pin or Hairpin()
    opening, closing = float(pin.opening.per_s(force_pn)), float(pin.closing.per_s(force_pn))
    time, opened, edges = 0.0, False, [0.0]
    while time < points * point_s:
        time += rng.exponential(1 / (closing if opened else opening))
        opened = not opened
        edges.append(time)
    frames = np.arange(points + 1) * point_s
    # a camera sees the mean of each point: the time it was open until then, in differences
    open_until = np.concatenate(([0.0], np.cumsum(np.diff(edges) * (np.arange(len(edges) - 1) % 2))))
    share = np.diff(np.interp(frames, edges, open_until)) / point_s
    return opening, closing, 100 + pin.opening_nm * share + noise_nm * rng.standard_normal(points), share > 0.5


def test_a_hairpin_tells_its_rates_and_its_opening():
    rng = np.random.default_rng(6)
    inside = np.zeros(3)
    for _ in range(6):
        opening, closing, trace, state = hairpin(rng)
        found = fit_two_states(trace, 0.02)
        inside += [
            found.opening_interval_per_s[0] <= opening <= found.opening_interval_per_s[1],
            found.closing_interval_per_s[0] <= closing <= found.closing_interval_per_s[1],
            found.step_interval_nm[0] <= 17.0 <= found.step_interval_nm[1],
        ]
        assert np.mean((found.high_probability > 0.5) == state) > 0.98
    # 95 % of 6: 3 or fewer have a chance of 0.2 %
    assert (inside >= 4).all()
    assert found.noises_nm == (pytest.approx(5.0, rel=0.1), pytest.approx(5.0, rel=0.1))
    assert not found.warnings


def test_points_in_which_a_hairpin_changes_do_not_shorten_its_step():
    rng = np.random.default_rng(9)
    pin = Hairpin(rate_per_s=2.0)
    steps, errors = [], []
    for _ in range(3):
        *_, trace, _ = hairpin(rng, noise_nm=2.0, pin=pin)
        found = fit_two_states(trace, 0.02)
        steps.append(found.step_nm)
        errors.append(np.diff(found.step_interval_nm)[0] / 2 / 1.96)
    # 4 % of the points hold a change: in one state or the other they would make it 2 % too short, 0.34 nm
    assert np.mean(steps) == pytest.approx(17.0, abs=3 * np.mean(errors) / np.sqrt(3))
    assert 3 * np.mean(errors) / np.sqrt(3) < 0.25


def test_what_makes_two_states_doubtful_is_said():
    rng = np.random.default_rng(7)
    *_, trace, _ = hairpin(rng, noise_nm=1.0)
    slow = np.convolve(rng.standard_normal(3000), np.ones(8) / np.sqrt(8), "same")
    assert any("neighbouring points" in each for each in fit_two_states(trace + 3 * slow, 0.02).warnings)
    *_, few, _ = hairpin(rng, points=100)
    assert any("transitions" in each for each in fit_two_states(few, 0.02).warnings)
    with pytest.raises(ValueError, match="at least 50 frames"):
        fit_two_states(few[:40], 0.02)


def test_one_state_is_not_taken_for_two():
    with pytest.raises(ValueError, match="does not show two states"):
        fit_two_states(5 * np.random.default_rng(8).standard_normal(2000), 0.02)
