import numpy as np
import pytest

from beadline.analysis import RotationCircle, TetherEvidence, classify_tether, fit_hat_curve
from beadline.physics import TwistedChain, TwoTethers, wlc_extension_nm

CHAIN = TwistedChain(contour_nm=2720.0)
TURNS = np.arange(-22.0, 23.0, 2.0)
LENGTH_NM = {force: float(wlc_extension_nm(force / 2, 2720.0, stretch_pn=1000.0)) for force in (0.4, 3.0)}


def extension_of(kind, force_pn, turns):
    if kind == "coilable":
        return CHAIN.extension_nm(force_pn, turns)
    if kind == "nicked":
        return np.full(np.shape(turns), float(CHAIN.extension_nm(force_pn, 0.0)))
    return TwoTethers(LENGTH_NM[force_pn], separation_nm=900.0, radius_nm=8.0).extension_nm(force_pn, turns)


def evidence(kind, **more):
    """Measure a tether of the model as an experiment would: turned at 3 pN, and a hat at 0.4 pN."""
    rest, low, high = (float(extension_of(kind, 3.0, turns)) for turns in (0.0, -60.0, 60.0))
    hat = extension_of(kind, 0.4, TURNS) + 5 * np.random.default_rng(1).standard_normal(len(TURNS))
    shown = {
        "relative_extension": rest / 2720.0,
        "loss_negative": 1 - low / rest,
        "loss_positive": 1 - high / rest,
        "hat": fit_hat_curve(TURNS, hat),
        "hat_loss": float(np.ptp(hat) / hat.max()),
    }
    return TetherEvidence(**(shown | more))


@pytest.mark.parametrize("kind", ["coilable", "nicked", "double"])
def test_each_kind_of_tether_is_named_with_its_reason(kind):
    found = classify_tether(evidence(kind, persistence_nm=25.0 if kind == "double" else 47.0))
    assert found.name == kind, found.reason
    assert "%" in found.reason


def test_a_hat_against_a_flat_line_at_high_force_contradicts():
    found = classify_tether(evidence("coilable", loss_negative=0.0, loss_positive=0.01))
    assert found.reason.startswith("signs contradict each other")


def test_a_short_one_is_stuck_whatever_else():
    found = classify_tether(evidence("nicked", relative_extension=0.3))
    assert (found.name, found.reason) == ("stuck", "at the highest force it is 0.30 of the contour long, below 0.5")


def test_what_is_not_known_is_undecided_and_says_what_to_do():
    assert classify_tether(TetherEvidence()).reason == "nothing tells: turn it"
    hat_alone = evidence("coilable", loss_negative=None, loss_positive=None)
    found = classify_tether(hat_alone)
    assert found.name == "undecided"
    assert "turn it to both sides" in found.reason
    one = classify_tether(TetherEvidence(persistence_nm=45.0))
    assert (one.name, "turn it to both sides" in one.reason) == ("undecided", True)


def test_signs_that_contradict_are_undecided():
    found = classify_tether(evidence("coilable", persistence_nm=24.0))
    assert found.name == "undecided"
    assert found.reason.startswith("signs contradict each other")
    assert classify_tether(evidence("double", persistence_nm=47.0)).name == "undecided"
    assert classify_tether(TetherEvidence(relative_extension=1.3)).name == "undecided"


@pytest.mark.parametrize(("radius_nm", "is_off"), [(400.0, True), (30.0, False), (160.0, None)])
def test_an_attachment_off_the_axis_goes_with_any_class(radius_nm, is_off):
    circle = RotationCircle(0.0, 0.0, radius_nm, 10.0, 185.0, 5.0)
    found = classify_tether(evidence("coilable", circle=circle, bead_radius_nm=525.0))
    assert found.off_centre is is_off
    assert f"{radius_nm:.0f} ± 10 nm" in found.off_centre_reason
    assert found.name == "coilable"
    assert classify_tether(evidence("coilable")).off_centre is None
