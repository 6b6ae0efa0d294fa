"""What heights say of a tether: made-up beads of each class, and those of which something was not seen."""

import numpy as np
import pytest

from beadline.analysis import TurnedTether, screen_tether, without_drift
from beadline.physics import TwistedChain

CONTOUR_NM = 2720.0
TURNED = 46.0, 2.0
TURNS = np.append(np.linspace(-23, 23, 17), 0.0)
ROUND = 2000.0 - 60 * np.maximum(np.abs(TURNS) - 8, 0) - np.minimum(np.abs(TURNS), 8) ** 2
FLAT = np.full(len(TURNS), 2000.0)
CASES = {
    "coilable": (2600.0, 2500.0, 2480.0, 1300.0, ROUND),
    "nicked": (2600.0, 2500.0, 2490.0, 2495.0, FLAT),
    "double": (2550.0, 2450.0, 1500.0, 1450.0, ROUND),
    "stuck": (600.0, 590.0, 590.0, 590.0, np.full(len(TURNS), 560.0)),
}


def tether(name, surface_nm=-2600.0, seed=1, **changes):
    high, relaxed, negative, positive, hat = CASES[name]
    noise = np.random.default_rng(seed).normal(0, 8, len(TURNS))
    made = {
        "surface_nm": surface_nm,
        "high_nm": surface_nm + high,
        "relaxed_nm": surface_nm + relaxed,
        "negative_nm": surface_nm + negative,
        "positive_nm": surface_nm + positive,
        "hat_turns": TURNS,
        "hat_nm": surface_nm + hat + noise,
    }
    return TurnedTether(**(made | changes))


@pytest.mark.parametrize("name", CASES)
def test_a_tether_is_what_it_was_made_as_wherever_heights_count_from(name):
    for surface_nm in (-2600.0, 0.0, 1234.0):
        found = screen_tether(tether(name, surface_nm), CONTOUR_NM, *TURNED)
        assert found.verdict.name == name, found.verdict.reason
        assert found.extension_nm == pytest.approx(CASES[name][0])
        assert found.remarks == ()


def test_what_was_not_seen_is_named_and_the_rest_still_tells():
    lost = tether("coilable", hat_nm=np.where(TURNS > 20, np.nan, 100.0), high_nm=np.nan)
    found = screen_tether(lost, CONTOUR_NM, *TURNED)
    assert found.verdict.name == "coilable"
    assert found.evidence.hat is found.evidence.relative_extension is None
    assert any("it was seen at 16 of 18 turns" in each for each in found.remarks)
    assert any("its extension is not known" in each for each in found.remarks)


def test_a_bead_without_height_is_undecided():
    nowhere = dict.fromkeys(("high_nm", "relaxed_nm", "negative_nm", "positive_nm"), np.nan)
    found = screen_tether(tether("nicked", np.nan, **nowhere), CONTOUR_NM, *TURNED)
    assert found.verdict.name == "undecided"
    assert len(found.remarks) == 4


def test_drift_is_what_the_references_do():
    way = np.array([0.0, 5.0, -3.0])[:, None]
    heights = np.array([[100.0, 40.0, 7.0], [300.0, 40.0, 7.0], [50.0, 40.0, np.nan]]) + way
    np.testing.assert_allclose(without_drift(heights, [1, 2])[:, 0], [100.0, 300.0, 50.0])
    np.testing.assert_array_equal(without_drift(heights, []), heights)


def computed(contour_nm, turned, turning_pn):
    """Return the heights that the theory gives one molecule that coils."""
    chain = TwistedChain(contour_nm=contour_nm)
    hat = np.append(np.linspace(-0.03, 0.03, 17), 0.0) * contour_nm / 3.57

    def height(force_pn, turns):
        return chain.extension_nm(force_pn, turns)

    turned_nm = [float(height(turning_pn, way * turned)) for way in (0.0, -1.0, 1.0)]
    return TurnedTether(0.0, float(height(8.0, 0.0)), *turned_nm, hat, height(0.4, hat))


def test_turns_that_coil_nothing_do_not_make_a_nicked_molecule():
    found = screen_tether(computed(CONTOUR_NM, 30.0, 4.0), CONTOUR_NM, 30.0, 4.0)
    assert found.verdict.name == "undecided"
    assert "turn it to both sides" in found.verdict.reason
    assert any("would lose 1 %; turn it by 52" in each for each in found.remarks)
    assert found.evidence.expected_loss == pytest.approx(found.evidence.loss_positive)
