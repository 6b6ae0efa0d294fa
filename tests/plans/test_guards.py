"""Guards end a recording early, in good order, and never by a pause."""

from collections import namedtuple

import h5py
import pytest
from bluesky import plan_stubs as bps
from bluesky.run_engine import call_in_bluesky_event_loop
from ophyd_async.core import init_devices, soft_signal_rw

from beadline.devices import DiskReserve, DropGuard, FrameRateGuard, Lamp, LampGuard, TemperatureGuard
from beadline.plans import GuardTripped, record, step_record
from bench import BEADS, make_bench

Usage = namedtuple("Usage", "total used free")
GB = 10**9


@pytest.fixture
def bench(tmp_path):
    made = make_bench(tmp_path)
    made.RE(bps.abs_set(made.tracker.beads, BEADS, wait=True))
    yield made
    made.close()


class Disk:
    """A disk with less room at each look."""

    def __init__(self, *free_gb):
        self.free_gb = list(free_gb)

    def __call__(self, folder):
        free = self.free_gb.pop(0) if len(self.free_gb) > 1 else self.free_gb[0]
        return Usage(100 * GB, 0, int(free * GB))


def on_disk(bench, tmp_path, *free_gb):
    bench.workbench.disk = DiskReserve(tmp_path, 2 * GB, Disk(*free_gb))


def trips(bench, plan):
    """Run a plan that a guard ends, and return its sentence and its stop document."""
    with pytest.raises(GuardTripped) as tripped:
        bench.RE(plan)
    stop = bench.stop_document()
    assert (stop["exit_status"], stop["reason"]) == ("fail", str(tripped.value))
    assert bench.RE.state == "idle"
    return str(tripped.value), stop


def rows(bench, name):
    with h5py.File(bench.folder / bench.documents[0][1]["uid"][:8] / name, swmr=True) as file:
        return len(file["frame_id"])


def test_a_recording_ends_at_the_reserve_of_the_disk_and_all_of_it_is_there(bench, tmp_path):
    on_disk(bench, tmp_path, 3, 2.5, 1.9)
    sentence, _ = trips(bench, record(bench.camera, [bench.tracker, bench.recorder], duration_s=60))
    assert sentence.startswith("disk: 1.90 GB are free in ")
    assert "2.00 GB in reserve: make room" in sentence
    (books,) = bench.data("frame_books")
    for name, file in (("tracker", "tracks.h5"), ("recorder", "video.h5")):
        announced = max(
            doc["indices"]["stop"]
            for kind, doc in bench.documents
            if kind == "stream_datum" and doc["stream_resource"] in resources(bench, name)
        )
        assert announced == books[f"{name}-delivered"] == rows(bench, file) > 20
        assert books[f"{name}-unaccounted"] == 0
    on_disk(bench, tmp_path, 50)
    bench.RE(record(bench.camera, [bench.tracker], frames=10))
    assert bench.stop_document()["exit_status"] == "success"


def resources(bench, name):
    return {doc["uid"] for kind, doc in bench.documents if kind == "stream_resource" and name in doc["data_key"]}


def test_steps_end_between_two_of_them(bench, tmp_path):
    on_disk(bench, tmp_path, 3, 3, 1)
    trips(bench, step_record(bench.camera, [bench.recorder], bench.height, [5.1, 5.2, 5.3, 5.4], frames=5))
    assert len(bench.data("primary")) == 2


def test_a_disk_that_is_gone_ends_it_too(bench, tmp_path):
    bench.workbench.disk = DiskReserve(tmp_path / "gone")
    sentence, _ = trips(bench, record(bench.camera, [bench.tracker], duration_s=60))
    assert sentence == f"disk: {tmp_path / 'gone'} cannot be looked at: No such file or directory"


def test_a_planned_run_needs_a_tenth_more_than_its_frames(tmp_path):
    disk = DiskReserve(tmp_path, 2 * GB, Disk(13))
    assert disk.lacks(9.9 * GB) == ""
    assert disk.lacks(10.1 * GB).startswith("disk: 13.00 GB are free in ")
    assert "of 11.11 GB for this run and 2.00 GB in reserve" in disk.lacks(10.1 * GB)


@pytest.fixture
def losing(tmp_path):
    """A bench of which the camera loses one frame in ten."""
    made = make_bench(tmp_path, drop=list(range(0, 20000, 10)))
    made.RE(bps.abs_set(made.tracker.beads, BEADS, wait=True))
    yield made
    made.close()


def test_a_camera_that_loses_too_many_frames_ends_it(losing):
    bench = losing
    bench.workbench.guards.append(DropGuard(0.05))
    sentence, _ = trips(bench, record(bench.camera, [bench.tracker], duration_s=60))
    assert sentence.startswith("dropped frames: camera lost 1")
    assert "allowed are 5.0%" in sentence


def test_fewer_losses_than_allowed_end_nothing(losing):
    losing.workbench.guards.append(DropGuard(0.2))
    losing.RE(record(losing.camera, [losing.tracker], frames=200))
    assert losing.stop_document()["exit_status"] == "success"
    assert losing.data("frame_books")[0]["tracker-missed"] >= 19


def test_a_frame_rate_that_is_off_ends_it(bench):
    bench.workbench.guards.append(FrameRateGuard(0.1, after_frames=30))
    board = bench.camera.worker.board

    def slow_down(name, doc):
        bench.camera._settings = type(bench.camera._settings)(400.0, 0.001)  # the camera goes on with 200

    bench.RE.subscribe(slow_down, "stream_datum")
    sentence, _ = trips(bench, record(bench.camera, [bench.tracker], frames=20000))
    assert sentence.startswith("frame rate: camera sends 200 frames/s instead of 400, allowed is 10.0% off")
    assert board["window_produced"] < 20000


class Bulb:
    level = 50.0

    def level_percent(self):
        return self.level

    def set_level_percent(self, level_percent):
        self.level = level_percent


def test_a_lamp_that_goes_out_ends_it(bench):
    bulb = Bulb()

    async def source():
        return bulb

    with init_devices():
        lamp = Lamp(source)
    bench.workbench.guards.append(LampGuard(lamp, 10.0))
    bench.RE.subscribe(lambda name, doc: bulb.set_level_percent(0.0), "stream_datum")
    sentence, _ = trips(bench, record(bench.camera, [bench.tracker], duration_s=60))
    assert sentence == "lamp: lamp is at 0 %, at least 10 % are asked for; look at its cable and its controller"


def test_a_temperature_that_leaves_its_range_ends_it_and_all_that_is_wrong_is_said(bench, tmp_path):
    on_disk(bench, tmp_path, 1)
    with init_devices():
        temperature = soft_signal_rw(float, 25.0, name="temperature")
    guard = TemperatureGuard(temperature, 22.0, 24.0)
    bench.workbench.guards.append(guard)
    sentence, _ = trips(bench, record(bench.camera, [bench.tracker], duration_s=60))
    assert sentence.startswith("disk: 1.00 GB")
    assert sentence.endswith("; temperature: temperature is 25 °C, allowed is 22 to 24 °C; wait until it has settled")
    bench.RE(bps.mv(temperature, 23.0))
    assert call_in_bluesky_event_loop(guard(bench.camera)) == ""


@pytest.mark.parametrize("share", [1.5, -1.0, float("nan")])
@pytest.mark.parametrize("guard", [DropGuard, FrameRateGuard])
def test_guards_that_make_no_sense_are_refused(guard, share):
    with pytest.raises(ValueError, match="it is from 0 to 1"):
        guard(share)
