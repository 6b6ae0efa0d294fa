"""Rows P1 and P2: a session that is killed at any moment, and at each boundary between two documents."""

import random
import signal
import time
from pathlib import Path
from typing import Any

from beadline.catalogue import Catalogue
from beadline.documents import JOURNAL_NAME, complete_lines, read_documents, run_folders

from .bench import Bench
from .ingested import ingestion_at_once, judge_catalogue
from .kept import Acknowledged, judge_ending, judge_kept
from .lonely import Lonely
from .outcome import Case, Outcome

MOST_RECOVERY_S = 5.0
BOUNDARIES = (
    "start:1",
    "descriptor:1",
    "descriptor:2",
    "descriptor:3",
    "stream_resource:1",
    "stream_resource:6",
    "stream_resource:10",
    "stream_datum:1",
    "stream_datum:7",
    "event:1",
    "stop:1",
)
SHORT_RUN = 60
"""Frames of a run that is killed at a boundary."""
IN_THE_INGEST = (1, 8, 20)
"""Documents of that run that are in the catalogue when its writer and the session are killed."""


def at_any_moment(seed: int, folder: Path, full: bool) -> Outcome:
    """Kill sessions that record 200 frames and some 50 events a second, each at a random moment."""
    outcome, data = Outcome(), folder / "data"
    for number in range(100 if full else 2):
        when_s = random.Random(seed + number).uniform(0.0, 4.0)
        with Lonely(data, seed + number, frames=20_000) as lonely:
            lonely.wait_for_document()
            time.sleep(when_s)
            lonely.kill()
        _judge(outcome, data, lonely.said[-1], seed)
    outcome.figures["seeds"] = outcome.injected
    _rebuild(outcome, data, seed)
    return outcome


def at_each_boundary(seed: int, folder: Path, full: bool) -> Outcome:
    """Have a session kill itself right after a document, one after another, and in the middle of the ingest."""
    outcome, data = Outcome(), folder / "data"
    for boundary in BOUNDARIES if full else BOUNDARIES[2::8]:
        with Lonely(data, seed, frames=SHORT_RUN, die_after=boundary) as lonely:
            lonely.wait_until_gone()
        outcome.require(lonely.said[-1]["kind"] == boundary.partition(":")[0], f"it did not die after {boundary}")
        _judge(outcome, data, lonely.said[-1], seed)
    for documents in IN_THE_INGEST if full else IN_THE_INGEST[1:2]:
        with Lonely(data, seed, frames=SHORT_RUN, die_when_ingested=documents) as lonely:
            code = lonely.wait_until_gone()
        outcome.require(code == -signal.SIGKILL, f"it did not die when {documents} documents were in the catalogue")
        _judge(outcome, data, lonely.said[-1], seed)
    outcome.figures["boundaries"] = outcome.injected
    _rebuild(outcome, data, seed)
    return outcome


def _judge(outcome: Outcome, data: Path, said: dict[str, Any], seed: int) -> None:
    """Open the folder again, and see what is left of its newest run."""
    outcome.injected += 1
    folder = next(run_folders(data))
    lines = list(complete_lines(folder / JOURNAL_NAME))
    outcome.lost_events += max(0, said["documents"] - len(lines))
    acknowledged = Acknowledged(folder, lines, said["frames"] if said["documents"] > _described(lines) else {})
    began_s = time.monotonic()
    with Bench(data, seed) as bench:
        outcome.worst(recovery_s=bench.recovery_s, next_start_s=time.monotonic() - began_s)
        outcome.require(bench.recovery_s < MOST_RECOVERY_S, f"the recovery took {bench.recovery_s:.1f} s")
        judge_kept(outcome, acknowledged)
        judge_ending(outcome, lines, list(complete_lines(folder / JOURNAL_NAME)))
        stop = read_documents(folder / JOURNAL_NAME).documents[-1]
        if said["kind"] != "stop":
            outcome.require(stop[1].get("exit_status") == "abort", f"the recovered run is {stop[1].get('exit_status')}")
            outcome.require_named(" ".join(bench.recovered), str(stop[1].get("run_start"))[:8], "had no end")
        bench.next_run_works(outcome)
    outcome.worst(next_start_and_run_s=time.monotonic() - began_s)


def _rebuild(outcome: Outcome, data: Path, seed: int) -> None:
    """Make the catalogue from the folders, and compare each run with its journal."""
    with Bench(data, seed, transport="process") as bench, Catalogue(data) as catalogue:
        uids = [run.uid for run in catalogue]
        judge_catalogue(outcome, ingestion_at_once(bench.supervisor, data), data, uids)
    outcome.figures["runs_rebuilt"] = len(uids)


def _described(lines: list[bytes]) -> int:
    """Return how many documents come before the last file is announced; before that its frames are nobody's."""
    return max((place for place, line in enumerate(lines, 1) if line.startswith(b'["stream_resource"')), default=10**9)


CASES = (
    Case(
        "P1",
        "SIGKILL of the session at a random moment of a run",
        "the next start recovers the run, and a catalogue made anew says the same",
        at_any_moment,
        fast=False,
        deadline_s=7200,
    ),
    Case(
        "P2",
        "SIGKILL of the session after each kind of document, and in the ingest",
        "as P1, at each boundary",
        at_each_boundary,
        fast=False,
        deadline_s=3600,
    ),
)
