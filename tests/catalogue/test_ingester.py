"""The embedded catalogue, with tiled itself: each test opens one."""

import os
import signal
import subprocess
import sys
import time

import dask
import h5py
import numpy as np
import pytest
import xarray as xr

from beadline.acquisition import Supervisor
from beadline.callbacks import Journal
from beadline.catalogue import Catalogue, IngesterLoop, ingester, open_catalogue, run_feed, use_as_default
from beadline.documents import JOURNAL_NAME
from beadline.tracks import COLUMN_NAMES
from made_runs import MadeRun, continuous
from runs_when_opened import InForeground

pytestmark = pytest.mark.slow
DEADLINE_S = 60.0


@pytest.fixture(autouse=True)
def no_pool_of_dask():
    """Have dask read in the thread that asks: its pool of threads outlives a test."""
    with dask.config.set(scheduler="synchronous"):
        yield


@pytest.fixture
def journal(tmp_path):
    made = Journal(tmp_path)
    yield made
    made.close()


@pytest.fixture
def start_loop(tmp_path):
    """Start ingesters, one after another, that work only when a test lets them."""
    loops = []

    def start():
        if loops:
            loops.pop().close()
        loops.append(IngesterLoop(str(tmp_path)))
        loops[-1].step()
        return loops[-1]

    yield start
    for each in loops:
        each.close()


def work(loop, *, until=("ok", "degraded")):
    deadline = time.monotonic() + DEADLINE_S
    while (state := loop.state())["state"] not in until or not level(state):
        assert time.monotonic() < deadline, state
        loop.step()
    return state


def level(state):
    return all(run["behind"] == 0 for run in state["runs"].values() if run["state"] != "running")


@pytest.fixture
def catalogue(tmp_path):
    with Catalogue(tmp_path) as made:
        yield made


def check_tracks(run, folder):
    dataset = run["tracks"].read()
    with h5py.File(folder / "tracks.h5", "r", swmr=True) as file:
        for name in ("tracks", "flags", "window_origin_px", "frame_id", "device_time_s", "host_time_s"):
            np.testing.assert_array_equal(dataset[f"tracker-{name}"], file[name][:])
    return dataset


def test_a_run_is_in_the_catalogue_as_it_was_recorded(journal, start_loop, catalogue, tmp_path):
    made = continuous(journal, tmp_path, frames=300, video=True, scan_id=5, md={"sample": {"length_bp": 4000}})
    state = work(start_loop())
    assert state["runs"] == {made.uid: {"state": "done", "behind": 0}}
    run = catalogue[-1]
    dataset = check_tracks(run, made.folder)
    assert dataset["tracker-tracks"].dims == ("time", "bead", "column")
    assert run["video"]["recorder-video"].shape == (300, 8, 6)
    assert run["video"]["recorder-video"][299].max() == 299 % 256
    assert run.metadata["start"]["sample"] == {"length_bp": 4000}
    assert run.metadata["stop"]["exit_status"] == "success"
    configuration = run["tracks"].metadata["configuration"]["tracker"]["data"]
    assert configuration == {"tracker-beads-ids": [4, 7, 9], "tracker-gain": None}
    assert run["frame_books"].read()["tracker-missed_ids"].values == ["[]"]
    for name in (5, made.uid, made.uid[:8]):
        assert catalogue[name].metadata["start"]["uid"] == made.uid
    kinds = [name for name, _ in run.documents()]
    assert (kinds[0], kinds[-1]) == ("start", "stop")


