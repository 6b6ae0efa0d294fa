"""What happens to molecules at random, against rates and detailed balance."""

import numpy as np
import pytest

from beadline.physics import BellRate, Hairpin
from beadline.simulation.brownian import step_of_centre

HAIRPIN = {"equilibrium_pn": 14.5, "opening_nm": 17.0, "barrier_nm": 8.5, "rate_per_s": 20.0}


@pytest.mark.parametrize("force_pn", [14.3, 14.5])
def test_a_hairpin_is_open_as_long_as_boltzmann_says_and_changes_at_its_rates(laboratory, force_pn):
    lab = laboratory(contour_nm=340.0, molecules={"classes": {"nicked": 1.0}, "hairpin": HAIRPIN})
    lab.pull(force_pn)
    lab.record(50)
    before = lab.world.events.counts.sum()
    places, truths = lab.record(600)
    hairpin = Hairpin(**HAIRPIN)
    is_open = np.array([each.state for each in truths]) == 1
    # 30 molecules, 6 s, relaxing in 25 ms: 3600 independent looks for 0.5 ± 0.014 (three times: 0.045)
    share = float(hairpin.open_fraction(force_pn))
    assert is_open.mean() == pytest.approx(share, abs=0.045)
    passed = lab.world.events.counts.sum() - before
    expected = 30 * 6.0 * 2 * share * float(hairpin.closing.per_s(force_pn))
    assert passed == pytest.approx(expected, abs=4 * np.sqrt(expected))
    whole = is_open[1:] == is_open[:-1]
    heights = places[1:, :, 2]
    longer = heights[whole & is_open[1:]].mean() - heights[whole & ~is_open[1:]].mean()
    # frames in which it came and went count for the wrong side: 0.2 * 0.2 of them
    assert longer == pytest.approx(17.0, abs=0.8)


def test_frames_do_not_change_when_things_happen(laboratory):
    counts = []
    for period_s in (0.01, 0.1):
        lab = laboratory(contour_nm=340.0, tethers=5, molecules={"classes": {"nicked": 1.0}, "hairpin": HAIRPIN})
        lab.pull(14.5)
        lab.record(round(5 / period_s), period_s=period_s)
        counts.append(lab.world.events.counts.tolist())
    assert counts[0] == counts[1]


def test_a_bead_follows_a_step_as_its_relaxation_says():
    exposure_s, rate_per_s = 0.01, 300.0
    for before_end_s in (0.004, 0.01, 0.013):
        times = (np.arange(20000) + 0.5) / 20000 * exposure_s
        since = times - exposure_s + before_end_s
        followed = np.where(since > 0, -np.expm1(-rate_per_s * np.maximum(since, 0)), 0)
        mean, end = step_of_centre(before_end_s, exposure_s, rate_per_s)
        assert mean == pytest.approx(followed.mean(), abs=1e-6)
        assert end == pytest.approx(-np.expm1(-rate_per_s * before_end_s))


def test_a_topoisomerase_takes_turns_out_of_plectonemes_and_only_there(laboratory):
    lab = laboratory(molecules={"classes": {"coilable": 1.0}, "enzyme": {"rate_per_s": 0.3, "turns": 2}})
    lab.pull(0.4)
    lab.move("magnet_turns", 30.0)
    lab.wait(1e-3)
    lab.record(1)
    before, start_s = lab.world.events.removed_turns.copy(), lab.world._ended_s
    places, truths = lab.record(300, period_s=0.03)
    removed = lab.world.events.removed_turns
    elapsed_s = lab.world._ended_s - start_s
    # 30 enzymes, 9 s, 0.3 steps a second: 81 ± 9 steps of two turns
    steps = 30 * 0.3 * elapsed_s
    assert ((removed - before) / 2).sum() == pytest.approx(steps, abs=3 * np.sqrt(steps))
    assert set(np.unique(removed % 2)) == {0.0}
    first, last = (np.array([truths[i].turns for i in some]) for some in ((0,), (-1,)))
    rise = places[-30:, :, 2].mean(axis=0) - places[:30, :, 2].mean(axis=0)
    gone = first[0] - last[0]
    assert np.polyfit(gone, rise, 1)[0] == pytest.approx(85, rel=0.25)  # nm per turn at 0.4 pN: 99 at 0.3, 74 at 0.5
    lab.wait(100.0)
    lab.record(1)
    left = lab.world._turns_of_molecules(30.0)
    onset = 10.7  # turns of buckling of 8 kb at 0.4 pN, between 9.2 at 0.3 pN and 12 at 0.5 pN
    assert (left <= onset + 0.5).all()
    assert (left > onset - 2.5).all()


