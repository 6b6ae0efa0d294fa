"""Row P7: power loss, approximated: a session is killed, and the tails of its files are cut at a random byte."""

import random
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from beadline.catalogue import Catalogue, DataLock, recover
from beadline.documents import JOURNAL_NAME, complete_lines, run_folders

from .bench import Bench
from .kept import judge_ending
from .lonely import Lonely
from .outcome import Case, Outcome

CUTS, SHORT_CUTS = 200, 8
MOST_LOST_S = 0.5
LOOK_S = 0.02
RECORD_S = 4.0
MOST_RECOVERY_S = 30.0
IN_PROCESSES = 2
"""A seed with which the workers are in processes of their own."""
FILES = {
    "tracks.h5": ("frame_id", "host_time_s", "device_time_s", "tracks", "flags"),
    "video.h5": ("frame_id", "video"),
}
"""What is compared with what was written."""


@dataclass
class _Lost:
    """A run whose session was killed.

    Attributes:
        folder: of the run.
        kept: a copy of its files as they were at the kill.
        sizes: of each file half a second before [byte]; what comes after may be gone.
        documents: that had been acknowledged by then.
        frames: that had been, by file.
        written: what was in the files at the kill, by file and dataset.
    """

    folder: Path
    kept: Path
    sizes: Mapping[str, int]
    documents: int
    frames: Mapping[str, int]
    written: Mapping[str, Mapping[str, Any]]


def is_cut(seed: int, folder: Path, full: bool) -> Outcome:
    """Cut the files of one killed run in many ways, and recover it each time."""
    outcome, data, chance = Outcome(), folder / "data", random.Random(seed)
    lost, lock = _killed(data, folder / "kept"), DataLock(data)
    lock.acquire()
    try:
        for _ in range(CUTS if full else SHORT_CUTS):
            outcome.injected += 1
            where = _cut(lost, chance)
            known = len(outcome.failures)
            _judge(outcome, data, lost)
            outcome.failures[known:] = [f"{each} (cut at {where})" for each in outcome.failures[known:]]
    finally:
        lock.release()
    outcome.require(outcome.figures["most_frames_gone"] > 0, "no cut has reached a frame: this has tried nothing")
    with Bench(data, seed) as bench:
        bench.next_run_works(outcome)
    return outcome


def _killed(data: Path, kept: Path) -> _Lost:
    """Record, kill the session, and keep a copy of what is left."""
    looks: list[tuple[float, dict[str, int]]] = []
    with Lonely(data, IN_PROCESSES, frames=20_000) as lonely:
        lonely.wait_for_document()
        folder = next(run_folders(data))
        until_s = time.monotonic() + RECORD_S
        while time.monotonic() < until_s:
            looks.append((time.monotonic(), {each.name: each.stat().st_size for each in folder.iterdir()}))
            time.sleep(LOOK_S)
        lonely.kill_all()
    shutil.copytree(folder, kept)
    at_s, sizes = next(look for look in reversed(looks) if look[0] <= until_s - MOST_LOST_S)
    said = next(line for line in reversed(lonely.said) if line["at_s"] < at_s)
    return _Lost(folder, kept, sizes, said["documents"], said["frames"], {name: _read(kept / name) for name in FILES})


def _read(path: Path, rows: int | None = None) -> dict[str, Any]:
    with h5py.File(path, "r", swmr=True) as file:
        datasets: dict[str, Any] = {name: file[name] for name in FILES[path.name]}
        whole = min(map(len, datasets.values())) if rows is None else rows
        return {name: np.asarray(dataset[:whole]) for name, dataset in datasets.items()}


def _cut(lost: _Lost, chance: random.Random) -> dict[str, int]:
    """Put the files back as they were at the kill, and cut each; return where."""
    shutil.rmtree(lost.folder)
    shutil.copytree(lost.kept, lost.folder)
    places: dict[str, int] = {}
    for name in (JOURNAL_NAME, *FILES):
        path = lost.folder / name
        places[name] = chance.randint(lost.sizes[name], path.stat().st_size)
        with path.open("r+b") as file:
            file.truncate(places[name])
    return places


def _judge(outcome: Outcome, data: Path, lost: _Lost) -> None:
    journal = lost.folder / JOURNAL_NAME
    before, began_s = list(complete_lines(journal)), time.monotonic()
    try:
        (recovered,) = recover(data)
    except Exception as error:  # noqa: BLE001 - whatever it is, a recovery may not raise
        outcome.failures.append(f"the recovery raised {type(error).__name__}: {error}")
        return
    took_s = time.monotonic() - began_s
    outcome.worst(recovery_s=took_s)
    outcome.require(took_s < MOST_RECOVERY_S, f"the recovery took {took_s:.1f} s")
    outcome.require(not recovered.problem, f"it could not be recovered: {recovered.problem}")
    judge_ending(outcome, before, list(complete_lines(journal)))
    outcome.lost_events += max(0, lost.documents - len(before))
    for name, written in lost.written.items():
        rows, all_rows = recovered.rows.get(name, 0), len(written["frame_id"])
        outcome.lost_frames += max(0, lost.frames[name] - rows)
        outcome.worst(most_frames_gone=all_rows - rows)
        if rows:
            _same(outcome, name, _read(lost.folder / name, rows), written, rows)
    shown = Catalogue(data).tracks_dataset(recovered.uid)
    rows = shown.sizes["time"]
    outcome.require(rows == recovered.rows.get("tracks.h5"), f"{rows} frames are shown, and {recovered.rows} are there")
    read = {name: shown[name].values for name in ("frame_id", "host_time_s", "tracks", "flags")}
    _same(outcome, "what is shown of tracks.h5", read, lost.written["tracks.h5"], rows)


def _same(outcome: Outcome, what: str, read: Mapping[str, Any], written: Mapping[str, Any], rows: int) -> None:
    for name, values in read.items():
        alike = np.array_equal(values, written[name][:rows], equal_nan=values.dtype.kind == "f")
        outcome.require(alike, f"{name} of {what} is not what was written")


CASES = (
    Case(
        "P7",
        "power loss, approximated: kill, and the tails of journal and files cut at any byte",
        "at most the last 0.5 s are lost, nothing raises or hangs, nothing is wrong",
        is_cut,
        fast=False,
        deadline_s=3600,
    ),
)
