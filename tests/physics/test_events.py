"""Events at rates that depend on the force: rupture, hairpins, steps."""

import numpy as np
import pytest

from beadline.physics import BellRate, Hairpin, Stepping, hairpin_opening_nm, thermal_energy_pn_nm

BOND = BellRate(rate_per_s=0.01, distance_nm=1.2)
HAIRPIN = Hairpin(barrier_nm=6.0)
TIMES_S = np.array([0.0, 2.0, 3.0, 3.5, 9.0, 20.0])
FORCES_PN = np.array([1.0, 12.0, 12.0, 4.0, 9.0, 20.0])


def test_a_force_of_kt_over_distance_speeds_a_rate_up_by_e():
    assert BOND.per_s(BOND.force_scale_pn) == pytest.approx(0.01 * np.e)
    assert BellRate(0.01, -1.2).per_s(BOND.force_scale_pn) == pytest.approx(0.01 / np.e)
    assert BellRate(3.0, 1.0, reference_pn=7.0).per_s(7.0) == 3.0


def test_under_a_constant_force_survival_is_an_exponential():
    times = np.linspace(0, 100, 5)
    np.testing.assert_allclose(BOND.survival(times, np.full(5, 6.0)), np.exp(-times * BOND.per_s(6.0)))


def test_what_is_expected_is_the_integral_of_the_rate_along_any_course():
    fine = np.linspace(0, 20, 400_001)
    rates = BOND.per_s(np.interp(fine, TIMES_S, FORCES_PN))
    integral = np.concatenate(([0], np.cumsum(0.5 * np.diff(fine) * (rates[1:] + rates[:-1]))))
    np.testing.assert_allclose(BOND.expected_events(TIMES_S, FORCES_PN), np.interp(TIMES_S, fine, integral), rtol=1e-6)


@pytest.mark.parametrize("rate", [BOND, BellRate(0.3, -0.5), BellRate(0.7)], ids=["faster", "slower", "indifferent"])
def test_a_time_is_where_as_much_is_expected_as_was_drawn(rate):
    most = rate.expected_events(TIMES_S, FORCES_PN)[-1]
    draws = np.linspace(0, most, 50)
    times = rate.event_times_s(draws, TIMES_S, FORCES_PN)
    for draw, time in zip(draws, times, strict=True):
        course = np.unique(np.append(TIMES_S[time > TIMES_S], time)) if time > 0 else TIMES_S[:2]
        reached = rate.expected_events(course, np.interp(course, TIMES_S, FORCES_PN))[-1] if time > 0 else 0.0
        assert reached == pytest.approx(draw, abs=1e-9 * most)
    assert rate.event_times_s(1.01 * most, TIMES_S, FORCES_PN) == np.inf


def test_ruptures_under_a_steady_pull_come_as_evans_and_ritchie_say():
    loading, rng = 2.0, np.random.default_rng(1)
    times = np.array([0.0, 30.0])
    ruptures = loading * BOND.event_times_s(rng.exponential(size=20_000), times, loading * times)
    forces = np.linspace(0, 60, 6001)
    density = BOND.rupture_density_per_pn(forces, loading)
    assert np.trapezoid(density, forces) == pytest.approx(1, abs=1e-5)
    mean = np.trapezoid(forces * density, forces)
    spread = np.sqrt(np.trapezoid((forces - mean) ** 2 * density, forces))
    assert ruptures.mean() == pytest.approx(mean, abs=4 * spread / np.sqrt(20_000))
    assert BOND.likeliest_rupture_pn(loading) == pytest.approx(forces[np.argmax(density)], abs=0.01)


def test_ten_times_the_loading_adds_a_fixed_force_to_the_likeliest_rupture():
    weak, strong = BOND.likeliest_rupture_pn([1.0, 10.0])
    assert strong - weak == pytest.approx(np.log(10) * thermal_energy_pn_nm() / 1.2)


