import numpy as np
import pytest

from beadline.physics import TwistedChain, rolling_descent_nm, wlc_extension_nm
from beadline.simulation.sample import LOW_FORCE_PN, Sample

ALIKE = {"force_scatter": 0.0, "contour_scatter": 0.0, "tethers": 1, "references": 0}
RATE_HZ, KT = 1e4, 4.1164

# bead, base pairs, force [pN]: extension [nm], spread across [nm], corner frequency [Hz]; P = 50 nm, 25 °C
WORKING_TABLE = {
    ("MyOne", 8000, 1.0): (2329, 97.9, 7.0),
    ("MyOne", 8000, 10.0): (2597, 32.7, 63),
    ("MyOne", 1000, 1.0): (291, 34.6, 39),
    ("M270", 3000, 5.0): (955, 28.0, 24),
    ("M270", 8000, 1.0): (2329, 97.9, 2.3),
    ("M270", 8000, 10.0): (2597, 32.7, 21),
    ("M270", 21000, 10.0): (6816, 53.0, 9.0),
}


@pytest.mark.parametrize(("tether", "expected"), WORKING_TABLE.items(), ids=str)
def test_a_tether_moves_as_the_working_table_says(settings, tether, expected):
    bead, base_pairs, force_pn = tether
    extension_nm, spread_nm, corner_hz = expected
    sample = Sample(settings(bead=bead, contour_nm=0.34 * base_pairs, **ALIKE))
    forces = np.array([force_pn])
    c = sample.motion(forces, sample.response(forces), 0.0, 1 / RATE_HZ).coefficients[0]
    assert c[2, 0] == pytest.approx(extension_nm - KT / (2 * force_pn), abs=1)
    assert c[0, 4] / np.sqrt(1 - c[0, 3] ** 2) == pytest.approx(spread_nm, rel=5e-3)
    # a digit of the table is worth up to 2 %
    assert -np.log(c[0, 3]) * RATE_HZ / (2 * np.pi) == pytest.approx(corner_hz, rel=0.03)


@pytest.mark.parametrize("rolling", [True, False])
def test_beads_hang_as_high_as_their_chains_are_long_less_what_rolling_takes(settings, rolling):
    sample = Sample(settings(tethers=3, references=0, molecules={"rolling": rolling}))
    forces = np.array([0.25, 3.0, 50.0])
    taken = rolling_descent_nm(forces, 1400.0) if rolling else 0.0
    expected = wlc_extension_nm(forces, sample.contours_nm) - taken
    np.testing.assert_allclose(sample.extensions_nm(forces), expected, rtol=1e-6)


def test_a_tether_that_is_not_stretched_has_no_mean_extension_of_a_stretched_one(settings):
    sample = Sample(settings(tethers=2, references=0))
    assert np.isnan(sample.extensions_nm(np.array([LOW_FORCE_PN - 0.01, -1.0]))).all()


def test_the_weight_pulls_down(settings):
    sample = Sample(settings(**ALIKE))
    assert sample.forces_pn(20.0) == pytest.approx(-0.07, abs=1e-3)
    assert sample.forces_pn(3.0) == pytest.approx(sample.settings.law.force_pn(3.0) - 0.07)


def test_beads_differ_as_much_as_asked(settings):
    sample = Sample(settings(tethers=1000, references=0, positions_px=[[1, 1]] * 1000))
    assert np.log(sample.force_scales).std() == pytest.approx(0.08, rel=0.1)
    assert sample.contours_nm.std() == pytest.approx(0.005 * 2720, rel=0.1)


def test_torque_and_hat_go_down_to_the_least_force_of_the_theory(settings):
    sample = Sample(settings(**ALIKE, molecules={"stretch_pn": 1000.0}))
    chain = TwistedChain(contour_nm=2720.0, stretch_pn=1000.0)
    seen = [sample.response(np.array([force_pn]), 20.0) for force_pn in (0.2, 0.16, 0.15, 0.05)]
    torques = [float(each.torques_pn_nm[0]) for each in seen]
    assert torques[:3] == pytest.approx(
        [float(chain.torque_pn_nm(force, 20.0)) for force in (0.2, 0.16, 0.15)], rel=0.01
    )
    assert torques[3] == torques[2] < 0.98 * torques[0]
    assert seen[1].free_nm[0] < 0.97 * seen[0].free_nm[0]
