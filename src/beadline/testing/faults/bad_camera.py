"""Rows D4 to D6: a disk that is slower than the camera, frames that are none, and a camera that raises."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import psutil

from beadline.devices import Recorder
from beadline.plans import step_record

from .bench import Bench
from .lost_frames import SCRIPTED
from .outcome import Case, Outcome
from .scripted_microscope import SHADES
from .slow_disk import FRAMES_PER_S

MOST_GROWTH_MB = 512.0
"""Half of it is the ring, which has its size whatever happens."""


class SlowRecorder(Recorder):
    """Writes to a disk that is slower than the camera."""

    loop = "beadline.testing.faults.slow_disk:SlowDiskLoop"


def is_faster_than_the_disk(seed: int, folder: Path, full: bool) -> Outcome:
    """Produce frames twice as fast as the disk takes them."""
    outcome = Outcome()
    memory = psutil.Process().memory_info
    sides: dict[str, Any] = {"width_px": 512, "height_px": 512} if full else {"width_px": 2048, "height_px": 1024}
    with Bench(
        folder / "data", seed, factory=SCRIPTED, frame_rate_hz=2 * FRAMES_PER_S, recorder=SlowRecorder, **sides
    ) as bench:
        before = memory().rss
        error = bench.record(8000 if full else 600)
        outcome.worst(memory_growth_mb=(memory().rss - before) / 1e6)
        outcome.require(error, "the recording did not fail, although frames were lost")
        books = bench.books("recorder")
        outcome.require(books.get("unaccounted") == 0, f"produced is not written and missed: {books}")
        outcome.require(outcome.figures["memory_growth_mb"] < MOST_GROWTH_MB, f"memory grew: {outcome.figures}")
        bench.judge(outcome, error, names=("recorder", "the disk is too slow"))
        outcome.figures |= {name: int(books.get(name, -1)) for name in ("produced", "delivered", "missed")}
    with Bench(folder / "data", seed) as bench:
        bench.next_run_works(outcome)
    return outcome


def sends_bad_frames(seed: int, folder: Path, full: bool) -> Outcome:
    """Hand over frames of another shape, and frames that are no numbers."""
    outcome = Outcome()
    with Bench(folder / "data", seed, factory=SCRIPTED) as bench:
        for kind in ("shape", "dtype"):

            async def spoil(_: int, kind: str = kind) -> None:
                await bench.camera.action("bad_pixels", kind=kind)

            error = bench.record(20_000, spoil)
            with h5py.File(bench.last_run.folder / "video.h5", "r", swmr=True) as file:
                ids, pixels = np.asarray(file["frame_id"]), np.asarray(file["video"])
            bad = int((pixels != (ids % SHADES)[:, None, None]).any(axis=(1, 2)).sum())
            outcome.require(bad == 0, f"{bad} bad frames are in the file")
            outcome.require(bench.stop_document().get("exit_status") == "fail", "the run did not fail")
            bench.judge(outcome, error, names=("camera", "has failed"))
            bench.act("mend")
            bench.next_run_works(outcome)
    return outcome


def raises(seed: int, folder: Path, full: bool) -> Outcome:
    """Have the camera raise while it is connected, staged, triggered, completed and unstaged."""
    outcome = Outcome()
    _raises_when_connected(outcome, folder / "unconnected", seed)
    with Bench(folder / "data", seed, factory=SCRIPTED) as bench:

        async def fails(_: int) -> None:
            await bench.camera.action("break_at", site="grab", after=10)

        def in_a_step() -> str:
            bench.act("break_at", site="grab")
            return bench.run(step_record(bench.camera, [bench.tracker], bench.focus, [50.0, 50.5], frames=10))

        def with_broken(call: str) -> str:
            bench.act("break_at", site=call)
            return bench.record(20)

        sites = {
            "start": lambda: with_broken("start"),
            "grab": in_a_step,
            "grab in": lambda: bench.record(20_000, fails),
            "stop": lambda: with_broken("stop"),
        }
        for call, attempt in sites.items():
            error = attempt()
            bench.act("mend")
            bench.judge(outcome, error, names=("camera", f"broken on purpose in {call.split()[0]}"))
            bench.next_run_works(outcome)
    outcome.figures["sites"] = outcome.injected
    return outcome


def _raises_when_connected(outcome: Outcome, data: Path, seed: int) -> None:
    outcome.injected += 1
    try:
        with Bench(data, seed, factory=SCRIPTED, broken="open"):
            outcome.require(None, "the camera connected although it raises")
    except ConnectionError as error:
        outcome.require_named(str(error), "camera", "broken on purpose in open")
    with Bench(data, seed) as bench:
        bench.next_run_works(outcome)


CASES = (
    Case(
        "D4",
        "frames come twice as fast as the disk takes them",
        "the run fails loudly, memory stays bounded",
        is_faster_than_the_disk,
    ),
    Case(
        "D5",
        "frames of another shape, frames that are no numbers",
        "the run fails, none is in the file",
        sends_bad_frames,
    ),
    Case(
        "D6",
        "the camera raises in connect, stage, trigger, complete, unstage",
        "the right error, hardware safe",
        raises,
    ),
)
