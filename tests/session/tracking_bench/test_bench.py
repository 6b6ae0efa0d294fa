import json
import sys

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from beadline.session import bench_tables, bench_tracking
from beadline.session.tracking_bench.failures import bench_failures, failure_cases
from beadline.session.tracking_bench.finding import judged
from beadline.session.tracking_bench.image_sets import simulated_set
from beadline.session.tracking_bench.magtrack_process import MagTrack
from beadline.session.tracking_bench.measuring import Located, measure
from beadline.session.tracking_bench.real_images import measured_set, shift_test
from beadline.simulation.optics import SimulatedField

FAKE_MAGTRACK = """
import numpy as np
def stack_to_xyzp(stack, zlut=None):
    side, _, count = stack.shape
    z = np.full(count, np.nan if zlut is None else zlut[0, 0])
    return np.full(count, 1.0), np.full(count, 2.0), z, np.full((side // 2, count), stack.mean())
"""


@pytest.fixture
def magtrack(tmp_path, monkeypatch):
    """A process that answers as MagTrack does, always the same."""
    (tmp_path / "magtrack.py").write_text(FAKE_MAGTRACK)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with MagTrack(sys.executable) as running:
        yield running


@pytest.mark.slow
def test_the_whole_bench_at_a_tiny_size(small_set, asymmetric_set):
    said = []
    result = bench_tracking(100, sets=[small_set, asymmetric_set], say=said.append)
    assert json.loads(json.dumps(result, allow_nan=False)) == result
    for each in result["sets"]:
        assert each["failures"] == 0
        most = 2 if "asymmetric" in each["name"] else 1.3
        for axis in "xyz":
            assert 0.7 < each["rmse_over_crlb"][axis] < most
            assert set(each["bias_over_crlb"]) == set("xyz")
    (speed,) = result["speed"]
    assert speed["roi_px"] == 32
    assert 0.1 < speed["us_per_localisation"] < 10000
    assert speed["ratio_to_magtrack"] is None
    cases = {each["case"]: each for each in result["failures"]}
    assert cases["good"]["flagged"] == cases["good"]["wrong_unflagged"] == 0
    assert cases["empty window"]["flagged"] == 1
    assert result["finder"]["precision"] > 0.9
    assert any("precision: small asymmetric, 100 images" in line for line in said)
    console = Console(width=200)
    with console.capture() as shown:
        console.print(*bench_tables(result))
    text = shown.get()
    assert "small asymmetric" in text
    assert "sub-pixel [nm]" in text


def test_images_differ_from_place_to_place_and_are_at_no_plane(small_set, rng):
    places = small_set.places(500, rng)
    assert np.ptp(places[:, :2], axis=0) == pytest.approx([3, 3], abs=0.1)
    assert abs((places[:, 2] + 2900) / 100 - np.round((places[:, 2] + 2900) / 100)).min() >= 0.019
    assert -2800 < places[:, 2].min() < places[:, 2].max() < -2200


def test_a_tracker_that_knows_the_truth_has_no_error(small_set, rng):
    places = small_set.places(6, rng)

    def oracle(images, frames):
        assert frames.shape == (12, 48, 48)
        return Located(np.repeat(places, 2, axis=0), None, np.zeros(12, bool), np.zeros(12, bool))

    found = measure(small_set, places, 2, {"oracle": oracle}, rng)["oracle"]
    assert (found.errors == 0).all()
    assert found.bounds[:, 0] == pytest.approx(0.27, rel=0.3)


def test_scenes_are_what_their_names_say(small_set, rng):
    draw = failure_cases()
    flat = draw["empty window"](small_set, rng)
    assert np.ptp(flat.electrons) == 0
    assert len(flat.answers) == 0
    pair = draw["two beads 15-25 px"](small_set, rng)
    assert 15 <= np.hypot(*(pair.answers[0] - pair.answers[1])[:2]) <= 25
    assert 14 <= np.hypot(*(draw["bead 14-20 px off"](small_set, rng).answers[0][:2] - small_set.middle_px)) <= 20
    assert draw["z above the table"](small_set, rng).answers[0, 2] > small_set.planes_nm[-1]
    assert draw["over-exposed 1.6x"](small_set, rng).electrons.mean() > 1.4 * small_set.background_electrons
    for name in draw:
        assert (draw[name](small_set, rng).electrons >= 0).all()


