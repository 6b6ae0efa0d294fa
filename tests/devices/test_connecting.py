"""A connection that failed leaves nothing behind: it can be tried again."""

import asyncio
import threading
from pathlib import Path

import pytest

import scripted_camera
from beadline.acquisition import Supervisor
from beadline.devices import Camera, Recorder, Tracker, Workbench
from beadline.devices.connecting import worker_kept_if_ready

PLAIN = "acquisition.scripted_loops:PlainLoop"


def microscope(cable, **arguments):
    """The factory of a microscope whose camera is there when its cable is."""
    if not Path(cable).exists():
        raise OSError("the cable is not plugged in")
    return scripted_camera.microscope(**arguments)


@pytest.fixture
def supervisor():
    made = Supervisor(transport="thread")
    yield made
    made.stop()


def running(supervisor):
    return sorted(status.name for status in supervisor.statuses() if status.state == "running")


async def tried(*devices):
    """Connect devices at once, as a session does, and return what was wrong with each."""
    return await asyncio.gather(*(device.connect() for device in devices), return_exceptions=True)


def test_a_microscope_that_was_not_there_can_be_connected_later(supervisor, tmp_path):
    cable = tmp_path / "cable"
    factory = "devices.test_connecting:microscope"
    camera = Camera(Workbench(supervisor), factory, frame_rate_hz=100.0, arguments={"cable": str(cable)}, name="camera")
    tracker = Tracker(camera, name="tracker")
    recorder = Recorder(camera, tracker, name="recorder")

    async def try_twice():
        errors = await tried(camera, tracker, recorder)
        assert "the cable is not plugged in" in str(errors[0])
        assert "tracker" not in str(errors[0])
        assert all("camera, on which it hangs, is not connected" in str(error) for error in errors[1:])
        assert running(supervisor) == []
        cable.touch()
        assert await tried(camera, tracker, recorder) == [None, None, None]
        assert running(supervisor) == ["camera", "recorder", "tracker"]
        await camera.apply(roi_px=(0, 0, 32, 16))

    asyncio.run(try_twice())


def test_a_consumer_whose_camera_died_leaves_no_worker_and_is_not_told_of_frames(supervisor):
    camera = Camera(Workbench(supervisor), "scripted_camera:microscope", frame_rate_hz=100.0, name="camera")
    tracker = Tracker(camera, name="tracker")

    async def connect():
        await camera.connect()
        camera.worker._body.end(5.0)
        with pytest.raises(ConnectionError, match=r"Cannot connect tracker: .*The worker camera has died"):
            await tracker.open_worker()

    asyncio.run(connect())
    assert running(supervisor) == []
    assert camera._on_ring == []
    with pytest.raises(RuntimeError, match="tracker is not connected"):
        _ = tracker.worker


def test_a_connection_that_is_cancelled_leaves_no_worker(supervisor):
    begun, go_on = threading.Event(), threading.Event()

    def slowly():
        begun.set()
        go_on.wait(5.0)
        return supervisor.start("slow", PLAIN, {})

    async def connect():
        async with worker_kept_if_ready(slowly):
            raise AssertionError("it was cancelled before")

    async def cancel():
        connecting = asyncio.create_task(connect())
        await asyncio.to_thread(begun.wait)
        connecting.cancel()
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await connecting

    asyncio.run(cancel())
    assert [(status.name, status.state) for status in supervisor.statuses()] == [("slow", "stopped")]


def test_a_worker_that_becomes_ready_is_kept(supervisor):
    async def connect():
        async with worker_kept_if_ready(lambda: supervisor.start("plain", PLAIN, {})) as worker:
            assert worker.alive

    asyncio.run(connect())
    assert running(supervisor) == ["plain"]
