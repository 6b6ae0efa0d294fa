import json
import os
import signal
import subprocess
import sys

import pytest

from beadline.catalogue import DataLock, lock_holder, next_scan_id
from made_runs import continuous

HOLD = "import sys; from pathlib import Path; from beadline.catalogue import DataLock; DataLock(Path(sys.argv[1])).acquire(); print('held', flush=True); sys.stdin.read()"  # noqa: E501


@pytest.fixture
def lock(tmp_path):
    made = DataLock(tmp_path)
    made.acquire()
    yield made
    made.release()


@pytest.fixture
def other_session(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", HOLD, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_second_session_is_told_who_holds_the_folder(other_session, tmp_path):
    with pytest.raises(
        OSError, match=f"a session with process id {other_session.pid} on .* holds it; end that session"
    ):
        DataLock(tmp_path).acquire()
    assert lock_holder(tmp_path).pid == other_session.pid


def test_the_lock_of_a_killed_session_is_taken_over(other_session, tmp_path):
    other_session.send_signal(signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
    other_session.wait()
    assert lock_holder(tmp_path) is None
    lock = DataLock(tmp_path)
    lock.acquire()
    assert lock_holder(tmp_path).pid == os.getpid()
    lock.release()


def test_a_second_lock_in_one_process_is_refused_too(lock, tmp_path):
    with pytest.raises(OSError, match=f"process id {os.getpid()}"):
        DataLock(tmp_path).acquire()


def test_a_released_folder_can_be_taken_again(lock, tmp_path):
    lock.release()
    lock.release()
    assert lock_holder(tmp_path) is None
    lock.acquire()
    assert lock_holder(tmp_path).pid == os.getpid()


def test_a_lock_of_another_computer_is_not_taken_over(tmp_path):
    (tmp_path / "lock").write_text(json.dumps({"pid": 7, "host": "elsewhere", "boot_id": "x"}))
    with pytest.raises(
        OSError, match=r"process id 7 on elsewhere holds it; .* or delete .*lock if that session is gone"
    ):
        DataLock(tmp_path).acquire()
    assert lock_holder(tmp_path).host == "elsewhere"


def test_a_lock_file_that_was_cut_short_is_taken_over(tmp_path):
    (tmp_path / "lock").write_text('{"pid": 7, "ho')
    lock = DataLock(tmp_path)
    lock.acquire()
    lock.release()


def test_scan_ids_count_up_and_outlive_the_session(lock, tmp_path):
    assert [next_scan_id(tmp_path) for _ in range(3)] == [1, 2, 3]
    lock.release()
    lock.acquire()
    assert next_scan_id(tmp_path) == 4


def test_numbering_goes_on_after_the_runs_when_its_file_is_gone(lock, tmp_path):
    for scan_id in (9, 10):
        continuous(lambda name, document: None, tmp_path, frames=5, scan_id=scan_id).folder.joinpath(
            "documents.jsonl"
        ).touch()
    assert next_scan_id(tmp_path) == 11


def test_a_damaged_number_is_refused(lock, tmp_path):
    (tmp_path / "scan_id").write_text("seven")
    with pytest.raises(ValueError, match="holds 'seven' and not a number; delete the file"):
        next_scan_id(tmp_path)


def test_no_scan_id_without_the_lock(other_session, tmp_path):
    with pytest.raises(RuntimeError, match="this session does not hold the folder's lock"):
        next_scan_id(tmp_path)