def test_the_tracker_says_when_no_bead_is_there(small_set, rng):
    said = []
    found = {each["case"]: each for each in bench_failures(small_set, 10, rng, said.append)}
    assert found["good"]["flagged"] == 0
    assert found["empty window"]["flagged"] == found["z above the table"]["flagged"] == 1
    assert found["NaN in 1 pixel"]["flagged"] == found["Inf in 1 pixel"]["flagged"] == 1
    assert all(each["noted"] >= each["flagged"] for each in found.values())
    assert found["over-exposed 1.6x"]["noted"] == 1
    assert len(said) == len(found)


def test_finding_is_judged_by_the_truth():
    x_px, y_px = np.array([100.0, 200.0, 210.0, 5.0]), np.array([100.0, 200.0, 200.0, 100.0])
    field = SimulatedField(np.zeros((300, 400), np.uint8), x_px, y_px, 0 * x_px, np.zeros((0, 3)))
    found = np.array([(100.5, 101.0), (210.0, 200.1), (300.0, 300.0)])
    assert judged(field, found, 64) == [1, 1, 3, 1]
    assert judged(field, np.zeros((0, 2)), 64) == [1, 0, 0, 0]


def test_magtrack_is_asked_as_its_users_ask_it(magtrack, small_set):
    locate = magtrack.with_table_of(small_set)
    frames = np.full((450, 48, 48), 9, np.uint8)
    located = locate(small_set, frames)
    assert located.places.shape == (450, 3)
    assert located.places[449].tolist() == [9.0, 10.0, small_set.planes_nm[0]]
    assert magtrack.rounds_of(small_set, small_set.windows(frames)).us_per_localisation() > 0


def test_an_interpreter_without_magtrack_is_named(tmp_path):
    with pytest.raises(RuntimeError, match="No module named 'magtrack'; is it installed"):
        MagTrack(sys.executable)


def test_too_few_images_and_unknown_beads_are_refused():
    with pytest.raises(ValueError, match="by 10 images: at least 100"):
        bench_tracking(10)
    with pytest.raises(ValueError, match="'Large': choose one of MyOne, M270"):
        simulated_set("Large")


def test_images_are_made_from_a_measured_table(real_images, rng):
    images = measured_set(real_images / "lut_150_planes.png")
    assert len(images.planes_nm) == 150
    frame = images.electrons(images.places(1, rng)[0])
    assert frame[0, 0] == pytest.approx(5500)
    assert frame.min() < 0.5 * 5500 < 1.3 * 5500 < frame.max()


def picture_of_rings(path, rows, columns):
    radius, height = np.meshgrid(np.arange(columns) / 4, np.arange(rows))
    rings = 40 * np.exp(-radius / 10) * np.cos(radius**2 / (30 + height))
    Image.fromarray(np.rint(120 + rings).astype(np.uint8)).save(path)
    return path


def test_a_measured_table_may_reach_further_than_the_images(tmp_path, rng):
    images = measured_set(picture_of_rings(tmp_path / "wide.png", 20, 400))
    assert images.light.radius_px > 90
    frame = images.electrons(images.places(1, rng)[0])
    assert frame.min() < 0.9 * 5500 < 1.1 * 5500 < frame.max()


def test_a_measured_table_that_is_none_is_refused_before_anything_takes_time(tmp_path):
    said = []
    with pytest.raises(ValueError, match=r"narrow\.png has 20 rows and 47 columns: a table has at least 10 and 48"):
        bench_tracking(100, measured_table=picture_of_rings(tmp_path / "narrow.png", 20, 47), say=said.append)
    assert said == []


@pytest.mark.slow
def test_beads_of_a_real_frame_follow_a_known_shift(real_images, rng):
    found = shift_test(real_images / "field_of_beads.jpg", rng)
    assert found["beads"] > 30
    assert found["without_table"]["rms_mpx"] < 50
