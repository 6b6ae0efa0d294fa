from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beadline.physics import DSDNA, DSRNA, MOLECULES, SSDNA, fjc_extension_nm, fjc_force_pn, thermal_energy_pn_nm

THERMAL_PN_NM = 4.1164
forces = st.floats(1e-3, 60)
stretches = st.none() | st.floats(0.5, 3000)


@given(force_pn=forces, kuhn_nm=st.floats(0.5, 100), stretch_pn=stretches)
def test_force_and_extension_of_a_jointed_chain_are_each_others_inverse(force_pn, kuhn_nm, stretch_pn):
    extension = fjc_extension_nm(force_pn, 500.0, kuhn_nm, stretch_pn=stretch_pn)
    assert fjc_force_pn(extension, 500.0, kuhn_nm, stretch_pn=stretch_pn) == pytest.approx(force_pn, rel=1e-6)


def test_a_jointed_chain_under_little_force_is_a_spring_of_3_kt_over_contour_and_link():
    u = np.geomspace(1e-6, 3e-2, 60)
    extension = fjc_extension_nm(u * thermal_energy_pn_nm() / 1.5, 500.0, 1.5)
    np.testing.assert_allclose(extension, 500 * (u / 3 - u**3 / 45 + 2 / 945 * u**5), rtol=1e-9)


def test_a_jointed_chain_under_much_force_lacks_kt_over_force_for_each_link():
    assert 500 - fjc_extension_nm(50.0, 500.0, 1.5) == pytest.approx(500 * THERMAL_PN_NM / (50.0 * 1.5), rel=1e-4)


def test_pulling_a_jointed_chain_the_other_way_turns_the_sign_round():
    assert fjc_extension_nm(-5.0, 500.0) == -fjc_extension_nm(5.0, 500.0)
    assert fjc_force_pn(-200.0, 500.0) == -fjc_force_pn(200.0, 500.0)


@given(
    name=st.sampled_from(sorted(MOLECULES)), share=st.floats(0, 1), bases=st.floats(50, 50000), warm=st.floats(280, 340)
)
def test_force_and_extension_of_every_molecule_are_each_others_inverse(name, share, bases, warm):
    molecule = MOLECULES[name]
    force = molecule.low_pn + share * (molecule.high_pn - molecule.low_pn)
    extension = molecule.extension_nm(force, bases, warm)
    assert molecule.force_pn(extension, bases, warm) == pytest.approx(force, rel=1e-6, abs=1e-9)


# relative extension of the chain that does not stretch, P = 50 nm; a modulus of 1000 pN adds force / modulus
@pytest.mark.parametrize(("force_pn", "relative"), [(0.1, 0.5308), (1.0, 0.8563), (10.0, 0.9546), (50.0, 0.9797)])
def test_8_kb_of_dna_are_as_long_as_published(force_pn, relative):
    assert DSDNA.extension_nm(force_pn, 8000) == pytest.approx(2720 * (relative + force_pn / 1000), rel=1e-3)


def test_rna_is_shorter_and_stiffer_than_dna_of_as_many_base_pairs():
    assert DSRNA.contour_nm(8000) / DSDNA.contour_nm(8000) == pytest.approx(0.28 / 0.34)
    assert DSRNA.extension_nm(1.0, 8000) / DSRNA.contour_nm(8000) > DSDNA.extension_nm(1.0, 8000) / 2720


def test_a_single_strand_is_the_shorter_at_low_and_the_longer_at_high_forces():
    # where both are as long is known to be between 5 and 10 pN
    assert SSDNA.extension_nm(5.0, 8000) < DSDNA.extension_nm(5.0, 8000)
    assert SSDNA.extension_nm(10.0, 8000) > DSDNA.extension_nm(10.0, 8000)


@pytest.mark.parametrize(
    ("molecule", "force_pn", "message"),
    [
        (DSDNA, 70.0, "extension of dsDNA is not known at 70 pN: it is from 0 to 60 pN"),
        (SSDNA, [5.0, 1.0], "extension of ssDNA is not known at 1 pN: it is from 3 to 60 pN"),
        (DSDNA, np.nan, "not known at nan pN"),
    ],
)
def test_forces_for_which_the_numbers_do_not_hold_are_refused(molecule, force_pn, message):
    with pytest.raises(ValueError, match=message):
        molecule.extension_nm(force_pn, 1000)


def test_an_extension_beyond_the_known_forces_is_refused():
    with pytest.raises(ValueError, match=r"force on dsDNA is not known at 400 nm: it is from 0 to 354\.1 nm"):
        DSDNA.force_pn(400.0, 1000)


@pytest.mark.parametrize(
    ("refused", "message"),
    [
        (lambda: DSDNA.contour_nm(0), "dsDNA cannot have bases = 0: it must be finite and above 0"),
        (lambda: replace(DSDNA, rise_nm=-0.3), "rise_nm = -0.3 nm: it must be finite and above 0 nm"),
        (lambda: replace(DSDNA, stretch_pn=np.inf), "stretch_pn = inf pN"),
        (lambda: replace(DSDNA, low_pn=70.0), "cannot hold from 70 to 60 pN"),
        (lambda: fjc_extension_nm(np.inf, 100.0), "not known at a force that is not finite"),
        (lambda: fjc_extension_nm(1.0, 100.0, kuhn_nm=0.0), "kuhn_nm = 0 nm"),
        (lambda: fjc_force_pn(100.0, 100.0), "A chain of 100 nm cannot be 100 nm long"),
        (lambda: fjc_force_pn(1.0, 100.0, stretch_pn=0.0), "stretch_pn = 0 pN"),
    ],
)
def test_impossible_molecules_are_refused(refused, message):
    with pytest.raises(ValueError, match=message):
        refused()
