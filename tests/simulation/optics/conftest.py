import pytest

from beadline.simulation.optics import BeadOptics, intensity_table

MYONE = BeadOptics(525.0, 1.60, 0.008)


@pytest.fixture(scope="session")
def table(tmp_path_factory):
    return intensity_table(
        MYONE, lowest_nm=-4000, highest_nm=-2000, radius_px=40, z_step_nm=50, cache=tmp_path_factory.mktemp("optics")
    )
