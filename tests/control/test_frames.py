"""Pauses, cancels and frames: exactly those that were planned, each of them once, none from the time of a pause."""

import threading
from types import SimpleNamespace

import h5py
import numpy as np
import pytest

from beadline.devices import DiskReserve
from beadline.plans import record, step_record
from controlled import PATIENCE_S, paused_for_time, soon

STEPS, FRAMES_PER_STEP = 80, 10


@pytest.fixture
def taken(twin):
    """Return the ids of the frames in the tracks of the last run."""

    def read():
        with h5py.File(twin.bench.tracker.path) as file:
            return file["frame_id"][:]

    twin.documents.clear()
    return read


def plan_of(kind, bench):
    consumers = [bench.tracker, bench.recorder]
    if kind == "continuous":
        return record, bench.camera, consumers, 2500
    return step_record, bench.camera, consumers, bench.height, np.linspace(50.0, 50.5, STEPS).tolist(), FRAMES_PER_STEP


@pytest.mark.parametrize(
    ("kind", "frames", "moments"), [("steps", 800, [150, 400, 650]), ("continuous", 2500, [400, 1200, 1900])]
)
def test_a_recording_that_is_paused_three_times_has_all_its_frames_once(twin, taken, kind, frames, moments):
    left, handles = list(moments), []

    def pause_at_some_frames(*_):
        if handles and left and handles[0].status().frames.produced >= left[0]:
            left.pop(0)
            handles[0].pause()

    token = twin.RE.subscribe(pause_at_some_frames)
    handles.append(twin.start(*plan_of(kind, twin.bench)))
    try:
        for number in (1, 2, 3):
            soon(lambda wanted=number: paused_for_time(handles[0], wanted), twin.control)
            so_far = handles[0].status().frames
            assert so_far.produced == so_far.recorded == so_far.tracked < frames
            handles[0].resume()
        end = handles[0].wait(60)
    finally:
        twin.RE.unsubscribe(token)
    ids = taken()
    steps_between = np.diff(ids)
    assert (end.state, end.pauses, end.frames.missed) == ("done", 3, 0)
    assert end.frames.asked == end.frames.produced == end.frames.recorded == end.frames.tracked == frames == len(ids)
    assert np.all(steps_between >= 1)
    if kind == "steps":
        within_steps = np.arange(1, frames) % FRAMES_PER_STEP != 0
        assert np.all(steps_between[within_steps] == 1)
        assert (end.step, end.steps) == (STEPS, STEPS)
    else:
        assert np.count_nonzero(steps_between != 1) <= 3
    assert len([each for _, each in twin.documents if "pauses-began_s" in each.get("data", {})]) == 3


def test_a_cancelled_recording_keeps_what_it_has_and_the_next_is_complete(twin, taken):
    handle = twin.start(record, twin.bench.camera, [twin.bench.tracker], 100_000)
    soon(lambda: handle.status().frames.tracked, twin.control)
    handle.cancel("seen enough")
    end = handle.wait(PATIENCE_S)
    assert (end.state, end.reason) == ("cancelled", "seen enough")
    assert 0 < len(taken()) == end.frames.tracked == end.frames.produced < 100_000
    assert twin.start(record, twin.bench.camera, [twin.bench.tracker], 50).wait(30).frames.tracked == 50
    assert len(taken()) == 50


def test_in_lock_step_no_time_passes_while_a_slow_disk_is_asked_for_its_room(twin, tmp_path):
    """Else the recording would go on to its end, and a pause would not come."""
    bench, seen = twin.bench, []
    board = bench.camera.worker.board

    def slow(_):
        threading.Event().wait(0.05)
        return SimpleNamespace(free=10**12)

    def note(message):
        if message.command == "checkpoint":
            seen.append(int(board["window_produced"]))

    bench.workbench.disk, twin.RE.msg_hook = DiskReserve(tmp_path, 0, slow), note
    try:
        twin.start(record, bench.camera, [bench.tracker], frames=1200).wait(PATIENCE_S)
    finally:
        bench.workbench.disk = twin.RE.msg_hook = None
    each = round(bench.camera.clock.collect_period_s * 200.0)
    assert seen[:3] == [0, each, 2 * each]