def test_steps_read_as_one_dataset_with_numbers_texts_and_frames(journal, start_loop, catalogue, tmp_path):
    made = MadeRun(journal, tmp_path, frames_per_event=5)
    also = {
        "focus": {"source": "x", "dtype": "number", "shape": []},
        "label": {"source": "x", "dtype": "string", "shape": []},
        "count": {"source": "x", "dtype": "integer", "shape": []},
        "means": {"source": "x", "dtype": "array", "shape": [3], "dtype_numpy": "<f4"},
    }
    made.describe("primary", also=also)
    means = np.array([1.5, np.nan, 3], np.float32)
    for number, focus in enumerate([0.5, float("nan"), 2.5]):
        made.step(focus=np.float64(focus), label="abc", count=np.int64(number), means=means)
    made.books(dropped=[1007, 1009, 1011], missed=list(range(100)))
    made.stop("fail", "the lamp went out")
    work(start_loop())
    run = catalogue[1]
    dataset = run["primary"].read()
    assert dataset["tracker-tracks"].dims == ("time", "frame", "bead", "column")
    np.testing.assert_array_equal(dataset["focus"], [0.5, np.nan, 2.5])
    np.testing.assert_array_equal(dataset["count"], [0, 1, 2])
    np.testing.assert_array_equal(dataset["means"], np.stack([means] * 3))
    assert list(dataset["label"].values) == ["abc"] * 3
    books = run["frame_books"].read()
    np.testing.assert_array_equal(books["tracker-dropped_ids"], [[1007, 1009, 1011]])
    np.testing.assert_array_equal(books["tracker-missed_ids"], [range(100)])
    assert run.metadata["stop"]["reason"] == "the lamp went out"


def test_a_run_is_in_the_catalogue_while_it_is_recorded(journal, start_loop, catalogue, tmp_path, monkeypatch):
    monkeypatch.setattr(run_feed, "DATUM_PERIOD_S", 0.0)
    loop = start_loop()
    made = MadeRun(journal, tmp_path)
    loop.follow(str(made.folder))
    made.describe()
    for rows in (50, 100):
        made.record(50)
        made.write(7 if rows == 50 else 0)
        deadline = time.monotonic() + DEADLINE_S
        while loop.state()["behind"] or loop.board["ingested"] == 0:
            assert time.monotonic() < deadline
            loop.step()
        assert catalogue[-1]["tracks"]["tracker-tracks"].shape[0] >= 50
        assert "stop" not in catalogue[-1].metadata
        made.rows = rows if rows == 100 else made.rows
    made.close_files()


def test_what_an_ingester_left_half_done_is_done_again_once(journal, start_loop, catalogue, tmp_path):
    loop = start_loop()
    made = MadeRun(journal, tmp_path)
    loop.follow(str(made.folder))
    made.describe()
    made.event("monitor", {"force": 1.0})
    made.record(50)
    for _ in range(3):
        loop.step()
    assert catalogue[-1].metadata["start"]["uid"] == made.uid
    again = start_loop()
    made.event("monitor", {"force": 2.0})
    made.record(50)
    made.books()
    made.stop()
    work(again)
    assert len(catalogue.client) == 1
    check_tracks(catalogue[1], made.folder)
    np.testing.assert_array_equal(catalogue[1]["monitor"].read()["force"], [1.0, 2.0])
    assert start_loop().state()["runs"] == {}


def test_a_run_that_is_too_fast_is_brought_in_after_its_end(journal, start_loop, catalogue, tmp_path, monkeypatch):
    monkeypatch.setattr(run_feed, "BULK_BEYOND", 30)
    monkeypatch.setattr(ingester, "STEP_S", 0.0)
    loop = start_loop()
    made = MadeRun(journal, tmp_path)
    loop.follow(str(made.folder))
    for number in range(100):
        made.event("monitor", {"force": float(number)})
        if number % 20 == 0:
            loop.step()
    assert loop.state()["runs"][made.uid]["behind"] > 30
    made.stop()
    monkeypatch.setattr(ingester, "STEP_S", 0.2)
    work(loop)
    np.testing.assert_array_equal(catalogue[1]["monitor"].read()["force"], np.arange(100.0))


