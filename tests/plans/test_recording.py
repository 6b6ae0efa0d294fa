from itertools import pairwise

import h5py
import numpy as np
import pytest
from bluesky import plan_stubs as bps
from bluesky import preprocessors as bpp
from bluesky.run_engine import call_in_bluesky_event_loop
from ophyd_async.core import DetectorTrigger, TriggerInfo

from beadline.plans import in_run, make_lookup_table, record, root_cause, step_record
from bench import BEADS, make_bench


@pytest.fixture
def bench(tmp_path):
    made = make_bench(tmp_path)
    made.RE(bps.abs_set(made.tracker.beads, BEADS, wait=True))
    yield made
    made.close()


def file_of(tmp_path, bench, name):
    uid = next(doc["uid"] for kind, doc in bench.documents if kind == "start")
    return tmp_path / uid[:8] / name


def ids_in(path):
    with h5py.File(path, swmr=True) as file:
        return file["frame_id"][:]


def test_a_recording_has_every_frame_on_the_cameras_counter(bench, tmp_path):
    bench.RE(record(bench.camera, [bench.tracker, bench.recorder], frames=120))
    for name in ("tracks.h5", "video.h5"):
        ids = ids_in(file_of(tmp_path, bench, name))
        assert len(ids) == 120
        assert np.all(np.diff(ids) == 1)
    assert bench.stop_document()["exit_status"] == "success"
    assert bench.stop_document()["reason"] == ""


def test_documents_announce_exactly_what_is_in_the_file(bench, tmp_path):
    bench.RE(record(bench.camera, [bench.tracker], frames=90))
    resources = {doc["uid"]: doc["data_key"] for kind, doc in bench.documents if kind == "stream_resource"}
    assert set(resources.values()) == {
        f"tracker-{name}"
        for name in ("tracks", "flags", "window_origin_px", "frame_id", "device_time_s", "host_time_s")
    }
    for uid in resources:
        ranges = [
            doc["indices"] for kind, doc in bench.documents if kind == "stream_datum" and doc["stream_resource"] == uid
        ]
        assert ranges[0]["start"] == 0
        assert ranges[-1]["stop"] == 90
        assert all(before["stop"] == after["start"] for before, after in pairwise(ranges))


def test_the_video_shows_the_frames_it_says(bench, tmp_path):
    bench.RE(record(bench.camera, [bench.recorder], frames=20))
    with h5py.File(file_of(tmp_path, bench, "video.h5"), swmr=True) as file:
        assert np.array_equal(file["video"][:, 0, 0], file["frame_id"][:] % 251)


def test_windows_of_the_beads_can_be_recorded(bench, tmp_path):
    bench.RE(bps.mv(bench.recorder.kind, "rois", bench.recorder.every, 2))
    bench.RE(record(bench.camera, [bench.recorder], frames=20))
    with h5py.File(file_of(tmp_path, bench, "roi_video.h5"), swmr=True) as file:
        assert file["video"].shape == (10, 2, 32, 32)
        assert np.all(np.diff(file["frame_id"][:]) == 2)


def test_steps_take_frames_exposed_after_the_move(bench):
    bench.RE(step_record(bench.camera, [bench.tracker], bench.height, [1.0, 2.0, 3.0], frames=5))
    assert [event["height"] for event in bench.data("primary")] == [1.0, 2.0, 3.0]
    assert bench.data("frame_books")[0]["tracker-delivered"] == 15


def test_steps_with_a_recorder_that_takes_every_third_frame_are_refused_before_the_run(bench):
    bench.RE(bps.mv(bench.recorder.every, 3))
    consumers = [bench.tracker, bench.recorder]
    with pytest.raises(ValueError, match=r"recorder cannot take steps with every = 3: .*set recorder\.every to 1"):
        bench.RE(step_record(bench.camera, consumers, bench.height, [1.0], frames=5))
    assert bench.documents == []
    bench.RE(bps.mv(bench.recorder.every, 1))
    bench.RE(step_record(bench.camera, consumers, bench.height, [1.0], frames=5))
    assert bench.data("frame_books")[0]["recorder-delivered"] == 5


def test_a_sweep_takes_all_frames_and_leaves_the_recorder_as_it_was(bench):
    bench.RE(bps.mv(bench.recorder.every, 3))
    sweep = make_lookup_table(bench.camera, bench.tracker, bench.recorder, bench.height, 1.0, 1.0, planes=5, frames=2)
    with pytest.raises(Exception, match=r".") as failure:
        bench.RE(sweep)
    assert "No look-up table could be made" in root_cause(failure.value)  # of beads that are not in the picture
    assert bench.data("frame_books")[0]["recorder-delivered"] == 10
    assert call_in_bluesky_event_loop(bench.recorder.every.get_value()) == 3
    assert call_in_bluesky_event_loop(bench.recorder.kind.get_value()) == "full"


