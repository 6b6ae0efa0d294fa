"""What turning the magnets does, against the table of Marko's two phases."""

import numpy as np
import pytest

CLASSES = {"coilable": 0.5, "nicked": 0.5}


def hat(lab, force_pn, turns, frames=120):
    """Return mean heights of each tether at each number of turns [nm], and the torque of the coilable ones."""
    lab.pull(force_pn)
    heights, torques = [], []
    coilable = lab.world.sample.population.coilable
    for number in turns:
        lab.move("magnet_turns", float(number))
        lab.record(10)
        places, truths = lab.record(frames)
        heights.append(places[..., 2].mean(axis=0))
        torques.append(truths[-1].torque_pn_nm[coilable])
    return np.array(heights), np.array(torques), coilable


# force: torque of buckling [pN nm], turns, slope [nm/turn], of 8 kb; the table has two digits
TABLE = {0.3: (6.5, 9.2, 99), 0.5: (9.2, 12, 74), 1.0: (14.0, 17, 51)}


@pytest.mark.parametrize(("force_pn", "published"), TABLE.items(), ids=str)
def test_molecules_buckle_as_in_the_table(laboratory, force_pn, published):
    torque, onset, slope = published
    lab = laboratory(molecules={"classes": CLASSES})
    turns = onset + np.array([-5.0, 2.0, 4.0, 6.0, 8.0])
    heights, torques, coilable = hat(lab, force_pn, turns)
    assert torques[1:] == pytest.approx(np.full((4, 15), torque), rel=0.03)
    assert (torques[0] < torque).all()
    # 15 tethers of some 100 independent frames, sd 30 to 100 nm: a mean is known to 2 nm, the slope to 0.5 nm/turn
    falling = heights[1:, coilable].mean(axis=1)
    measured, crossing = np.polyfit(turns[1:], falling, 1)
    assert -measured == pytest.approx(slope, rel=0.04)
    flat = heights[:, ~coilable].mean(axis=1)
    assert np.ptp(flat) < 0.01 * flat.mean() + 10
    # the slope leaves the hat's top, a little lowered by the twist, at the turns of buckling
    assert (flat.mean() - crossing) / measured == pytest.approx(onset, abs=0.12 * onset)


def test_underwound_dna_stays_long_from_0_6_pn_on(laboratory):
    lab = laboratory(molecules={"classes": {"coilable": 1.0}}, tethers=20)
    share = {}
    for force_pn in (0.3, 0.5, 0.6, 0.7, 1.0):
        heights, _, _ = hat(lab, force_pn, (0.0, 22.0, -22.0), frames=60)
        top, over, under = heights.mean(axis=1)
        share[force_pn] = (top - under) / (top - over)
    forces, shares = np.array(list(share)), np.array(list(share.values()))
    assert (np.diff(shares) < 0).all()
    assert shares[0] > 0.95
    assert shares[-1] < 0.15
    # both sides are alike below, only one falls above; half way is where plectonemes cost as much as melting
    half_way = np.interp(0.5, shares[::-1], forces[::-1])
    assert half_way == pytest.approx(0.6, abs=0.1)


def test_two_molecules_shorten_in_both_directions_by_the_first_half_turn(laboratory):
    lab = laboratory(molecules={"classes": {"double": 1.0}}, tethers=20)
    heights, _, _ = hat(lab, 3.0, (0.0, 0.5, -0.5, 20.0, -20.0), frames=60)
    population = lab.world.sample.population
    top = heights[0]
    expected = np.sqrt(top**2 - population.apart_nm**2) - top
    # heights are known to 2 nm each
    assert heights[1] - top == pytest.approx(expected, abs=12)
    assert heights[2] - top == pytest.approx(expected, abs=12)
    assert heights[3] == pytest.approx(heights[4], abs=15)
    assert (heights[3] < heights[1]).all()


def test_a_bead_attached_off_centre_hangs_low_and_circles_with_the_magnets(laboratory):
    lab = laboratory(molecules={"classes": {"off-centre": 1.0}}, tethers=10)
    lab.pull(5.0)
    around = []
    for turns in (0.0, 0.25, 0.5, 0.75):
        lab.move("magnet_turns", turns)
        lab.record(10)
        places, _ = lab.record(100)
        around.append(places.mean(axis=0))
    polar = np.deg2rad(lab.world.sample.population.polar_deg)
    expected = 1400 * np.sin(polar)
    for number, (x, y) in enumerate(((1, 0), (0, 1), (-1, 0), (0, -1))):
        # a mean of 100 frames, correlated over 2 to 5: known to 6 nm along and 12 nm across
        assert around[number][:, 0] == pytest.approx(x * expected, abs=50)
        assert around[number][:, 1] == pytest.approx(y * expected, abs=50)
    reach = lab.world.sample.response(np.full(10, 5.0)).extensions_nm
    assert around[0][:, 2] == pytest.approx(reach - 1400 * (1 - np.cos(polar)), abs=8)
