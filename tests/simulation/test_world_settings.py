import pytest

from beadline.physics import M270_PAIR, MYONE_PAIR
from beadline.simulation.world_settings import WorldSettings


def test_the_magnets_go_with_the_bead():
    assert WorldSettings.from_plain({}).law == M270_PAIR
    assert WorldSettings.from_plain({"bead": "MyOne"}).law == MYONE_PAIR


def test_a_force_law_is_given_by_its_numbers():
    law = WorldSettings.from_plain({"force_law": {"amplitude_1_pn": 1.0, "amplitude_2_pn": 2.0}}).law
    assert (law.amplitude_1_pn, law.decay_1_mm, law.amplitude_2_pn) == (1.0, 0.406, 2.0)


def test_lists_are_taken_as_they_come_from_json():
    settings = WorldSettings.from_plain(
        {"tethers": 1, "references": 1, "positions_px": [[10, 20], [30.5, 40]], "drift_nm_per_s": [0, 0, 1]}
    )
    assert settings.positions_px == ((10, 20), (30.5, 40))
    assert settings.drift_nm_per_s == (0, 0, 1)


@pytest.mark.parametrize(
    ("plain", "message"),
    [
        ({"tether": 3}, "The simulated microscope has no setting tether: it has width_px, height_px, "),
        ({"frame_rate_hz": 5000}, r"cannot have frame_rate_hz = 5000 Hz: from 0\.1 to 2000 Hz"),
        ({"pixel_size_nm": float("nan")}, "cannot have pixel_size_nm = nan nm: from 20 to 1000 nm"),
        ({"tethers": -1}, "cannot have tethers = -1: from 0 to 10000"),
        ({"bead": "M280"}, "no beads of kind 'M280': it has M270, MyOne"),
        ({"force_law": {"a": 1}}, "Cannot make a force law from .*unexpected keyword argument 'a'"),
        ({"force_law": {"decay_1_mm": 0}}, "A force law cannot have decay_1_mm = 0 mm"),
        ({"drift_nm_per_s": [1, 2]}, "drift_nm_per_s takes 3 numbers each, got .1, 2."),
        ({"positions_px": [[1, 2]]}, "positions_px has 1 places for 20 tethers and 3 references: give one for each"),
        (
            {"tethers": 1, "references": 0, "positions_px": [[640, 2]]},
            "Cannot put a bead at x = 640, y = 2 px: the sensor reaches from 0 to 639 and 479 px",
        ),
    ],
)
def test_impossible_worlds_are_refused(plain, message):
    with pytest.raises(ValueError, match=message):
        WorldSettings.from_plain(plain)


@pytest.mark.parametrize(
    ("plain", "message"),
    [
        ({"tethers": 2.5}, r"tethers must be a whole number, got 2\.5"),
        ({"contour_nm": "8 kb"}, "contour_nm must be a number, got '8 kb'"),
        ({"seed": True}, "seed must be a whole number, got True"),
    ],
)
def test_the_wrong_kind_is_refused(plain, message):
    with pytest.raises(TypeError, match=message):
        WorldSettings.from_plain(plain)
