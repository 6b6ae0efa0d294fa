"""The size of a pixel, measured with the stage of the twin in lock-step, whose pixels are 112 nm."""

import math
from functools import partial

import pytest
from bluesky import plan_stubs as bps
from bluesky.run_engine import call_in_bluesky_event_loop
from ophyd_async.core import init_devices

from beadline.devices import Bead, Motor
from beadline.plans import calibrate_pixel_size, on_instrument_time, plan_summary, root_cause, set_role
from bench import make_bench

TRUE_NM = 112.0


BEADS = [Bead(0, 56.0, 64.0, window_px=64), Bead(1, 144.0, 62.0, role="reference", window_px=64)]


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    made = make_bench(
        tmp_path_factory.mktemp("twin"),
        factory="beadline.simulation:microscope",
        axis="focus",
        unit="um",
        frame_rate_hz=100.0,
        clock="lock-step",
        width_px=200,
        height_px=128,
        positions_px=[(bead.x_px, bead.y_px) for bead in BEADS],
        tethers=0,
        references=2,
        bead="MyOne",
        seed=5,
    )
    with init_devices():
        stage_x = Motor(lambda: made.camera.axis("stage_x"), unit="um")
    made.stage_x = stage_x
    made.RE.preprocessors.append(partial(on_instrument_time, clock=made.camera.clock))
    yield made
    made.close()


@pytest.fixture
def unknown(bench):
    """A microscope whose camera does not know its pixels."""
    bench.camera._pixel_size_nm = math.nan
    bench.RE(bps.abs_set(bench.tracker.beads, BEADS, wait=True))
    bench.documents.clear()
    return bench


def measure(twin, said, **options):
    quick = {"travel_um": 1.0, "step_um": 0.25, "duration_s": 0.2, "settle_s": 0.05}
    return calibrate_pixel_size(twin.camera, twin.tracker, twin.stage_x, say=said.append, **(quick | options))


def position(twin):
    return call_in_bluesky_event_loop(twin.stage_x.readback.get_value())


def test_a_pixel_is_measured_and_nothing_is_set(unknown):
    twin, said, before_um = unknown, [], position(unknown)
    twin.RE(measure(twin, said))
    (found,) = twin.data("pixel_size")
    assert found["pixel_size-size_nm"] == pytest.approx(TRUE_NM, abs=4 * found["pixel_size-error_nm"])
    assert found["pixel_size-error_nm"] < 0.5
    assert found["pixel_size-angle_deg"] == pytest.approx(0.0, abs=4 * found["pixel_size-angle_error_deg"])
    assert abs(found["pixel_size-backlash_nm"]) < 4 * found["pixel_size-backlash_error_nm"]
    assert found["pixel_size-beads"].tolist() == [1]
    assert "one bead: whether it is stuck cannot be told" in found["pixel_size-warnings"]
    steps = twin.data("steps")
    up = [-0.5, -0.25, 0.0, 0.25, 0.5]
    way = [-0.25, -0.5, -0.75, *up, 0.75, *up[::-1], -0.25, 0.0]
    assert [each["step-position_um"] - before_um for each in steps] == pytest.approx(way, abs=0.002)
    assert [each["step-direction"] for each in steps] == [0.0] * 3 + [1.0] * 5 + [0.0] + [-1.0] * 5 + [0.0] * 2
    assert steps[0]["step-x_px"].shape == (2,)
    assert all(each["step-seen"].min() > 0.9 for each in steps)
    assert position(twin) == pytest.approx(before_um, abs=0.002)
    assert math.isnan(call_in_bluesky_event_loop(twin.camera.pixel_size_nm.get_value()))
    assert said[0].startswith("a pixel is 11")
    assert "write pixel_size_nm=11" in said[-1]
    assert "RE(bps.mv(camera.pixel_size_nm, 11" in said[-1]
    assert said[0] in twin.stop_document()["reason"]


def test_the_camera_takes_it_if_asked(unknown):
    twin, said = unknown, []
    twin.RE(set_role(twin.tracker, [0, 1], "reference"))
    twin.RE(measure(twin, said, apply=True, beads=[1], step_um=0.5, duration_s=0.1))
    size_nm = call_in_bluesky_event_loop(twin.camera.pixel_size_nm.get_value())
    assert size_nm == twin.data("pixel_size")[0]["pixel_size-size_nm"]
    assert "camera has it now" in said[-1]
    with pytest.raises(Exception, match="cannot be -3 nm large") as failure:
        twin.RE(bps.mv(twin.camera.pixel_size_nm, -3.0))
    assert "above 0 nm" in root_cause(failure.value)


def test_an_axis_that_moves_no_bead_is_noticed_in_the_run(unknown):
    twin = unknown
    plan = calibrate_pixel_size(twin.camera, twin.tracker, twin.height, 1.0, 0.5, duration_s=0.1, settle_s=0.0)
    with pytest.raises(Exception, match=r".") as failure:
        twin.RE(plan)
    assert "The beads do not go with the axis" in root_cause(failure.value)
    assert twin.stop_document()["exit_status"] == "fail"
    assert "The beads do not go with the axis" in twin.stop_document()["reason"]


def test_what_it_would_do_can_be_foreseen(unknown):
    twin, before_um = unknown, position(unknown)
    foreseen = plan_summary(measure(twin, []))
    assert foreseen.plans == ["calibrate_pixel_size"]
    assert foreseen.events["steps"] == 16
    assert min(foreseen.positions["stage_x"]) == pytest.approx(before_um - 0.75, abs=0.002)
    assert max(foreseen.positions["stage_x"]) == pytest.approx(before_um + 0.75, abs=0.002)
    assert position(twin) == before_um


REFUSED = {
    "no reference": ({}, "none of the 2 beads is a reference"),
    "unknown bead": ({"beads": [4]}, r"beads cannot contain \[4\]: those that are tracked are \[0, 1\]"),
    "steps": ({"beads": [1], "step_um": 0.3}, "the way is a whole number of steps"),
    "few steps": ({"beads": [1], "step_um": 1.0}, "step_um cannot be 1 µm: at most half of travel_um, 1 µm"),
    "long step": ({"beads": [1], "duration_s": 60.0}, "it lasts at most 40 s"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused_before_anything_moves(unknown, name):
    twin, (options, sentence) = unknown, REFUSED[name]
    twin.RE(set_role(twin.tracker, [1], "tether"))
    before_um = position(twin)
    with pytest.raises(ValueError, match=sentence):
        twin.RE(measure(twin, [], **options))
    assert twin.documents == []
    assert position(twin) == before_um


def test_a_step_that_windows_cannot_follow_is_refused(unknown):
    unknown.camera._pixel_size_nm = 100.0
    with pytest.raises(ValueError, match=r"step_um cannot be 2 µm: windows of 64 px follow their beads over 1\.6 µm"):
        unknown.RE(measure(unknown, [], travel_um=4.0, step_um=2.0))


def test_tables_that_would_become_useless_are_kept(unknown, monkeypatch, tmp_path):
    beads = (Bead(0, 36.0, 36.0, lookup_table=tmp_path / "lookup_table.h5"), Bead(1, 92.0, 60.0, role="reference"))
    monkeypatch.setattr(unknown.tracker.beads, "_beads", beads)
    with pytest.raises(ValueError, match=r"apply cannot be True: beads \[0\] have look-up tables"):
        unknown.RE(measure(unknown, [], apply=True))