def test_bonds_break_at_their_rate_and_their_beads_leave(laboratory):
    bond = {"rate_per_s": 0.01, "distance_nm": 1.0}
    lab = laboratory(tethers=100, width_px=1024, height_px=1024, molecules={"rupture": bond})
    lab.pull(10.0)
    start_s, before = lab.world._ended_s, lab.world.events.ruptured.sum()
    places, truths = lab.record(500)
    rate = float(BellRate(**bond).per_s(10.0))
    expected = (100 - before) * -np.expm1(-rate * (lab.world._ended_s - start_s))
    gone = lab.world.events.ruptured
    assert gone.sum() - before == pytest.approx(expected, abs=3 * np.sqrt(expected))
    assert (np.array([each.state for each in truths])[-1] == 3).tolist() == gone.tolist()
    lab.record(10)
    assert (lab.record(1)[0][0, gone, 2] > 3700).all()  # 1 µm above what the molecule allowed
    assert (places[-1, ~gone, 2] < 2720).all()


def test_a_sticky_bead_is_caught_near_the_surface_and_pulled_off_again(laboratory):
    lab = laboratory(molecules={"classes": {"sticky": 0.5, "nicked": 0.5}})
    sticky = lab.world.sample.population.sticky
    lab.record(60, period_s=0.5, exposure_s=0.01)
    caught = lab.world.events.caught
    assert caught[sticky].sum() >= 8
    assert not caught[~sticky].any()
    lab.pull(8.0)
    places, _ = lab.record(20)
    held = lab.world.events.caught
    assert (places[-1, held, 2] < 100).all()
    assert (places[-1, ~sticky, 2] > 2000).all()
    lab.record(30, period_s=1.0, exposure_s=0.01)
    # 0.24 /s at 8 pN: a thousandth is left after half a minute
    assert lab.world.events.caught.sum() <= 1


def test_bonds_feel_the_forces_of_a_pause_and_not_only_that_of_the_first_frame_after_it(laboratory):
    bond = {"rate_per_s": 1e-3, "distance_nm": 1.0}
    lab = laboratory(tethers=100, width_px=1024, height_px=1024, molecules={"rupture": bond})
    lab.wait(600.0)
    lab.pull(15.0)
    lab.record(1)
    # 1 - exp(-0.6) of them rested away, 45 ± 5; a few more on the way and in 5 s at 15 pN
    assert lab.world.events.ruptured.sum() == pytest.approx(46, abs=15)
    lab.record(50, period_s=0.1)
    assert lab.world.events.ruptured.sum() == pytest.approx(55, abs=15)


def test_magnets_that_come_and_go_in_a_pause_break_bonds(laboratory):
    bond = {"rate_per_s": 1e-4, "distance_nm": 1.0}
    lab = laboratory(tethers=50, molecules={"rupture": bond}, width_px=1024, height_px=1024)
    lab.pull(40.0)
    lab.wait(2.0)
    lab.move("magnet_height", 20.0)
    lab.record(1)
    # 1.7 events a second at 40 pN, and none at rest
    assert lab.world.events.ruptured.sum() >= 40


def test_a_pause_is_as_long_for_the_surface_that_catches_as_for_the_bead(laboratory):
    lab = laboratory(tethers=100, width_px=1024, height_px=1024, molecules={"classes": {"sticky": 1.0}})
    lab.wait(20.0)
    lab.record(1)
    # 57 % of the time below 50 nm by the barometric law, so caught at 0.57 /s and released at 0.05 /s: 92 ± 3
    assert 82 <= lab.world.events.caught.sum() <= 99
    lab.record(1)
    assert (lab.record(1)[0][0, lab.world.events.caught, 2] <= 50.0).all()


def test_a_bead_forgets_in_a_long_pause_where_it_was(laboratory):
    lab = laboratory(tethers=20, contour_nm=7140.0)
    lab.wait(600.0)
    across = lab.record(25, period_s=600.0, exposure_s=1e-3)[0][:, :, 1]
    # 480 pairs: 0 ± 0.05; after 5 s it is 0.7
    assert abs(np.corrcoef(across[1:].ravel(), across[:-1].ravel())[0, 1]) < 0.2
