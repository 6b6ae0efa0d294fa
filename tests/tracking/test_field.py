import numpy as np
import pytest

from beadline.tracking import find_beads


@pytest.fixture(scope="module")
def beads():
    """Beads far from each other, from the edge and from the doublet below."""
    rng = np.random.default_rng(8)
    places = [(x + rng.uniform(-8, 8), y + rng.uniform(-8, 8)) for y in (60, 170, 280, 390) for x in (60, 170, 280)]
    return [(x, y, rng.uniform(-1500, 3000)) for x, y in places]


@pytest.fixture(scope="module")
def field(beads, field_image, camera):
    spoiled = [
        (400.0, 100.0, 0.0),
        (415.0, 108.0, 800.0),
        (420.0, 300.0, 500.0),
        (450.0, 300.0, 900.0),
        (300.0, 9.0, 0.0),
    ]
    image = field_image((460, 520), beads + spoiled)
    rng = np.random.default_rng(9)
    rows, columns = np.indices(image.shape)
    for x, y in rng.uniform(20, 440, (15, 2)):
        image += 12 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 4)
    image *= 1 + 0.15 * (columns / 520 - 0.5)
    return camera(image, rng)


def test_all_isolated_beads_are_found_and_nothing_else(field, beads):
    found = find_beads(field)
    assert len(found) == len(beads)
    for bead in found:
        assert min(np.hypot(bead.x_px - x, bead.y_px - y) for x, y, _ in beads) < 0.1


def test_contrast_may_be_inverted(field, beads):
    assert len(find_beads(255 - field)) == len(beads)


def test_wide_pixels_change_nothing(field):
    assert find_beads(field.astype(np.uint16)) == find_beads(field)


def test_beads_come_from_top_to_bottom(field):
    found = find_beads(field)
    assert [bead.y_px for bead in found] == sorted(bead.y_px for bead in found)


def test_windows_do_not_overlap_unless_asked(field_image, rounded):
    field = rounded(field_image((160, 240), [(70, 80, 0), (125, 80, 400)]))
    assert len(find_beads(field)) == 1
    assert len(find_beads(field, minimum_separation_px=40)) == 2


def test_an_empty_field_has_no_beads(field_image, camera):
    image = field_image((300, 300), []) * (1 + 0.2 * np.linspace(-1, 1, 300))
    assert find_beads(camera(image, np.random.default_rng(0))) == []
    assert find_beads(np.full((100, 100), 77, np.uint8)) == []


def test_the_beads_of_the_recorded_frame_are_found(real_frame):
    # counted by eye: 63 beads that touch no other and are not cut; some of their windows overlap
    assert 58 <= len(find_beads(real_frame, minimum_separation_px=30)) <= 66
    apart = find_beads(real_frame)
    assert len(apart) >= 48
    for one in apart:
        assert all(max(abs(one.x_px - b.x_px), abs(one.y_px - b.y_px)) >= 64 for b in apart if b is not one)
    for x_px, y_px in ((166, 777), (1250, 437)):
        assert not any(np.hypot(bead.x_px - x_px, bead.y_px - y_px) < 25 for bead in apart), "a cloud out of focus"


def test_a_picture_smaller_than_a_window_is_refused():
    with pytest.raises(ValueError, match=r"picture of shape \(40, 100\): it must be at least 64 px wide and high"):
        find_beads(np.zeros((40, 100), np.uint8))


def test_a_picture_of_floats_is_refused():
    with pytest.raises(TypeError, match="it must be uint8 or uint16"):
        find_beads(np.zeros((100, 100)))
