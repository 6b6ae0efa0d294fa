import errno
import os
import stat
import threading
import time

import event_model
import numpy as np
import pytest
from bluesky import plan_stubs as bps
from bluesky.run_engine import RunEngine

from beadline.callbacks import Journal
from beadline.documents import JOURNAL_NAME, read_documents
from made_runs import MadeRun, continuous

DEADLINE_S = 5.0


class Disk:
    """Stands for os.fsync: counts, and fails when told."""

    def __init__(self):
        self.count = 0
        self.threads = set()
        self.error = None
        self._changed = threading.Condition()

    def __call__(self, file):
        os.fstat(file)
        with self._changed:
            self.count += 1
            self.threads.add(threading.current_thread().name)
            self._changed.notify_all()
        if self.error is not None:
            raise self.error

    def wait_for(self, count):
        with self._changed:
            assert self._changed.wait_for(lambda: self.count >= count, DEADLINE_S)


@pytest.fixture
def disk():
    return Disk()


@pytest.fixture
def journal(tmp_path, disk):
    made = Journal(tmp_path / "data", fsync=disk)
    yield made
    disk.error = None
    made.close()


def start(scan_id=1):
    return event_model.compose_run(metadata={"scan_id": scan_id})


def test_the_journal_has_every_document_in_order(journal, tmp_path):
    run = continuous(journal, tmp_path / "data", frames=20, pieces=2)
    read, torn_bytes = read_documents(run.folder / JOURNAL_NAME)
    assert [name for name, _ in read] == [name for name, _ in run.documents]
    assert [document["uid"] for _, document in read] == [document["uid"] for _, document in run.documents]
    assert torn_bytes == 0
    assert journal.acknowledged == len(run.documents)


