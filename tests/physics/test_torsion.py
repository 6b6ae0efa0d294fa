import numpy as np
import pytest

from beadline.physics import (
    DSDNA,
    TwistedChain,
    dsdna_in_salt,
    dsdna_persistence_nm,
    dsdna_plectoneme_twist_nm,
    wlc_extension_nm,
)

EIGHT_KB = TwistedChain()
# force [pN]: torque of buckling [pN nm], turns, slope [nm/turn] of 8 kb: bending 50, twist 100, plectonemes 24 nm
PUBLISHED = {
    0.2: (4.7, 7.3, 130),
    0.3: (6.5, 9.2, 99),
    0.5: (9.2, 12, 74),
    0.7: (11.3, 14, 62),
    1.0: (14.0, 17, 51),
    2.0: (20.7, 24, 36),
    3.0: (25.9, 30, 29),
    4.0: (30, 34, 25),
}


@pytest.mark.parametrize(("force_pn", "published"), PUBLISHED.items())
def test_torque_turns_and_slope_at_buckling_are_the_published_ones(force_pn, published):
    torque, turns, slope = published
    onset = EIGHT_KB.buckling_turns(force_pn)
    # the table is rounded to two digits
    assert EIGHT_KB.buckling_torque_pn_nm(force_pn) == pytest.approx(torque, rel=0.02)
    assert onset == pytest.approx(turns, rel=0.03)
    one_turn = EIGHT_KB.extension_nm(force_pn, onset + 1) - EIGHT_KB.extension_nm(force_pn, onset + 2)
    assert one_turn == pytest.approx(slope, rel=0.02)


@pytest.mark.parametrize(("force_pn", "twist_nm"), [(0.15, 62), (0.5, 77), (1.0, 82), (3.0, 88)])
def test_bending_softens_the_twist_as_published(force_pn, twist_nm):
    assert TwistedChain(twist_nm=95.0).effective_twist_nm(force_pn) == pytest.approx(twist_nm, abs=0.6)


# extension of 8 kb without turns, from the worm-like chain with 1000 pN: 2720 nm (0.7360 + 0.0003), (0.7964 + 0.0005)
@pytest.mark.parametrize(("force_pn", "height_nm"), [(0.3, 2003), (0.5, 2168)])
def test_a_hat_is_as_high_and_as_wide_as_published(force_pn, height_nm):
    _, onset, slope = PUBLISHED[force_pn]
    turns = np.linspace(0, 40, 4001)
    hat = EIGHT_KB.extension_nm(force_pn, turns)
    assert hat[0] == pytest.approx(height_nm, abs=1)
    half = turns[np.argmin(np.abs(hat - hat[0] / 2))]
    brim = EIGHT_KB.extension_nm(force_pn, onset)
    assert half == pytest.approx(onset + (brim - height_nm / 2) / slope, rel=0.02)


def test_without_turns_it_is_the_worm_like_chain():
    forces = np.geomspace(0.15, 60, 20)
    np.testing.assert_allclose(EIGHT_KB.extension_nm(forces, 0), wlc_extension_nm(forces, 2720.0, stretch_pn=1000.0))
    np.testing.assert_array_equal(EIGHT_KB.torque_pn_nm(forces, 0), 0)


@pytest.mark.parametrize("salt_mm", [10.0, 300.0])
@pytest.mark.parametrize("sign", [1, -1])
def test_torque_and_extension_are_slopes_of_one_free_energy(salt_mm, sign):
    chain = dsdna_in_salt(8000, salt_mm)
    forces = np.geomspace(0.2, 40, 37)[:, np.newaxis]
    onset = chain.buckling_turns(forces, overwound=sign > 0)
    turns = sign * np.concatenate((np.linspace(0.01, 0.99, 12) * onset, onset + np.linspace(0.01, 12, 12)), axis=1)
    assert (chain.extension_nm(forces, turns) > 0).all()
    step, dforce = 1e-4, 1e-4 * forces
    energy = chain.free_energy_pn_nm
    by_turn = (energy(forces, turns + step) - energy(forces, turns - step)) / (2 * step)
    np.testing.assert_allclose(by_turn, 2 * np.pi * chain.torque_pn_nm(forces, turns), rtol=1e-5)
    by_force = (energy(forces + dforce, turns) - energy(forces - dforce, turns)) / (2 * dforce)
    np.testing.assert_allclose(-by_force, chain.extension_nm(forces, turns), rtol=1e-4)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_torque_never_falls_and_the_extension_never_grows_with_the_turns(sign):
    forces, turns = np.geomspace(0.15, 60, 41)[:, np.newaxis], np.linspace(0, 220, 441)
    torque = sign * EIGHT_KB.torque_pn_nm(forces, sign * turns)
    extension = EIGHT_KB.extension_nm(forces, sign * turns)
    assert (np.diff(torque, axis=1) >= -1e-9).all()
    assert (np.diff(extension, axis=1) <= 1e-9).all()
    assert (extension >= 0).all()


