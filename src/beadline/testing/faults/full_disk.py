"""Row S1: a disk that becomes full during a recording: a file system of 64 MB in memory, in a user namespace."""

import json
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .bench import Bench
from .lost_frames import SCRIPTED
from .outcome import Case, NotRun, Outcome

SIZE_MB, RESERVE_MB = 64, 24
MOUNT = f'mount -t tmpfs -o size={SIZE_MB}m none "$0" && exec "$@"'
SIDES_PX: dict[str, Any] = {"width_px": 512, "height_px": 256}


def becomes_full(seed: int, folder: Path, full: bool) -> Outcome:
    """Record more than the disk holds: with the reserve that is kept free, and with none."""
    outcome = Outcome()
    for kind in ("reserve", "none"):
        small = folder / kind
        small.mkdir(parents=True)
        made = _inside(small, seed, kind)
        outcome.injected += made.injected
        outcome.lost_frames += made.lost_frames
        outcome.lost_events += made.lost_events
        outcome.doubled += made.doubled
        outcome.hardware_safe &= made.hardware_safe
        outcome.failures += [f"{kind}: {failure}" for failure in made.failures]
        outcome.figures |= {f"{kind}_{name}": value for name, value in made.figures.items()}
    return outcome


def _inside(small: Path, seed: int, kind: str) -> Outcome:
    if shutil.which("unshare") is None:
        raise NotRun("a file system of its own needs `unshare`, which Linux has")
    namespace = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
    tried = subprocess.run([*namespace, MOUNT, str(small), "true"], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        raise NotRun(f"no small file system can be mounted here: {tried.stderr.strip()}")
    asked = [sys.executable, "-m", "beadline.testing.faults.full_disk", str(small), str(seed), kind]
    done = subprocess.run([*namespace, MOUNT, str(small), *asked], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return Outcome(1, failures=[f"the session died with exit code {done.returncode}: {done.stderr[-300:]}"])
    return Outcome(**json.loads(done.stdout.splitlines()[-1]))


def fill(small: Path, seed: int, kind: str) -> Outcome:
    """Record in a small file system until it ends, then make room and record again."""
    outcome, data = Outcome(), small / "data"

    def fill_up(_: int) -> None:
        """What another program does meanwhile."""
        small.joinpath("filler").write_bytes(bytes(10_000_000))

    with Bench(data, seed, transport="process", factory=SCRIPTED, frame_rate_hz=100.0, **SIDES_PX) as bench:
        if kind == "reserve":
            bench.disk.reserve_bytes = RESERVE_MB * 1_000_000
            error = bench.record(1000, fill_up)
            outcome.require(bench.stop_document().get("exit_status") == "fail", "the run did not fail")
            outcome.require_named(bench.stop_document().get("reason", ""), "disk")
        else:
            error = bench.record(1000)
        outcome.figures["free_mb"] = round(bench.disk.free_bytes() / 1e6, 1)
        bench.judge(outcome, error, names=("disk",) if kind == "reserve" else ("No space left",))
        outcome.figures["frames_kept"] = bench.last_run.frames.get("video.h5", 0)
    for path in [*small.glob("filler"), *data.rglob("video.h5")]:
        path.unlink()
    with Bench(data, seed, factory=SCRIPTED, **SIDES_PX) as bench:
        bench.next_run_works(outcome)
    return outcome


if __name__ == "__main__":
    import logging

    logging.disable(logging.CRITICAL)
    made = fill(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
    sys.stdout.write(json.dumps(asdict(made), default=str) + "\n")


CASES = (
    Case(
        "S1",
        "the disk becomes full: with its reserve, and with none",
        "the run ends early and says disk; nothing is lost",
        becomes_full,
        fast=False,
    ),
)
