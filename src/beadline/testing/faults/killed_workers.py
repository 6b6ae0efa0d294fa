"""Rows P4 and P5: workers that are frozen or killed in the middle of a recording."""

import asyncio
import os
import signal
import time
from pathlib import Path

import psutil

from beadline.acquisition import Worker

from .bench import Bench
from .outcome import Case, NotRun, Outcome

MOST_DETECTION_S = 1.0
MOST_GROWTH_MB = 200.0


class Blow:
    """Sends a signal to a worker once a recording is under way."""

    def __init__(self, worker: Worker, number: int, *, back: int | None = None, after_s: float = 0.0) -> None:
        self._worker = worker
        self._number = number
        self._back = back
        self._after_s = after_s
        self.struck_s = 0.0
        self.back_after_s = float("nan")
        self._tasks: list[asyncio.Task[None]] = []

    async def __call__(self, _: int) -> None:
        await asyncio.sleep(0.5)
        pid = self._worker.status().pid or 0
        self.struck_s = time.monotonic()
        os.kill(pid, self._number)
        if self._back is not None:
            self._tasks.append(asyncio.create_task(self._send_back(pid, self._back)))
        else:
            self._tasks.append(asyncio.create_task(self._watch(pid)))

    async def _send_back(self, pid: int, number: int) -> None:
        await asyncio.sleep(self._after_s)
        if psutil.pid_exists(pid):
            os.kill(pid, number)

    async def _watch(self, pid: int) -> None:
        """See when there is another process in its place."""
        while self._worker.status().pid in (pid, None) or not self._worker.alive:  # noqa: ASYNC110 - another process starts
            await asyncio.sleep(0.01)
        self.back_after_s = time.monotonic() - self.struck_s


def needs_signals() -> None:
    """Raise `NotRun` where processes are not killed and frozen by signal."""
    if not hasattr(signal, "SIGSTOP"):
        raise NotRun("workers are killed and frozen by signal, which this system does not have")


def tracker_freezes(seed: int, folder: Path, full: bool) -> Outcome:
    """Freeze the tracker; frames are written on."""
    needs_signals()
    outcome, frozen_s = Outcome(), 30.0 if full else 2.0
    memory = psutil.Process().memory_info
    with Bench(folder / "data", seed, transport="process") as bench:
        before = memory().rss
        blow = Blow(bench.tracker.worker, signal.SIGSTOP, back=signal.SIGCONT, after_s=frozen_s)
        frames = int(200 * (frozen_s + 3.0))
        error = bench.record(frames, blow)
        outcome.require(not error, f"the recording did not go on: {error}")
        outcome.worst(frozen_s=frozen_s, memory_growth_mb=(memory().rss - before) / 1e6)
        outcome.require(outcome.figures["memory_growth_mb"] < MOST_GROWTH_MB, "memory grew while it was frozen")
        video, tracks = bench.books("recorder"), bench.books("tracker")
        outcome.require(video.get("delivered") == frames, f"{video.get('delivered')} of {frames} frames in the video")
        outcome.require(tracks.get("unaccounted") == 0, f"the tracker's books do not balance: {tracks}")
        outcome.figures["tracks_missed"] = int(tracks.get("missed", -1))
        bench.judge(outcome)
        bench.next_run_works(outcome)
    return outcome


def recorder_dies(seed: int, folder: Path, full: bool) -> Outcome:
    """Kill the frame writer while it writes; the run fails at once, and its file is readable."""
    needs_signals()
    outcome = Outcome()
    with Bench(folder / "data", seed, transport="process") as bench:
        for _ in range(10 if full else 1):
            blow = Blow(bench.recorder.worker, signal.SIGKILL)
            error = bench.record(20_000, blow)
            outcome.worst(run_ended_after_s=time.monotonic() - blow.struck_s)
            outcome.require(outcome.figures["run_ended_after_s"] < MOST_DETECTION_S, f"too late: {outcome.figures}")
            outcome.require(bench.stop_document().get("exit_status") == "fail", "the run did not fail")
            bench.judge(outcome, error, names=("recorder", "died"))
            bench.next_run_works(outcome)
    return outcome


CASES = (
    Case(
        "P4",
        "SIGSTOP of the tracker, 30 s",
        "frames are recorded on, tracks skip and count",
        tracker_freezes,
        fast=False,
    ),
    Case(
        "P5",
        "SIGKILL of the frame writer",
        "the run fails within 1 s, the file is readable",
        recorder_dies,
        fast=False,
        deadline_s=1800,
    ),
)