def test_at_low_force_a_hat_is_symmetric():
    turns = np.arange(31)
    over, under = EIGHT_KB.extension_nm(0.3, turns), EIGHT_KB.extension_nm(0.3, -turns)
    np.testing.assert_allclose(under, over, atol=5)


def test_at_3_pn_underwound_dna_melts_and_stays_long():
    assert EIGHT_KB.extension_nm(3.0, -30) > 0.99 * EIGHT_KB.extension_nm(3.0, 0)
    assert EIGHT_KB.torque_pn_nm(3.0, -30) == pytest.approx(-10.5, abs=0.01)


def test_at_high_force_overwound_dna_is_pinned_at_the_torque_of_p_dna():
    assert EIGHT_KB.torque_pn_nm(20.0, 100) == pytest.approx(34, abs=0.01)
    assert EIGHT_KB.extension_nm(20.0, 200) == pytest.approx(EIGHT_KB.extension_nm(20.0, 100), rel=1e-3)


def test_the_hat_becomes_one_sided_between_half_and_nine_tenths_of_a_piconewton():
    def remaining(force_pn):
        onset = EIGHT_KB.buckling_turns(force_pn, overwound=False)
        over = EIGHT_KB.buckling_turns(force_pn)
        under_loss = EIGHT_KB.extension_nm(force_pn, -onset) - EIGHT_KB.extension_nm(force_pn, -onset - 1)
        over_loss = EIGHT_KB.extension_nm(force_pn, over) - EIGHT_KB.extension_nm(force_pn, over + 1)
        return under_loss / over_loss

    assert 0.85 < remaining(0.5) < 1
    assert 0.2 < remaining(0.62) < 0.7
    assert remaining(0.9) < 0.05


def test_molecules_of_many_lengths_are_taken_at_once():
    chains = TwistedChain(contour_nm=np.array([1000.0, 2720.0]))
    extension = chains.extension_nm(0.5, np.arange(-5, 6)[:, np.newaxis])
    assert extension.shape == (11, 2)
    np.testing.assert_allclose(extension[:, 1], EIGHT_KB.extension_nm(0.5, np.arange(-5, 6)))


def test_salt_softens_dna_and_tightens_its_plectonemes():
    assert dsdna_persistence_nm(10.0) == DSDNA.persistence_nm
    # 32.4 nm mM from its parts: Bjerrum length 0.716 nm in water at 25 °C, 1 mM is 6.022e-4 / nm³
    per_mm = 1 / (32 * np.pi * 0.716**2 * 6.022e-4)
    assert dsdna_persistence_nm(10.0) - dsdna_persistence_nm(20.0) == pytest.approx(
        per_mm * (1 / 10 - 1 / 20), rel=0.01
    )
    assert dsdna_plectoneme_twist_nm([10.0, 300.0]) == pytest.approx([24, 14])
    little, much = dsdna_in_salt(8000, 10.0), dsdna_in_salt(8000, 300.0)
    assert much.buckling_torque_pn_nm(1.0) < little.buckling_torque_pn_nm(1.0)
    # Strick et al. 2000, much salt, 0.7 pN: a turn is about 45 nm
    assert much.extension_nm(0.7, 20) - much.extension_nm(0.7, 21) == pytest.approx(45, rel=0.1)


@pytest.mark.parametrize(
    ("refused", "message"),
    [
        (
            lambda: EIGHT_KB.extension_nm(0.1, 0),
            r"torsion of a molecule is not known at 0.1 pN: it is from 0.15 to 60 pN",
        ),
        (lambda: EIGHT_KB.torque_pn_nm(np.nan, 0), "not known at nan pN"),
        (lambda: EIGHT_KB.torque_pn_nm(1.0, 300), r"not known at 300 turns: it is from -228.6 to 228.6 turns"),
        (
            lambda: EIGHT_KB.free_energy_pn_nm(0.3, 60),
            r"free energy is not known at 60 turns: it is from 0 to 28\.43 turns",
        ),
        (lambda: TwistedChain(contour_nm=-1.0), "cannot have contour_nm = -1 nm: it must be finite and above 0 nm"),
        (lambda: TwistedChain(melting_torque_pn_nm=0.0), "melting_torque_pn_nm = 0 pN nm"),
        (
            lambda: TwistedChain(plectoneme_twist_nm=90.0).torque_pn_nm(1.0, 1),
            "has no plectonemes at 1 pN: ask for a gr",
        ),
        (lambda: dsdna_in_salt(8000, 5.0), "What salt does to DNA is not known at 5 mM: it is from 10 to 300 mM"),
    ],
)
def test_what_the_theory_does_not_know_is_refused(refused, message):
    with pytest.raises(ValueError, match=message):
        refused()
