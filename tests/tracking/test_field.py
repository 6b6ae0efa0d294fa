import ast
from pathlib import Path

import numpy as np
import pytest

from beadline import tracking
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
    assert len(find_beads(field, allow_overlap=True)) == 2


def test_an_empty_field_has_no_beads(field_image, camera):
    image = field_image((300, 300), []) * (1 + 0.2 * np.linspace(-1, 1, 300))
    assert find_beads(camera(image, np.random.default_rng(0))) == []
    assert find_beads(np.full((100, 100), 77, np.uint8)) == []


def test_the_beads_of_the_recorded_frame_are_found(real_frame):
    # counted by eye: 63 beads touch no other and are not cut; dirt lies upon the rings of four of them
    found = find_beads(real_frame, window_px=48, allow_overlap=True)
    assert len(found) == 63
    for x_px, y_px in ((181, 147), (816, 49), (415, 643), (822, 916)):
        assert any(np.hypot(bead.x_px - x_px, bead.y_px - y_px) < 3 for bead in found), "a bead with dirt"
    for x_px, y_px in (
        (476, 321),
        (164, 592),
        (548, 828),
        (765, 896),
        (1056, 790),
        (440, 1004),
        (59, 706),
        (1128, 313),
    ):
        assert not any(np.hypot(bead.x_px - x_px, bead.y_px - y_px) < 10 for bead in found), "no isolated bead"
    apart = find_beads(real_frame)
    assert len(apart) >= 48
    for one in apart:
        assert all(max(abs(one.x_px - b.x_px), abs(one.y_px - b.y_px)) >= 64 for b in apart if b is not one)
    for x_px, y_px in ((166, 777), (1250, 437)):
        assert not any(np.hypot(bead.x_px - x_px, bead.y_px - y_px) < 25 for bead in apart), "a cloud out of focus"


def test_a_picture_smaller_than_a_window_is_refused():
    with pytest.raises(ValueError, match=r"picture of shape \(40, 100\): it must be at least 64 px wide and high"):
        find_beads(np.zeros((40, 100), np.uint8))


def test_what_lies_around_beads_makes_no_difference_to_the_others(field_image, camera):
    lone = (100.0, 100.0, 500.0)
    beside = [(230.0, 90.0, 0.0), (246.0, 98.0, 300.0), (90.0, 240.0, 900.0)]
    rng = np.random.default_rng(4)
    pictures = [camera(field_image((320, 340), [lone, *others]), rng) for others in ([], beside)]
    for picture in pictures:
        first = find_beads(picture)[0]
        assert (first.x_px, first.y_px) == pytest.approx(lone[:2], abs=0.05)


def test_of_beads_that_disturb_each_other_none_is_found(field_image, rounded):
    for distance_px in (12, 20, 28, 36, 44):
        pair = [(100 - distance_px / 2, 90, 0), (100 + distance_px / 2, 90, 400)]
        picture = rounded(field_image((180, 200), pair))
        assert find_beads(picture, allow_overlap=True) == [], f"{distance_px} px apart"
    assert len(find_beads(picture, allow_overlap=True, isolation_px=40)) == 2


def test_a_bead_at_the_edge_is_found_as_soon_as_its_window_fits(field_image, rounded):
    assert len(find_beads(rounded(field_image((120, 120), [(33, 60, 500)])))) == 1
    assert find_beads(rounded(field_image((120, 120), [(29, 60, 500)]))) == []


def test_a_turned_picture_has_turned_beads(field):
    turned = find_beads(np.rot90(field).copy())
    back = {(round(field.shape[1] - 1 - bead.y_px), round(bead.x_px)) for bead in turned}
    assert back == {(round(bead.x_px), round(bead.y_px)) for bead in find_beads(field)}


def test_in_little_light_beads_are_found_and_in_noise_none(field_image, camera):
    rng = np.random.default_rng(5)
    image = field_image((200, 300), [(70, 100, 0), (220, 100, 2000)])
    dim = camera(image, rng, electrons_per_adu=0.3)
    assert sorted(round(bead.x_px) for bead in find_beads(dim)) == [70, 220]
    assert find_beads(camera(np.full((200, 300), 120.0), rng, electrons_per_adu=0.3)) == []


def test_an_example_chooses_the_beads_that_look_alike(field_image, camera):
    near, far = 0.0, 2500.0
    places = [(x, y) for y in (60, 160) for x in (60, 160, 260)]
    image = field_image((220, 320), [(x, y, near if x == 160 else far) for x, y in places])
    picture = camera(image, np.random.default_rng(6))
    for example, chosen in (((162, 57), {160}), ((60, 60), {60, 260})):
        found = find_beads(picture, like=[example])
        assert {round(bead.x_px) for bead in found} == chosen
        assert all(bead.likeness >= 0.9 for bead in found)
    assert len(find_beads(picture, like=[(60, 60), (160, 60)])) == 6
    assert {bead.likeness for bead in find_beads(picture)} == {None}


def test_an_example_that_is_no_bead_is_refused(field):
    with pytest.raises(ValueError, match=r"like the one at \(115\.0, 115\.0\) px: within 16 px there is nothing"):
        find_beads(field, like=[(115, 115)])


def modules_behind(name):
    """Return the modules of `beadline.tracking` that one of them needs, directly or not."""
    tree = ast.parse((Path(tracking.__file__).parent / f"{name}.py").read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level == 1]
    near = {part for node in imports for part in ([node.module] if node.module else [each.name for each in node.names])}
    return near.union(*(modules_behind(each) for each in near))


def test_nothing_has_to_be_compiled_before_beads_are_found():
    assert "kernels" in modules_behind("frame_tracker")
    assert "ring_patterns" in modules_behind("field")
    assert not {"kernels", "frame_tracker"} & modules_behind("field")


def test_a_picture_of_floats_is_refused():
    with pytest.raises(TypeError, match="it must be uint8 or uint16"):
        find_beads(np.zeros((100, 100)))
