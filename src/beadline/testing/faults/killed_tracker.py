"""Row P3: the tracker is killed in the middle of a recording, and comes back."""

import asyncio
import re
import signal
import time
from pathlib import Path

import h5py
import numpy as np

from beadline.acquisition import LatestTracks
from beadline.catalogue import Catalogue

from .bench import Bench
from .killed_workers import Blow, needs_signals
from .outcome import Case, Outcome

FRAMES = 1600
SESSIONS, KILLS_PER_SESSION = 25, 2
"""A worker that dies more often within a minute is restarted later and later, and then given up."""
MOST_RESTART_S = 2.0
SAID = re.compile(r"tracks_incomplete: tracker has (\d+) of (\d+) frames in its file, which ends where its worker did")


class _Return(Blow):
    """Kills the tracker, and sees during the same recording when there are live tracks again."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench.tracker.worker, signal.SIGKILL)
        self._bench = bench
        self.live_after_s = float("nan")

    async def _watch(self, pid: int) -> None:
        struck_at = int(self._bench.camera.worker.board["last_id"])
        await super()._watch(pid)
        while self._newest() <= struck_at:  # noqa: ASYNC110 - another process tracks
            await asyncio.sleep(0.01)
        self.live_after_s = time.monotonic() - self.struck_s

    def _newest(self) -> int:
        """Return the newest frame with live tracks; -1 while there is none."""
        try:
            ring = LatestTracks.attach(self._bench.tracker.latest)
        except FileNotFoundError:
            return -1
        try:
            ids = ring.newest(1).frame_id
        finally:
            ring.close()
        return int(ids[-1]) if len(ids) else -1


def tracker_dies(seed: int, folder: Path, full: bool) -> Outcome:
    """Kill the tracker while frames are recorded; the recording goes on, and the tracker comes back."""
    needs_signals()
    outcome, data = Outcome(), folder / "data"
    for session in range(SESSIONS if full else 1):
        with Bench(data, seed + session, transport="process") as bench:
            for _ in range(KILLS_PER_SESSION if full else 1):
                _die_once(outcome, bench, data)
    outcome.figures["tracked_again_afterwards"] = "not built yet"
    return outcome


def _die_once(outcome: Outcome, bench: Bench, data: Path) -> None:
    blow = _Return(bench)
    error = bench.record(FRAMES, blow)
    outcome.require(not error, f"the recording did not go on: {error}")
    video = bench.books("recorder").get("delivered")
    outcome.require(video == FRAMES, f"{video} of {FRAMES} frames are in the video")
    _ends_at_the_gap(outcome, bench, data)
    bench.judge(outcome, bench.stop_document().get("reason", ""), names=("tracker",))
    bench.next_run_works(outcome)
    outcome.worst(back_after_s=blow.back_after_s, live_tracks_after_s=blow.live_after_s)
    outcome.require(blow.back_after_s < MOST_RESTART_S, f"back only after {blow.back_after_s:.1f} s")
    outcome.require(blow.live_after_s > 0, "there were no live tracks again before the end of the recording")


def _ends_at_the_gap(outcome: Outcome, bench: Bench, data: Path) -> None:
    """Compare what the run says of its tracks with its files."""
    reason, books = str(bench.stop_document().get("reason", "")), bench.books("tracker")
    said = SAID.search(reason)
    outcome.require(said, f"the run does not say that its tracks are incomplete: {reason}")
    tracked, produced = map(int, said.groups()) if said else (-1, -1)
    with Catalogue(data) as catalogue:
        tracks = catalogue.tracks(bench.last_run_uid)
    with h5py.File(bench.last_run.folder / "video.h5", "r", swmr=True) as file:
        ids = np.asarray(file["frame_id"])
    there = tracks.frame_id.values
    outcome.require(0 < tracked < FRAMES == produced, f"{tracked} of {produced} frames are said to be tracked")
    outcome.require(len(there) == tracked, f"{len(there)} frames have tracks, and {tracked} are said to have")
    outcome.require(np.array_equal(there, ids[: len(there)]), "the tracks are not those of the first frames")
    outcome.require(books.get("delivered") == tracked, f"the books say {books.get('delivered')} and not {tracked}")
    outcome.require(books.get("unaccounted") == 0, f"{books.get('unaccounted')} frames are unaccounted for")
    outcome.require(books.get("missed") == FRAMES - tracked, f"{books.get('missed')} frames are said to be missed")


CASES = (
    Case(
        "P3",
        "SIGKILL of the tracker in mid-run",
        "frames are recorded on, the tracker and live tracks come back, the tracks end at the gap and say so",
        tracker_dies,
        fast=False,
        deadline_s=1800,
    ),
)