def test_a_line_is_in_the_file_when_the_call_returns(journal, tmp_path):
    run = MadeRun(journal, tmp_path / "data")
    assert len(read_documents(run.folder / JOURNAL_NAME).documents) == 1
    run.close_files()


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_only_the_owner_reads_a_run(journal, tmp_path):
    run = continuous(journal, tmp_path / "data", frames=10)
    assert stat.S_IMODE((run.folder / JOURNAL_NAME).stat().st_mode) == 0o600
    for folder in (run.folder, run.folder.parent, tmp_path / "data"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_folder_and_documents_are_told_when_a_run_opens_and_closes(tmp_path, disk):
    told = []
    journal = Journal(
        tmp_path,
        on_open=lambda folder, document: told.append((folder, folder.is_dir(), "plan_name" in document)),
        on_close=lambda folder, document: told.append((folder, document["exit_status"])),
        fsync=disk,
    )
    run = continuous(journal, tmp_path, frames=10)
    assert told == [(run.folder, True, True), (run.folder, "success")]
    assert journal.folder is None
    journal.close()


def test_the_disk_follows_at_start_and_stop_on_another_thread(journal, disk, tmp_path):
    run = MadeRun(journal, tmp_path / "data")
    disk.wait_for(1)
    before = disk.count
    run.stop()
    disk.wait_for(before + 1)
    assert disk.threads == {"journal to disk"}


def test_the_disk_follows_within_half_a_second(journal, disk, tmp_path):
    run = MadeRun(journal, tmp_path / "data")
    run.describe()
    run.close_files()
    disk.wait_for(1)
    before = disk.count
    run.announce(0, 5)
    disk.wait_for(before + 1)


def test_a_second_run_is_refused_while_one_is_open(journal):
    journal("start", start(1).start_doc)
    with pytest.raises(RuntimeError, match=r"Cannot open run \w{8}: run \w{8} is still open; one run at a time"):
        journal("start", start(2).start_doc)


def test_a_document_without_a_run_is_refused(journal):
    with pytest.raises(RuntimeError, match="Cannot write a stop document: no run is open"):
        journal("stop", {"run_start": "x"})


def test_a_value_that_cannot_be_kept_leaves_the_journal_whole(journal):
    run = start()
    journal("start", run.start_doc)
    with pytest.raises(TypeError, match=r"Cannot store event\.data\.x"):
        journal("event", {"data": {"x": object()}})
    journal("stop", run.compose_stop())
    assert journal.acknowledged == 2


def test_a_full_disk_is_said_and_half_a_line_is_taken_back(journal, monkeypatch):
    run = start()
    journal("start", run.start_doc)
    path = journal.folder / JOURNAL_NAME
    write = os.write

    def half(file, data):
        if len(data) > 20:
            return write(file, bytes(data)[:20])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", half)
    with pytest.raises(OSError, match=r"Cannot write the journal .* No space left"):
        journal("event", {"data": {"x": 12345678}})
    monkeypatch.setattr(os, "write", write)
    journal("stop", run.compose_stop())
    assert [name for name, _ in read_documents(path).documents] == ["start", "stop"]


def write_until_refused(journal, run):
    journal("start", run.start_doc)
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        journal("event", {"data": {"x": 1}})


def test_a_disk_that_does_not_take_the_data_fails_the_run(journal, disk, caplog):
    run = start()
    disk.error = OSError(errno.EIO, "Input/output error")
    with pytest.raises(OSError, match=r"Cannot bring the journal of run 1_\w{8} to the disk: Input/output error"):
        write_until_refused(journal, run)
    disk.error = None
    folder = journal.folder
    journal("stop", run.compose_stop())
    assert read_documents(folder / JOURNAL_NAME).documents[-1][0] == "stop"
    assert "Cannot bring the journal of run 1_" in caplog.text


def no_room(file, data):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_run_whose_start_cannot_be_written_leaves_nothing_behind(journal, monkeypatch, tmp_path):
    with monkeypatch.context() as full:
        full.setattr(os, "write", no_room)
        with pytest.raises(OSError, match=r"Cannot write the journal of run \w{8} after 0 documents: No space left"):
            journal("start", start(1).start_doc)
    assert journal.folder is None
    assert [path for path in (tmp_path / "data").rglob("*") if path.name.startswith("1_")] == []
    run = start(2)
    journal("start", run.start_doc)
    folder = journal.folder
    journal("stop", run.compose_stop())
    assert [name for name, _ in read_documents(folder / JOURNAL_NAME).documents] == ["start", "stop"]


def test_a_failure_after_the_end_of_a_run_is_not_the_next_ones(tmp_path, disk, caplog):
    bad, good_synced = [], threading.Event()

    def fsync(file):
        disk(file)
        if os.fstat(file).st_ino in bad:
            raise OSError(errno.EIO, "Input/output error")
        if bad:
            good_synced.set()

    journal = Journal(tmp_path, fsync=fsync)
    first, second = start(1), start(2)
    journal("start", first.start_doc)
    disk.wait_for(1)
    bad.append((journal.folder / JOURNAL_NAME).stat().st_ino)
    journal("stop", first.compose_stop())
    journal("start", second.start_doc)
    assert good_synced.wait(DEADLINE_S)
    journal("event", {"data": {"x": 1}})
    journal("stop", second.compose_stop())
    name = f"run 1_{first.start_doc['uid'][:8]}"
    assert f"Cannot bring the journal of {name} to the disk" in caplog.text
    with pytest.raises(OSError, match=f"Cannot bring the journal of {name} to the disk: Input/output error"):
        journal.close()
    journal.close()


@pytest.mark.parametrize(
    "error", [OSError(errno.EMFILE, "Too many open files"), ValueError("not a file")], ids=lambda each: str(each)
)
def test_a_failure_of_any_kind_is_told_and_the_disk_still_follows(journal, disk, error):
    run = start()
    disk.error = error
    with pytest.raises(OSError, match=f"Cannot bring the journal of run .* to the disk: {error.args[-1]}"):
        write_until_refused(journal, run)
    disk.error = None
    before = disk.count
    journal("event", {"data": {"x": 2}})
    disk.wait_for(before + 1)
    journal("stop", run.compose_stop())


def test_the_disk_follows_although_no_more_files_can_be_opened(journal, disk, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EMFILE, "Too many open files")

    run = start()
    journal("start", run.start_doc)
    disk.wait_for(1)
    monkeypatch.setattr(os, "dup", refuse)
    before = disk.count
    journal("event", {"data": {"x": 1}})
    disk.wait_for(before + 1)
    journal("stop", run.compose_stop())


@pytest.fixture
def RE(journal):
    run_engine = RunEngine({"scan_id": 0}, context_managers=[], call_returns_result=False)
    run_engine.subscribe(journal)
    return run_engine


class Meter:
    """A device that reads numpy values."""

    name, parent = "meter", None

    def read(self):
        return {"meter": {"value": np.float32(0.1), "timestamp": 1.0}}

    def describe(self):
        return {"meter": {"source": "x", "dtype": "number", "shape": []}}


def one_reading():
    yield from bps.open_run()
    yield from bps.create("primary")
    yield from bps.read(Meter())
    yield from bps.save()
    yield from bps.close_run()


def test_the_run_engine_writes_a_journal_whose_numbers_keep_their_type(RE, tmp_path):
    RE(one_reading())
    (path,) = (tmp_path / "data").rglob(JOURNAL_NAME)
    documents = dict(read_documents(path).documents)
    assert documents["event"]["data"]["meter"] == np.float32(0.1)
    assert type(documents["event"]["data"]["meter"]) is np.float32
    assert documents["stop"]["exit_status"] == "success"


def test_a_journal_that_cannot_be_made_stops_the_run_and_says_why(RE, tmp_path):
    (tmp_path / "data").write_text("not a folder")
    with pytest.raises((FileExistsError, NotADirectoryError)):
        RE(one_reading())
    assert RE.state == "idle"
