"""In lock-step the seed and the plan say what happens, and nothing else does: not the machine, nor its load."""

import threading
import time
from functools import partial

import h5py
import numpy as np
import pytest
from bluesky import plan_stubs as bps
from bluesky.run_engine import call_in_bluesky_event_loop
from bluesky.utils import RunEngineInterrupted

from beadline.devices import Bead
from beadline.plans import on_instrument_time, record, wait_s
from bench import make_bench

WORLD = {"positions_px": [[40.0, 40.0], [90.0, 60.0]], "tethers": 1, "references": 1, "seed": 5}
BEADS = [Bead(0, 40.0, 40.0), Bead(1, 90.0, 60.0, role="reference")]


def bench_in_lock_step(folder):
    world = {"factory": "beadline.simulation:microscope", "axis": "magnet_height", **WORLD}
    made = make_bench(folder, frame_rate_hz=200.0, clock="lock-step", **world)
    made.RE.preprocessors.append(partial(on_instrument_time, clock=made.camera.clock))
    made.RE(bps.abs_set(made.tracker.beads, BEADS, wait=True))
    return made


@pytest.fixture
def bench(tmp_path):
    made = bench_in_lock_step(tmp_path)
    yield made
    made.close()


def experiment(folder, idle_s=0.0):
    """Return all numbers of a short experiment with moves: two recordings, and positions in between."""
    folder.mkdir()
    bench = bench_in_lock_step(folder)
    try:
        return list(numbers(bench, idle_s))
    finally:
        bench.close()


def numbers(bench, idle_s):
    for height_mm in (1.5, 3.0):
        bench.RE(bps.mv(bench.height, height_mm))
        time.sleep(idle_s)  # the host does something else: no matter, time stands still
        bench.RE(bps.mv(bench.camera.live, True))
        bench.RE(bps.trigger(bench.beads, wait=True))
        yield call_in_bluesky_event_loop(bench.beads.read())["beads-mean"]["value"]
        bench.RE(wait_s(0.1234))
        bench.RE(record(bench.camera, [bench.tracker, bench.recorder], frames=60))
        yield bench.camera.clock.now()
        books = bench.data("frame_books")[-1]
        assert [value for key, value in books.items() if key.endswith("-missed")] == [0, 0]
        with h5py.File(bench.recorder.path) as video, h5py.File(bench.tracker.path) as tracks:
            yield np.array(video["video"])
            yield from (np.array(tracks[name]) for name in ("frame_id", "device_time_s", "tracks", "flags"))


def test_the_same_seed_and_plan_give_the_same_frames_and_tracks(tmp_path):
    first, second = experiment(tmp_path / "first"), experiment(tmp_path / "second", idle_s=0.15)
    assert len(first) == len(second) == 14
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)
    frames = first[2]
    assert frames.shape[0] == 60
    assert not np.array_equal(frames, first[9])


def test_moves_waits_and_frames_take_the_time_they_are_said_to(bench):
    clock = bench.camera.clock
    before_s = clock.now()
    bench.RE(wait_s(100.0))
    assert clock.now() - before_s == pytest.approx(100.0)
    before_s = clock.now()
    bench.RE(bps.sleep(3.0))
    assert clock.now() - before_s == pytest.approx(3.0)
    bench.RE(bps.mv(bench.height, 10.0))
    before_s = clock.now()
    bench.RE(bps.mv(bench.height, 5.0))
    # 5 mm at 10 mm/s with ramps at 50 mm/s²: 0.5 s and one ramp of 0.2 s; looked at no more often than every 5 ms
    assert 0.7 <= clock.now() - before_s < 0.75
    before_s = clock.now()
    bench.RE(record(bench.camera, [bench.tracker], frames=200))
    # 200 frames at 200 Hz, then the rest of the 2 s after which a recording looks whether it is over
    assert clock.now() - before_s == pytest.approx(2.0, abs=0.011)


def test_a_move_beside_a_wait_goes_on(bench):
    def plan():
        yield from bps.mv(bench.height, 10.0)
        yield from bps.abs_set(bench.height, 5.0, group="move")
        yield from wait_s(0.35)
        positions.append((yield from bps.rd(bench.height)))
        yield from bps.wait("move")
        positions.append((yield from bps.rd(bench.height)))

    positions = []
    bench.RE(plan())
    assert positions == pytest.approx([7.5, 5.0], abs=0.01)


def test_an_aborted_wait_lets_no_more_time_pass(bench):
    timer = threading.Timer(0.3, bench.RE.abort)
    timer.start()

    def endless():
        yield from bps.mv(bench.camera.live, True)
        while True:
            yield from wait_s(0.5)

    with pytest.raises(RunEngineInterrupted):
        bench.RE(endless())
    timer.join()
    clock = bench.camera.clock
    deadline_s = time.monotonic() + 5.0
    while not bench.camera.worker.board["clock_idle"] and time.monotonic() < deadline_s:
        time.sleep(0.01)
    stopped_s = clock.now()
    bench.RE(bps.null())
    assert clock.now() == stopped_s > 0
