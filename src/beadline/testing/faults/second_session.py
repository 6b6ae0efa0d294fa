"""Row S5: two sessions on one data folder."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from beadline.catalogue import DataLock, lock_holder
from beadline.documents import JOURNAL_NAME, read_documents, run_folders

from .bench import Bench
from .outcome import Case, Outcome

HOLD = """
import sys
from pathlib import Path
from beadline.catalogue import DataLock
lock = DataLock(Path(sys.argv[1]))
lock.acquire()
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def another_process_holds(data: Path) -> Iterator[int]:
    """Have another process hold a data folder, and give its process id; it is killed in the end."""
    data.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-c", HOLD, str(data)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        try:
            if other.stdout is None or other.stdout.readline() != b"held\n":
                raise RuntimeError("the other process could not take the folder")
            yield other.pid
        finally:
            other.kill()


def is_refused(seed: int, folder: Path, full: bool) -> Outcome:
    """Open a second session while one is recording, from this process and from another one."""
    outcome, data = Outcome(), folder / "data"
    rounds = 10 if full else 1
    for _ in range(rounds):
        with another_process_holds(data) as pid:
            error = _refusal(data)
            outcome.injected += 1
            outcome.require_named(error, f"process id {pid}", socket.gethostname())
        outcome.require(lock_holder(data) is None, "the lock of a killed session is still held")
    with Bench(data, seed) as bench:
        for _ in range(rounds):
            bench.record(20)
            bench.judge(outcome, _refusal(data), names=(f"process id {os.getpid()}",))
        bench.next_run_works(outcome)
    scan_ids = [read_documents(each / JOURNAL_NAME).documents[0][1]["scan_id"] for each in run_folders(data)]
    outcome.doubled += len(scan_ids) - len(set(scan_ids))
    outcome.require(scan_ids == sorted(scan_ids, reverse=True), f"scan ids are out of order: {scan_ids}")
    return outcome


def _refusal(data: Path) -> str:
    try:
        DataLock(data).acquire()
    except OSError as error:
        return str(error)
    return ""


CASES = (Case("S5", "a second session on one data folder", "refused with process id and host", is_refused),)
