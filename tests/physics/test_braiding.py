import numpy as np
import pytest

from beadline.physics import TwoTethers

PAIR = TwoTethers(length_nm=2200.0, separation_nm=600.0)


def test_half_a_turn_shortens_as_two_ropes_do():
    # ends of a rope at radius 300 nm, the upper turned: their distance is a chord
    turns = np.linspace(-0.5, 0.5, 11)
    chord = 2 * 300 * np.sin(np.pi * np.abs(turns))
    np.testing.assert_allclose(PAIR.extension_nm(1.0, turns), np.sqrt(2200**2 - chord**2))


def test_the_first_half_turn_is_the_steepest():
    lost = -np.diff(PAIR.extension_nm(1.0, [0, 0.5, 1, 1.5]))
    assert lost[0] > 5 * lost[1] > 5 * lost[2] / 1.2


def test_turns_of_both_signs_shorten_at_any_force():
    forces, turns = np.geomspace(0.1, 20, 21)[:, np.newaxis], np.linspace(0, 80, 161)
    extension = PAIR.extension_nm(forces, turns)
    np.testing.assert_array_equal(PAIR.extension_nm(forces, -turns), extension)
    np.testing.assert_array_equal(PAIR.torque_pn_nm(forces, -turns), -PAIR.torque_pn_nm(forces, turns))
    assert (np.diff(extension, axis=1)[extension[:, 1:] > 0] < 0).all()


@pytest.mark.parametrize(("separation_nm", "radius_nm"), [(50.0, 1.0), (600.0, 3.0), (900.0, 6.0)])
def test_torque_and_extension_are_slopes_of_one_free_energy(separation_nm, radius_nm):
    pair = TwoTethers(2200.0, separation_nm, radius_nm)
    forces = np.geomspace(0.2, 15, 21)[:, np.newaxis]
    leaning = np.broadcast_to(np.linspace(0.02, 0.48, 8), (21, 8))
    onset = pair.buckling_turns(forces)
    turns = np.concatenate(
        (leaning, 0.5 + (onset - 0.5) * np.linspace(0.05, 0.95, 8), onset + 0.1 + np.arange(8)), axis=1
    )
    assert (onset > 0.7).all()
    assert (pair.extension_nm(forces, turns) > 0).all()
    step, dforce = 1e-5, 1e-4 * forces
    energy = pair.free_energy_pn_nm
    by_turn = (energy(forces, turns + step) - energy(forces, turns - step)) / (2 * step)
    np.testing.assert_allclose(by_turn, 2 * np.pi * pair.torque_pn_nm(forces, turns), rtol=1e-4)
    by_force = (energy(forces + dforce, turns) - energy(forces - dforce, turns)) / (2 * dforce)
    np.testing.assert_allclose(-by_force, pair.extension_nm(forces, turns), rtol=1e-4)


def test_a_loop_of_the_braid_costs_what_a_rod_of_two_chains_costs():
    # least energy of a circle of radius r: 2π r force + π rigidity / r
    rigidity = 2 * 50 * 4.1164
    radii = np.linspace(1, 100, 100_000)
    cheapest = np.min(2 * np.pi * radii * 1.0 + np.pi * rigidity / radii)
    assert 2 * np.pi * PAIR.buckling_torque_pn_nm(1.0) == pytest.approx(cheapest, rel=1e-4)


def test_beyond_its_buckling_a_braid_shortens_by_a_loop_each_turn():
    onset = PAIR.buckling_turns(1.0)
    assert 10 < onset < 100
    lost = PAIR.extension_nm(1.0, onset + 1) - PAIR.extension_nm(1.0, onset + 2)
    assert lost == pytest.approx(2 * np.pi * np.sqrt(2 * 50 * 4.1164 / 2), rel=1e-3)
    assert PAIR.torque_pn_nm(1.0, onset + 1) == PAIR.buckling_torque_pn_nm(1.0)


def test_a_thicker_braid_buckles_after_fewer_turns():
    # as found in less salt, where the molecules repel each other from farther away
    onsets = [TwoTethers(2200.0, 600.0, radius_nm).buckling_turns(1.0) for radius_nm in (1.5, 3.0, 6.0)]
    assert onsets[0] > onsets[1] > onsets[2] > 0.5


def test_a_wound_up_braid_is_on_the_surface():
    assert PAIR.extension_nm(1.0, 500) == 0


@pytest.mark.parametrize(
    ("refused", "message"),
    [
        (lambda: TwoTethers(500.0, 600.0), "Tethers of 500 nm cannot be 600 nm apart"),
        (lambda: TwoTethers(500.0, 100.0, radius_nm=0.0), "radius_nm = 0 nm"),
        (lambda: PAIR.extension_nm(0.01, 1), "winding of two tethers is not known at 0.01 pN: it is from 0.1 to 20 pN"),
        (lambda: PAIR.extension_nm(1.0, np.nan), "not known at turns that are not finite"),
    ],
)
def test_impossible_pairs_are_refused(refused, message):
    with pytest.raises(ValueError, match=message):
        refused()


def test_many_pairs_at_once_are_each_of_them():
    lengths, apart, forces, turns = np.array([1400.0, 1500.0]), np.array([300.0, 200.0]), np.array([1.0, 2.0]), 30.0
    both = TwoTethers(lengths, apart)
    for i in range(2):
        one = TwoTethers(float(lengths[i]), float(apart[i]))
        assert both.extension_nm(forces, turns)[i] == pytest.approx(float(one.extension_nm(forces[i], turns)))
        assert both.torque_pn_nm(forces, turns)[i] == pytest.approx(float(one.torque_pn_nm(forces[i], turns)))
    with pytest.raises(ValueError, match="Tethers of 100 nm cannot be 150 nm apart"):
        TwoTethers(np.array([400.0, 100.0]), 150.0)
