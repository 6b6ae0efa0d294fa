import pytest

from beadline.acquisition import Supervisor
from beadline.devices import Workbench
from beadline.session import load_profile
from beadline.simulation import BEAD_KINDS, microscope


def profile(**arguments):
    return load_profile("simulated").build(Workbench(Supervisor(transport="thread")), **arguments)


@pytest.mark.parametrize(("sample", "bead"), [("dna_8kb_myone", "MyOne"), ("dna_21kb_m270", "M270")])
def test_the_magnets_of_the_profile_pull_the_beads_of_its_sample_as_the_twin_says(sample, bead):
    law = profile(sample=sample)["magnets"].force.law
    twin = microscope(sample=sample)
    truth = twin.actions["truth"]()
    highest_mm = twin.axes["magnet_height"].open().high
    pulls = [force_pn + BEAD_KINDS[bead].weight_pn for force_pn in truth["force_pn"]]
    assert pulls == pytest.approx([float(law.force_pn(highest_mm)) * scale for scale in truth["force_scale"]])


async def test_the_profile_has_the_optics_of_its_world():
    camera = profile(pixel_size_nm=80.0, focal_factor=0.9)["camera"]
    assert await camera.pixel_size_nm.get_value() == 80.0
    assert await camera.focal_factor.get_value() == 0.9
