"""Rows S3 and S4: a catalogue whose writer is frozen or killed, and one whose database is damaged."""

import hashlib
import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
from bluesky import preprocessors as bpp

from beadline.catalogue import Catalogue, Ingestion
from beadline.plans import record

from .bench import Bench
from .outcome import Case, NotRun, Outcome

FRAMES = 400
PATIENCE_S = 90.0
MOST_ADDED_GAP_S = 0.020
DATABASES = ("catalog.db", "tables.db")


def is_down(seed: int, folder: Path, full: bool) -> Outcome:
    """Freeze the ingester before and during runs, and kill it during one; later the catalogue has everything once."""
    if not hasattr(signal, "SIGSTOP"):
        raise NotRun("the ingester is frozen by signal, which this system does not have")
    outcome, data = Outcome(), folder / "data"
    with Bench(data, seed, transport="process") as bench:
        ingestion = _followed(bench, data)
        ingestion.wait_until_open(PATIENCE_S)
        quiet_s = _gap_s(outcome, bench)
        for when, number in [("before", signal.SIGSTOP), ("during", signal.SIGSTOP), ("during", signal.SIGKILL)] * (
            3 if full else 1
        ):
            pid = bench.supervisor.workers["ingester"].status().pid or 0
            if when == "before":
                os.kill(pid, number)
            gap_s = _gap_s(outcome, bench, None if when == "before" else (pid, number))
            outcome.worst(added_gap_s=gap_s - quiet_s)
            outcome.require(gap_s - quiet_s < MOST_ADDED_GAP_S, f"events came {gap_s - quiet_s:.3f} s later")
            bench.judge(outcome)
            if number == signal.SIGSTOP:
                os.kill(pid, signal.SIGCONT)
        bench.next_run_works(outcome)
        _all_there(outcome, ingestion, bench, data)
    return outcome


def is_damaged(seed: int, folder: Path, full: bool) -> Outcome:
    """Overwrite parts of the databases; the catalogue is made anew, and is what it was."""
    outcome, data = Outcome(), folder / "data"
    with Bench(data, seed, transport="process") as bench:
        ingestion = _followed(bench, data)
        bench.record(30)
        bench.record(30)
        _all_there(outcome, ingestion, bench, data)
        uids = list(bench.runs)
    before = _hashes(data, uids)
    random = np.random.default_rng(seed)
    for name in DATABASES if full else DATABASES[:1]:
        _overwrite(data / name, random)
        with Bench(data, seed, transport="process") as bench:
            ingestion = Ingestion.start(bench.supervisor, data)
            outcome.injected += 1
            missing = sum(ingestion.wait_for(uid, PATIENCE_S) for uid in uids)
            outcome.require(missing == 0, f"after {name} was damaged {missing} documents were not rebuilt")
            bench.next_run_works(outcome)
        outcome.require(_hashes(data, uids) == before, f"after {name} was damaged the catalogue is another")
    outcome.figures["runs_rebuilt"] = len(uids)
    return outcome


def _followed(bench: Bench, data: Path) -> Ingestion:
    ingestion = Ingestion.start(bench.supervisor, data)
    bench.when_opened.append(ingestion.follow)
    return ingestion


def _gap_s(outcome: Outcome, bench: Bench, strike: tuple[int, int] | None = None) -> float:
    """Record with events beside the frames, and return the time between two of them that 95 % stay below [s]."""
    times: list[float] = []
    token = bench.RE.subscribe(lambda name, _: times.append(time.monotonic()), "event")
    plan = record(bench.camera, [bench.tracker, bench.recorder], frames=FRAMES)
    watched = bpp.monitor_during_wrapper(plan, [bench.camera.frames])
    error = bench.run(watched if strike is None else bench.struck(watched, lambda _: os.kill(*strike)))
    bench.RE.unsubscribe(token)
    outcome.require(not error, f"the run failed because of the catalogue: {error}")
    return float(np.percentile(np.diff(times), 95))


def _all_there(outcome: Outcome, ingestion: Ingestion, bench: Bench, data: Path) -> None:
    """Wait until the catalogue has all runs, and compare each with its journal."""
    began_s = time.monotonic()
    for uid in bench.runs:
        missing = ingestion.wait_for(uid, PATIENCE_S)
        outcome.require(missing == 0, f"the catalogue lacks {missing} documents of run {uid[:8]}")
    outcome.worst(sync_s=time.monotonic() - began_s)
    with Catalogue(data) as catalogue:
        for uid, acknowledged in bench.runs.items():
            there, kept = _events(catalogue[uid].documents()), _events(acknowledged.documents())
            outcome.lost_events += max(0, kept - there)
            outcome.doubled += max(0, there - kept)


def _events(documents: Any) -> int:
    return sum(name == "event" and bool(document["data"]) for name, document in documents)


def _hashes(data: Path, uids: list[str]) -> list[str]:
    """Return a hash for each run of what the catalogue says of it."""
    with Catalogue(data) as catalogue:
        return [hashlib.sha256(_plain(catalogue[uid].documents()).encode()).hexdigest() for uid in uids]


def _plain(documents: Any) -> str:
    kept = ("exit_status", "reason", "num_events", "data", "data_keys", "plan_name", "scan_id", "run_start", "indices")
    return json.dumps([[name, {key: document.get(key) for key in kept}] for name, document in documents], default=str)


def _overwrite(path: Path, random: np.random.Generator) -> None:
    content = bytearray(path.read_bytes())
    for _ in range(20):
        place = int(random.integers(0, max(1, len(content) - 100)))
        content[place : place + 100] = random.bytes(100)
    content[:16] = random.bytes(16)
    path.write_bytes(content)
    for beside in path.parent.glob(f"{path.name}-*"):
        beside.unlink()


CASES = (
    Case(
        "S3",
        "the catalogue's writer frozen and killed",
        "runs do not notice; later all is there, once",
        is_down,
        fast=False,
        deadline_s=1800,
    ),
    Case(
        "S4",
        "databases of the catalogue damaged",
        "rebuilt from the journals, the same as before",
        is_damaged,
        fast=False,
    ),
)
