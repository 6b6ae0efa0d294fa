from dataclasses import replace

import numpy as np
import pytest

from beadline.simulation.bead_shapes import bead_asymmetries, kernel_shapes
from beadline.simulation.light_path import LightPath
from beadline.simulation.optics import SYMMETRIC, TYPICAL, bead_image, intensity_table
from beadline.simulation.ring_table import ring_table
from beadline.simulation.shape_kernels import add_shaped_rings, compile_shape_kernels, shade
from beadline.simulation.world_settings import WorldSettings

SETTINGS = WorldSettings(bead="MyOne", light=LightPath(asymmetry=1.0))
OPTICS = SETTINGS.bead_optics(SETTINGS.kind)
DEFOCUS_NM, PLACE = -4000.0, (40.3, 38.8)


def drawn(asymmetry, strength=1.0):
    compile_shape_kernels()
    table = ring_table(OPTICS, 96)
    signal = np.zeros((81, 81), np.float32)
    add_shaped_rings(
        signal,
        np.array([[*PLACE, table.plane(np.array(DEFOCUS_NM))]], np.float32),
        kernel_shapes([asymmetry], np.array([strength])),
        table.rings,
        np.float32(table.samples_per_px),
        np.float32(table.radius_px),
        np.empty((2, table.rings.shape[1]), np.float32),
    )
    return signal


def near(picture, radius_px=30):
    y, x = np.indices(picture.shape)
    return picture[np.hypot(x - PLACE[0], y - PLACE[1]) < radius_px]


@pytest.mark.parametrize(
    "asymmetry", [SYMMETRIC, TYPICAL, replace(TYPICAL, coma_px=0.0), replace(TYPICAL, ellipse=0.0, contrast=0.0)]
)
def test_a_bead_that_is_not_round_looks_as_optics_says(asymmetry, tmp_path_factory):
    light = intensity_table(OPTICS, lowest_nm=-4200, highest_nm=-3800, radius_px=60, cache=tmp_path_factory.mktemp("o"))
    expected = bead_image(light, *PLACE, DEFOCUS_NM, (81, 81), asymmetry) - 1
    # a pixel is taken at its centre, and the contrast to first order
    np.testing.assert_allclose(near(drawn(asymmetry)), near(expected), atol=0.01)
    if asymmetry is not SYMMETRIC:
        assert abs(near(drawn(asymmetry)) - near(drawn(SYMMETRIC))).max() > 0.015


def test_dirt_may_be_weaker_than_a_bead():
    np.testing.assert_allclose(drawn(SYMMETRIC, 0.25), 0.25 * drawn(SYMMETRIC), atol=1e-6)


def test_each_bead_deviates_in_its_own_way_and_the_same_for_the_same_seed():
    shapes = bead_asymmetries(SETTINGS)
    assert shapes == bead_asymmetries(SETTINGS) != bead_asymmetries(replace(SETTINGS, seed=2))
    assert len(set(shapes)) == SETTINGS.beads
    sizes = np.array([(each.ellipse, each.coma_px, each.contrast) for each in shapes])
    typical = (TYPICAL.ellipse, TYPICAL.coma_px, TYPICAL.contrast)
    assert (sizes / typical).min() >= 0.5
    assert (sizes / typical).max() <= 1.5


def test_uneven_light_falls_on_beads_and_background_alike():
    signal, field = np.array([[0.0, 0.5, -0.5]], np.float32), np.array([[1.2, 1.0, 0.8]], np.float32)
    shade(signal, field)
    np.testing.assert_allclose(1 + signal, [[1.2, 1.5, 0.4]], rtol=1e-6)
