"""What the workers promise when something is killed or full: real processes, real files."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import psutil
import pytest

from acquisition.stand import camera_arguments, wait_for

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals and limits")
pytestmark = [pytest.mark.slow, posix]
TESTS = Path(__file__).parents[1]

SESSION = """
import sys, time
from acquisition.stand import camera_arguments
from beadline.acquisition import Supervisor
supervisor = Supervisor(log=lambda line: None)
camera = supervisor.start("camera", "beadline.acquisition:CameraLoop", camera_arguments(frame_rate_hz=500.0))
camera.call("open")
ring = camera.call("ring")["ring"]
recorder = supervisor.start("recorder", "beadline.acquisition.recorder_loop:RecorderLoop", {})
recorder.call("attach", ring=ring)
recorder.call("prepare", path=sys.argv[1], window_after=0, attrs={})
camera.call("start")
camera.call("open_window", frames=None, count="counter")
print(camera.status().pid, recorder.status().pid, ring, camera.board.name, recorder.board.name, flush=True)
while True:
    print(recorder.board["written"], flush=True)
    time.sleep(0.01)
"""


def test_when_the_session_is_killed_its_workers_leave_and_every_acknowledged_frame_is_readable(tmp_path):
    path = tmp_path / "video.h5"
    environment = os.environ | {"PYTHONPATH": str(TESTS)}
    command = [sys.executable, "-c", SESSION, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as session:
        camera_pid, recorder_pid, *names = session.stdout.readline().split()
        while (acknowledged := int(session.stdout.readline())) < 50:
            pass
        session.kill()
        acknowledged = max([acknowledged, *(int(line) for line in session.stdout if line.endswith("\n"))])
    pids = [int(camera_pid), int(recorder_pid)]
    began = time.monotonic()
    wait_for(lambda: not any(is_running(pid) for pid in pids))
    assert time.monotonic() - began < 2
    with h5py.File(path, "r") as file:
        ids, video = file["frame_id"][:], file["video"][:]
    assert len(ids) == len(video) >= acknowledged
    assert np.array_equal(ids, np.arange(ids[0], ids[0] + len(ids)))
    assert np.array_equal(video[:, 1, 1], ids % 251)
    if Path("/dev/shm").is_dir():
        wait_for(lambda: not any(Path("/dev/shm", name).exists() for name in names))


def is_running(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def recording(supervisor, path, loop="beadline.acquisition.recorder_loop:RecorderLoop"):
    """Start a camera and a recorder that follows it into a file."""
    camera = supervisor.start("camera", "beadline.acquisition:CameraLoop", camera_arguments(frame_rate_hz=500.0))
    camera.call("open")
    recorder = supervisor.start("recorder", loop, {})
    recorder.call("attach", ring=camera.call("ring")["ring"])
    recorder.call("prepare", path=str(path), window_after=0, attrs={})
    camera.call("start")
    camera.call("open_window", frames=None, count="counter")
    return camera, recorder


def test_a_killed_recorder_leaves_every_acknowledged_frame_and_another_takes_its_place(supervisor, tmp_path):
    camera, recorder = recording(supervisor, tmp_path / "video.h5")
    wait_for(lambda: recorder.board["written"] > 20)
    os.kill(recorder.status().pid, signal.SIGKILL)
    wait_for(lambda: not recorder.alive)
    acknowledged = recorder.board["written"]
    with h5py.File(tmp_path / "video.h5", "r", swmr=True) as file:
        assert len(file["frame_id"]) >= acknowledged
        assert np.array_equal(file["video"][:acknowledged, 1, 1], file["frame_id"][:acknowledged] % 251)
    camera.call("close_window")
    recorder.restart()
    recorder.call("attach", ring=camera.call("ring")["ring"])
    recorder.call("prepare", path=str(tmp_path / "second.h5"), window_after=camera.board["window"], attrs={})
    camera.call("open_window", frames=30, count="counter")
    wait_for(lambda: recorder.board["written"] == 30)
    assert recorder.call("finish")["missed_ids"] == []


def test_the_end_of_a_camera_worker_is_told_and_its_consumers_keep_what_they_have(supervisor, tmp_path):
    camera, recorder = recording(supervisor, tmp_path / "video.h5")
    wait_for(lambda: recorder.board["written"] > 20)
    os.kill(camera.status().pid, signal.SIGKILL)
    wait_for(lambda: not camera.alive)
    with pytest.raises(RuntimeError, match="The worker camera has died"):
        camera.check()
    counts = recorder.call("finish")
    # it claims no frame that the ring lacks; between two instructions it may have died before it claimed the last one
    assert counts["delivered"] - camera.board["window_delivered"] in (0, 1)


def test_a_sleeping_consumer_misses_frames_and_knows_which(supervisor, tmp_path):
    camera, recorder = recording(supervisor, tmp_path / "video.h5", "acquisition.full_disk:SkippingLoop")
    wait_for(lambda: recorder.board["delivered"] > 20)
    process = psutil.Process(recorder.status().pid)
    process.suspend()
    seen = camera.board["frames"]
    wait_for(lambda: camera.board["frames"] > seen + 1100)
    process.resume()
    camera.call("close_window")
    report, counts = camera.call("window_report"), recorder.call("finish")
    assert report["produced"] == counts["delivered"] + len(counts["missed_ids"]) + len(counts["dropped_ids"])
    missed = counts["missed_ids"]
    assert missed == list(range(missed[0], missed[-1] + 1))
    with h5py.File(tmp_path / "video.h5") as file:
        assert not set(file["frame_id"][:].tolist()) & set(missed)


def test_a_full_disk_fails_the_recording_and_neither_the_worker_nor_what_was_flushed(supervisor, tmp_path):
    camera, recorder = recording(supervisor, tmp_path / "video.h5", "acquisition.full_disk:FullDiskLoop")
    wait_for(lambda: recorder.board["failed"])
    assert "video.h5: File too large; what the disk had taken before is safe" in recorder.call("failure")
    acknowledged = recorder.board["written"]
    camera.call("close_window")
    report, counts = camera.call("window_report"), recorder.call("finish", dropped_ids=[])
    assert counts["delivered"] == acknowledged > 0
    assert report["produced"] == counts["delivered"] + len(counts["missed_ids"])
    with h5py.File(tmp_path / "video.h5", "r", swmr=True) as file:
        assert np.array_equal(file["video"][:acknowledged, 1, 1], file["frame_id"][:acknowledged] % 251)
    recorder.call("make_room")
    recorder.call("prepare", path=str(tmp_path / "second.h5"), window_after=camera.board["window"], attrs={})
    camera.call("open_window", frames=10, count="counter")
    wait_for(lambda: recorder.board["written"] == 10)
    assert recorder.call("finish")["missed_ids"] == []
    supervisor.stop()
    assert recorder.status().state == "stopped"
    assert not [line for line in supervisor.lines if "Segmentation" in line or "Fatal" in line]
