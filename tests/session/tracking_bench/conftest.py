from dataclasses import replace

import numpy as np
import pytest

from beadline.session.tracking_bench.image_sets import ImageSet, camera
from beadline.simulation.optics import TYPICAL, BeadOptics, intensity_table


@pytest.fixture
def rng():
    return np.random.default_rng(11)


@pytest.fixture(scope="session")
def small_set(tmp_path_factory):
    """A bead near the focus in 32 px: everything the bench does takes a moment."""
    light = intensity_table(
        BeadOptics(525.0, 1.60, 0.008),
        lowest_nm=-4000,
        highest_nm=-1200,
        radius_px=120,
        z_step_nm=70,
        samples_per_px=5,
        cache=tmp_path_factory.mktemp("optics"),
    )
    return ImageSet("small", light, 32, np.arange(-2900.0, -2099.0, 100.0), camera(5500.0), 5500.0)


@pytest.fixture(scope="session")
def asymmetric_set(small_set):
    return replace(small_set, name="small asymmetric", asymmetry=replace(TYPICAL, coma_radius_px=16.0))