def test_a_damaged_journal_does_not_hold_up_the_others(journal, start_loop, catalogue, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(ingester, "RETRY_S", (0.0, 0.0))
    bad = continuous(journal, tmp_path, frames=10, scan_id=1)
    path = bad.folder / JOURNAL_NAME
    path.write_bytes(path.read_bytes().replace(b'"stream_resource"', b'"stream\n', 1))
    good = continuous(journal, tmp_path, frames=10, scan_id=2)
    loop = start_loop()
    deadline = time.monotonic() + DEADLINE_S
    while sorted(run["state"] for run in loop.state()["runs"].values()) != ["done", "failed"]:
        assert time.monotonic() < deadline, loop.state()
        loop.step()
    state = loop.state()
    assert state["state"] == "degraded"
    assert state["runs"][good.uid]["state"] == "done"
    assert "is damaged" in state["runs"][bad.uid]["message"]
    check_tracks(catalogue[2], good.folder)
    assert "cannot bring" in caplog.text


def test_a_damaged_catalogue_is_set_aside_and_made_anew(journal, start_loop, catalogue, tmp_path, caplog):
    made = continuous(journal, tmp_path, frames=50)
    work(start_loop())
    documents = list(catalogue[1].documents())
    catalogue.close()
    start_loop().close()
    (tmp_path / "catalog.db").write_bytes(b"not a database" * 1000)
    work(start_loop())
    check_tracks(catalogue[1], made.folder)
    assert [document["uid"] for _, document in catalogue[1].documents()] == [
        document["uid"] for _, document in documents
    ]
    assert (tmp_path / "damaged_catalogue_1" / "catalog.db").exists()
    assert "is damaged" in caplog.text


def test_readers_cannot_write(journal, start_loop, tmp_path):
    continuous(journal, tmp_path, frames=10)
    work(start_loop())
    client = open_catalogue(tmp_path)
    for write in (
        lambda: client.create_container(key="mine"),
        lambda: client.values()[0].update_metadata({"mine": 1}),
        lambda: client.delete_contents(list(client), recursive=True, external_only=False),
    ):
        with pytest.raises(Exception, match="readonly database"):
            write()
    assert len(client) == 1
    client.context.close()


def test_any_process_opens_the_runs_by_the_profile(journal, start_loop, tmp_path):
    data = tmp_path
    made = continuous(journal, data, frames=10, video=True)
    work(start_loop())
    use_as_default(data)
    code = """
import databroker, tiled.client
for catalogue in (tiled.client.from_profile("beadline"), databroker.catalog["beadline"]):
    run = catalogue[-1]
    print(run.metadata["start"]["uid"], run["tracks"].read()["tracker-tracks"].shape, len(list(run.documents())))
"""
    elsewhere = data / "elsewhere"
    elsewhere.mkdir()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], cwd=elsewhere, capture_output=True, text=True, check=True
    )
    lines = [line for line in done.stdout.splitlines() if made.uid in line]
    assert len(lines) == 2
    assert str((10, 3, len(COLUMN_NAMES))) in lines[0]


def kill(worker):
    os.kill(worker.status().pid, signal.SIGKILL)
    deadline = time.monotonic() + DEADLINE_S
    while worker.alive:
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.skipif(os.name == "nt", reason="kills by signal")
def test_a_session_waits_for_its_run_and_outlives_its_ingester(journal, catalogue, tmp_path):
    supervisor = Supervisor(log=lambda line: None)
    try:
        ingestion = InForeground.start(supervisor, tmp_path)
        first = continuous(journal, tmp_path, frames=50)
        ingestion.follow(first.folder)
        ingestion.wait_until_open()
        assert ingestion.wait_for(first.uid, DEADLINE_S) == 0
        check_tracks(catalogue[-1], first.folder)
        kill(supervisor.workers["ingester"])
        second = continuous(journal, tmp_path, frames=50, scan_id=2)
        ingestion.follow(second.folder)
        assert ingestion.wait_for(second.uid, DEADLINE_S) == 0
        assert isinstance(catalogue.tracks(catalogue[-1]), xr.DataArray)
    finally:
        supervisor.stop()
