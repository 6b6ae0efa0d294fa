import numpy as np
import pytest

from beadline.simulation.bead_kinds import BEAD_KINDS
from beadline.simulation.light_path import LightPath
from beadline.simulation.optics import intensity
from beadline.simulation.world_settings import WorldSettings

M270 = BEAD_KINDS["M270"]


def test_the_light_is_given_by_plain_data():
    settings = WorldSettings.from_plain({"light": {"wavelength_nm": 520, "extinction": 0.02, "dust": 3}})
    assert settings.light == LightPath(wavelength_nm=520, extinction=0.02, dust=3)
    optics = settings.bead_optics(M270)
    assert (optics.wavelength_nm, optics.extinction, optics.refractive_index) == (520, 0.02, M270.refractive_index)


@pytest.mark.parametrize(
    ("plain", "message"),
    [
        ({"wavelength": 520}, "light path has no setting wavelength: it has wavelength_nm, "),
        ({"wavelength_nm": 5}, "cannot have wavelength_nm = 5 nm: from 300 to 1200 nm"),
        ({"numerical_aperture": 1.4}, "aperture of 1.4: it must be below 1.33"),
        ({"glass_dirt": -1}, "cannot have glass_dirt = -1 pieces: from 0 to 1000 pieces"),
        ({"unevenness": float("nan")}, "cannot have unevenness = nan: from 0 to 0.9"),
    ],
)
def test_impossible_light_is_refused(plain, message):
    with pytest.raises(ValueError, match=message):
        WorldSettings.from_plain({"light": plain})


@pytest.mark.parametrize(
    ("plain", "message"),
    [
        ({"dust": 2.5}, r"dust must be a whole number, got 2\.5"),
        ({"asymmetry": "much"}, "asymmetry must be a number, got 'much'"),
        ({"wavelength_nm": None}, "wavelength_nm must be a number, got None"),
    ],
)
def test_the_wrong_kind_of_light_is_refused(plain, message):
    with pytest.raises(TypeError, match=message):
        WorldSettings.from_plain({"light": plain})


def test_oil_blurs_the_rings_of_a_wide_aperture_the_deeper_the_focus():
    """Spherical aberration grows with depth, and at a low aperture there is none."""
    radii_nm = np.arange(0, 5000, 28.0)

    def change(aperture, depth_nm):
        oil = LightPath(numerical_aperture=aperture, immersion_index=1.518, bandwidth_nm=0.0)
        water = LightPath(numerical_aperture=aperture, bandwidth_nm=0.0)
        seen = [intensity(each.of_bead(M270, 112.0, depth_nm), np.array([-4000.0]), radii_nm) for each in (oil, water)]
        return float(np.sqrt(np.mean((seen[0] - seen[1]) ** 2)))

    assert change(1.2, 0.0) < 1e-9
    assert change(1.2, 2000.0) < change(1.2, 8000.0)
    assert change(0.3, 8000.0) < 0.02 < change(1.2, 2000.0)