def test_a_sweep_that_is_broken_off_leaves_the_focus_where_it_is_and_says_where(bench, caplog):
    sets = []

    def breaks(message):
        if message.command == "set" and message.obj is bench.height:
            sets.append(message.args[0])
            if len(sets) == 3:
                raise RuntimeError("the focus is blocked")
        return message

    before_um = call_in_bluesky_event_loop(bench.height.readback.get_value())
    sweep = make_lookup_table(bench.camera, bench.tracker, bench.recorder, bench.height, 1.0, 1.0, planes=5, frames=2)
    with pytest.raises(RuntimeError, match="the focus is blocked"):
        bench.RE(bpp.msg_mutator(sweep, breaks))
    assert len(sets) == 3
    left_um = call_in_bluesky_event_loop(bench.height.readback.get_value())
    assert left_um == pytest.approx(sets[1], abs=0.01)
    assert left_um != pytest.approx(before_um, abs=0.1)
    assert f"was left at {left_um:.3f} µm; before the sweep it was at {before_um:.3f} µm" in caplog.text


def test_a_recorder_refuses_steps_with_every_third_frame_from_any_plan(bench):
    one_step = TriggerInfo(trigger=DetectorTrigger.EXTERNAL_EDGE, collections_per_event=5)

    def own_plan():
        yield from bps.mv(bench.recorder.every, 3)
        yield from bps.prepare(bench.recorder, one_step, wait=True)

    with pytest.raises(Exception, match=r".") as failure:
        bench.RE(in_run(own_plan()))
    assert "recorder cannot take steps with every = 3" in root_cause(failure.value)


def test_a_position_out_of_range_is_refused_before_the_first_move(bench):
    before = bench.height.axis.state().position
    with pytest.raises(ValueError, match="Cannot move height to 99 mm: its range is 0 to 10 mm"):
        bench.RE(step_record(bench.camera, [bench.tracker], bench.height, [1.0, 99.0], frames=5))
    assert bench.height.axis.state().position == before
    assert bench.documents == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "Say either frames or duration_s"),
        ({"frames": 5, "duration_s": 1.0}, "Say either frames or duration_s"),
        ({"frames": 0}, "frames cannot be 0"),
        ({"duration_s": -1.0}, "duration_s cannot be -1 s"),
    ],
)
def test_arguments_are_checked_before_the_first_message(bench, arguments, message):
    with pytest.raises(ValueError, match=message):
        list(record(bench.camera, [bench.tracker], **arguments))


def test_there_must_be_something_to_do_with_the_frames(bench):
    with pytest.raises(ValueError, match="consumers cannot be empty"):
        list(record(bench.camera, [], frames=5))


def test_the_next_run_has_a_file_of_its_own(bench):
    for _ in range(2):
        bench.RE(record(bench.camera, [bench.tracker], frames=10))
    resources = {doc["uri"] for kind, doc in bench.documents if kind == "stream_resource"}
    assert len(resources) == 2


def test_live_mode_goes_on_after_a_run(bench):
    bench.RE(bps.mv(bench.camera.live, True))
    bench.RE(record(bench.camera, [bench.tracker], frames=10))
    assert bench.camera.worker.board["running"] == 1
    bench.RE(bps.mv(bench.camera.live, False))
    assert bench.camera.worker.board["running"] == 0


def test_frames_the_camera_lost_are_named_everywhere(tmp_path):
    lost = [60, 61, 75]
    bench = make_bench(tmp_path, drop=lost)
    try:
        bench.RE(bps.abs_set(bench.tracker.beads, BEADS, wait=True))
        bench.RE(record(bench.camera, [bench.tracker, bench.recorder], frames=100))
        books = bench.data("frame_books")[0]
        assert books["tracker-dropped_ids"].tolist() == lost
        assert (books["tracker-produced"], books["tracker-delivered"], books["tracker-missed"]) == (100, 97, 3)
        assert bench.stop_document()["reason"] == "camera lost 3 of 100 frames: 60, 61, 75"
        for name in ("tracks.h5", "video.h5"):
            with h5py.File(file_of(tmp_path, bench, name), swmr=True) as file:
                assert file["dropped_frame_id"][:].tolist() == lost
                assert not set(lost) & set(file["frame_id"][:].tolist())
    finally:
        bench.close()


def test_a_camera_that_fails_ends_the_run_and_keeps_what_came(tmp_path):
    bench = make_bench(tmp_path, fail_after=80)
    try:
        bench.RE(bps.abs_set(bench.tracker.beads, BEADS, wait=True))
        with pytest.raises(Exception, match=r".") as failure:
            bench.RE(record(bench.camera, [bench.tracker], frames=1000))
        assert "camera has failed: OSError: the cable was pulled" in root_cause(failure.value)
        assert bench.stop_document()["exit_status"] == "fail"
        assert "the cable was pulled" in bench.stop_document()["reason"]
        announced = max(doc["indices"]["stop"] for kind, doc in bench.documents if kind == "stream_datum")
        assert announced == len(ids_in(file_of(tmp_path, bench, "tracks.h5")))
    finally:
        bench.close()
