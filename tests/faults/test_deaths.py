"""Processes are killed in the middle of a recording; what was acknowledged stays."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from types import SimpleNamespace

import h5py
import numpy as np
import psutil
import pytest
from bluesky import plan_stubs as bps

from beadline.devices import Bead
from beadline.documents import JOURNAL_NAME, read_documents
from beadline.plans import record, root_cause
from beadline.session import Session, load_profile, microscope_session
from runs_when_opened import InForeground

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="processes are killed by signal here"),
]
WORLD = {"width_px": 320, "height_px": 240, "tethers": 3, "references": 1, "seed": 5}
SCRIPT = f"""
import sys
from beadline.session import open_session
from beadline.plans import find_beads, record
with open_session("simulated", sys.argv[1], say=print, arguments={WORLD!r}) as session:
    session.RE(find_beads(session.camera, session.tracker))
    session.RE(record(session.camera, [session.tracker, session.recorder], duration_s=float(sys.argv[2])))
    print("the end", flush=True)
"""


def rows(path):
    with h5py.File(path, swmr=True) as file:
        return len(file["frame_id"])


def wait_for(condition, timeout_s=60.0):
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come to pass")


def recording_in(data):
    """Return the tracks file of a run that has some rows."""
    for path in data.glob("2*/*/*/2_*/tracks.h5"):
        try:
            if rows(path) > 100:
                return path
        except OSError:
            return None
    return None


@pytest.fixture(scope="module")
def left(tmp_path_factory):
    """What is left of a session that was killed in a recording: its folder, rows in the file, and rows announced."""
    folder = tmp_path_factory.mktemp("killed")
    with (folder / "said").open("w") as said:
        killed = subprocess.Popen([sys.executable, "-c", SCRIPT, str(folder / "data"), "60"], stdout=said, stderr=said)
        try:
            tracks = wait_for(lambda: recording_in(folder / "data"))
            workers = psutil.Process(killed.pid).children(recursive=True)
        finally:
            killed.send_signal(signal.SIGKILL)
            killed.wait()
    documents, _ = read_documents(tracks.parent / JOURNAL_NAME)
    announced = max(doc["indices"]["stop"] for name, doc in documents if name == "stream_datum")
    _, alive = psutil.wait_procs([each for each in workers if "beadline" in " ".join(cmdline(each))], timeout=10)
    assert alive == []
    return SimpleNamespace(data=folder / "data", rows=rows(tracks), announced=announced)


@contextmanager
def opened(data):
    """A session with two beads; what it said when it began is in `said`."""
    said = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(microscope_session, "Ingestion", InForeground)
        opening = Session(load_profile("simulated"), data, say=said.append, arguments=WORLD)
    with opening as session:
        session.said = said
        session.RE(bps.abs_set(session.tracker.beads, [Bead(0, 100.0, 100.0), Bead(1, 200.0, 120.0)], wait=True))
        yield session


@pytest.fixture(scope="module")
def again(left):
    """The session after the one that was killed, on the same folder."""
    with opened(left.data) as session:
        yield session


@pytest.fixture
def session(tmp_path):
    with opened(tmp_path / "data") as session:
        yield session


def test_killing_the_session_loses_nothing_that_was_acknowledged(left, again):
    assert left.rows >= left.announced > 0
    (line,) = [sentence for sentence in again.said if "recovered" in sentence or "aborted" in sentence]
    assert line
    (listed,) = [run for run in again.catalogue.runs() if run.scan_id == 2]
    assert listed.state == "aborted"
    recovered = again.catalogue.tracks(listed.uid)
    assert recovered.sizes["time"] == left.rows
    assert np.all(np.diff(recovered.frame_id.values) == 1)


def cmdline(process):
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def kill_during(session, worker, duration_s, consumers):
    """Record, and kill a worker once some frames have come; return the error, if any."""
    pid = session.workbench.workers.workers[worker].status().pid
    board = session.camera.worker.board

    def kill(name, doc):
        if name == "stream_datum" and board["window_delivered"] > 50 and not killed:
            killed.append(pid)
            os.kill(pid, signal.SIGKILL)

    killed = []
    token = session.RE.subscribe(kill)
    try:
        session.RE(record(session.camera, consumers, duration_s=duration_s))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is looked at
        return error
    finally:
        session.RE.unsubscribe(token)
        assert killed
    return None


def dies_in(session, worker, consumers):
    """Kill a worker in a run, and look at what is told and kept of the run."""
    error = kill_during(session, worker, 20.0, consumers)
    assert error is not None
    assert worker in root_cause(error)
    assert "died" in root_cause(error)
    listed = session.catalogue.runs()[0]
    assert listed.state == "failed"
    assert worker in listed.reason
    assert session.catalogue.tracks(listed.uid).sizes["time"] > 0


def test_killing_the_camera_fails_the_run_and_names_it(again):
    dies_in(again, "camera", [again.tracker, again.recorder])


def freezes_in(session, consumers):
    """Freeze the tracker in a run until well after the last frame was taken: frames are written, memory is bounded."""
    worker, frozen = session.tracker.worker, []
    pid, generation = worker.status().pid, worker.generation
    session.tracker.patience_s = 3.0
    memory = psutil.Process().memory_info().rss

    def freeze(name, doc):
        if name == "stream_datum" and not frozen:
            frozen.append(pid)
            os.kill(pid, signal.SIGSTOP)

    token = session.RE.subscribe(freeze)
    try:
        uid = session.run(record(session.camera, consumers, frames=300))
    finally:
        session.RE.unsubscribe(token)
    assert frozen
    assert psutil.Process().memory_info().rss - memory < 50e6
    (listed,) = [run for run in session.catalogue.runs() if run.uid == uid]
    assert (listed.state, listed.frames["recorder"]) == ("done", 300)
    assert "tracks_incomplete: tracker has" in listed.reason
    assert "took longer than 3 s to store the last frames" in listed.reason
    wait_for(lambda: worker.generation == generation + 1)
    session.run(record(session.camera, [session.tracker], frames=50))
    assert session.catalogue.runs()[0].frames["tracker"] == 50


def revive(session):
    """The next run restarts it."""
    if session.ingestion_state()["state"] == "degraded":
        session.RE(record(session.camera, [session.tracker], frames=5))
    return False


def test_killing_ingester_recorder_and_tracker_in_turn_spares_those_that_are_left(session):
    both = [session.tracker, session.recorder]
    assert kill_during(session, "ingester", 3.0, both) is None
    uid = session.catalogue.runs()[0].uid
    wait_for(lambda: session.ingestion_state()["runs"].get(uid, {}).get("state") == "done" or revive(session))
    run = session.catalogue[uid]
    assert run.metadata["stop"]["exit_status"] == "success"
    assert session.catalogue.tracks(uid).sizes["time"] == 300

    dies_in(session, "recorder", both)
    # the next run has the recorder again, and goes on without its tracker
    assert kill_during(session, "tracker", 5.0, both) is None
    listed = session.catalogue.runs()[0]
    assert (listed.state, listed.frames["recorder"]) == ("done", 500)
    assert "tracks_incomplete: tracker has" in listed.reason
    assert session.catalogue.tracks(listed.uid).sizes["time"] == listed.frames["tracker"] < 500
    freezes_in(session, both)