@pytest.mark.parametrize("force_pn", [11.0, 14.5, 17.0])
def test_a_hairpin_keeps_detailed_balance(force_pn):
    # the energy of opening is the work of the force less that at which both are equal
    balance = np.exp((force_pn - HAIRPIN.equilibrium_pn) * HAIRPIN.opening_nm / thermal_energy_pn_nm())
    assert HAIRPIN.opening.per_s(force_pn) / HAIRPIN.closing.per_s(force_pn) == pytest.approx(balance)
    fraction = HAIRPIN.open_fraction(force_pn)
    assert fraction / (1 - fraction) == pytest.approx(balance)


def test_a_hairpin_is_half_open_at_its_force_and_comes_to_rest_twice_as_fast_as_it_opens():
    assert HAIRPIN.open_fraction(14.5) == 0.5
    assert HAIRPIN.relaxation_per_s(14.5) == 2.0


def test_the_share_of_open_hairpins_turns_over_by_the_opening_length():
    slope = np.diff(HAIRPIN.open_fraction([14.5 - 1e-4, 14.5 + 1e-4]))[0] / 2e-4
    assert slope == pytest.approx(HAIRPIN.opening_nm / (4 * thermal_energy_pn_nm()), rel=1e-5)


def test_20_base_pairs_open_by_the_published_length():
    # 20 pairs and a loop of four: 16 to 18 nm at 14 to 15 pN, give or take the loop
    assert 16 < hairpin_opening_nm(14.5, 44) < 18.5


def test_steps_of_an_enzyme_are_a_poisson_process():
    rng, runs = np.random.default_rng(2), 4000
    topoisomerase = Stepping(BellRate(0.5, -0.3), size=-2.0)
    steps = topoisomerase.step_times_s(rng.exponential(size=(runs, 40)), TIMES_S, FORCES_PN)
    turns = np.array([topoisomerase.position(each, TIMES_S) for each in steps])
    mean, variance = topoisomerase.mean_and_variance(TIMES_S, FORCES_PN)
    assert (np.isinf(steps[:, -1])).all()
    np.testing.assert_allclose(turns.mean(axis=0), mean, atol=4 * np.sqrt(variance[-1] / runs))
    np.testing.assert_allclose(turns.var(axis=0), variance, rtol=0.1)
    assert set(np.unique(turns % 2)) == {0.0}


@pytest.mark.parametrize(
    ("refused", "message"),
    [
        (lambda: BellRate(0.0), "An event cannot have rate_per_s = 0 1/s"),
        (lambda: BellRate(1.0, np.inf), "cannot have distance_nm = inf nm: it must be finite"),
        (lambda: BOND.per_s(1e4), r"no rate at 10000 pN with a barrier 1.2 nm away: it changes by e every 3.43 pN"),
        (lambda: BOND.survival([0.0, 0.0], [1.0, 1.0]), "are no course of a force: give at least two times that rise"),
        (lambda: BOND.survival([0.0, 1.0], [1.0]), r"shape \(2,\) and forces of shape \(1,\)"),
        (lambda: BOND.event_times_s(-1.0, TIMES_S, FORCES_PN), "Cannot wait for -1 events"),
        (lambda: BOND.rupture_density_per_pn(1.0, 0.0), "loading_pn_per_s = 0 pN/s"),
        (lambda: BOND.rupture_density_per_pn(1.0, 1.0, from_pn=2.0), "rises from 2 pN is never 1 pN"),
        (lambda: BellRate(1.0).likeliest_rupture_pn(1.0), "with distance_nm = 0 nm: it must be above 0 nm"),
        (lambda: Hairpin(barrier_nm=18.0), "cannot be 18 nm away: it is from 0 nm to its opening, 17 nm"),
        (lambda: hairpin_opening_nm(1.0, 44), "not known at 1 pN: it is from 3 to 60 pN"),
        (lambda: Stepping(BOND, 0.0), "A step cannot have size = 0"),
        (lambda: Stepping(BOND, 1.0).step_times_s([-1.0], TIMES_S, FORCES_PN), "draws must be at least 0"),
    ],
)
def test_impossible_events_are_refused(refused, message):
    with pytest.raises(ValueError, match=message):
        refused()
