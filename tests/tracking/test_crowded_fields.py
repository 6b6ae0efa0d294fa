"""Fields of beads strewn at random over dust and uneven light, made from the laws of optics."""

import numpy as np
import pytest

from beadline.simulation.optics import BeadOptics, Sensor, intensity_table, simulated_field
from beadline.tracking import find_beads

WINDOW_PX = 52


@pytest.fixture(scope="module", params=[(2000.0, 6000.0), (-6000.0, -2000.0)], ids=["above", "below"])
def field(request, tmp_path_factory):
    """Return a field as crowded as one of 300 beads on 1280 x 1024 px."""
    low_nm, high_nm = request.param
    bead = BeadOptics(radius_nm=525.0, refractive_index=1.60, extinction=0.008)
    table = intensity_table(
        bead,
        lowest_nm=low_nm,
        highest_nm=high_nm,
        radius_px=70.0,
        z_step_nm=100.0,
        cache=tmp_path_factory.mktemp("optics"),
    )
    return simulated_field(
        table,
        110,
        np.random.default_rng(3),
        sensor=Sensor(electrons_per_adu=39.0, read_noise_electrons=7.0),
        shape=(640, 750),
        z_range_nm=request.param,
        dust=12,
    )


def distances(field, found):
    x_px, y_px = (np.array([getattr(bead, name) for bead in found]) for name in ("x_px", "y_px"))
    return np.hypot(field.x_px[:, None] - x_px, field.y_px[:, None] - y_px)


def test_isolated_beads_are_found_to_a_small_part_of_a_pixel(field):
    isolated = field.isolated(0.8 * WINDOW_PX, margin_px=WINDOW_PX / 2)
    errors_px = distances(field, find_beads(field.image, window_px=WINDOW_PX, allow_overlap=True)).min(axis=1)[isolated]
    found = errors_px < 1
    assert errors_px[found].max() < 0.2
    # on larger fields 99 of 100
    assert len(found) >= 20
    assert (~found).sum() <= 1


def test_what_is_found_are_isolated_beads(field):
    apart = distances(field, find_beads(field.image, window_px=WINDOW_PX, allow_overlap=True))
    assert apart.min(axis=0).max() < 1, "dust, or the middle of a doublet"
    isolated = field.isolated(0.8 * WINDOW_PX)[apart.argmin(axis=0)]
    assert (~isolated).sum() <= 1


def test_two_beads_in_a_cluster_are_seen_from_the_bead_beside_them(field_image, camera):
    lone = (100.0, 110.0, 500.0)
    picture = camera(
        field_image((220, 300), [lone, (148.0, 104.0, 0.0), (162.0, 112.0, 900.0)]), np.random.default_rng(1)
    )
    assert find_beads(picture, allow_overlap=True) == []
    far = camera(field_image((220, 300), [lone, (158.0, 104.0, 0.0), (172.0, 112.0, 900.0)]), np.random.default_rng(1))
    assert [round(bead.x_px) for bead in find_beads(far, allow_overlap=True)] == [100]


def test_a_bead_beside_a_faint_one_is_not_isolated(field_image, camera):
    for distance_px, found_px in ((46, []), (58, [100, 158])):
        beside = field_image((220, 300), [(100.0 + distance_px, 110.0, 1800.0)])
        picture = camera(
            field_image((220, 300), [(100.0, 110.0, 500.0)]) + (beside - 120) / 2, np.random.default_rng(1)
        )
        assert [round(bead.x_px) for bead in find_beads(picture, allow_overlap=True)] == found_px


def test_two_beads_behind_each_other_are_none(field_image, camera):
    alone = [(x, y, 400.0) for x in (60, 160, 260) for y in (60, 160)]
    pair = [(360.0, 110.0, 300.0), (363.0, 111.0, 500.0)]
    picture = camera(field_image((220, 430), alone + pair), np.random.default_rng(1))
    assert len(find_beads(picture)) == len(alone)
    assert max(bead.x_px for bead in find_beads(picture)) < 300


def test_windows_lie_apart_and_inside_the_picture(field):
    places = np.array([(bead.x_px, bead.y_px) for bead in find_beads(field.image, window_px=WINDOW_PX)])
    apart = np.abs(places[:, None] - places).max(axis=-1)
    np.fill_diagonal(apart, np.inf)
    assert apart.min() >= WINDOW_PX
    assert (places >= WINDOW_PX / 2).all()
    assert (places <= np.array(field.image.shape[::-1]) - WINDOW_PX / 2).all()
