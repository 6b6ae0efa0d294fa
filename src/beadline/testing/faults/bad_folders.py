"""Row S2: data folders that vanish, cannot be written, or have odd names."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from beadline.catalogue import check_data_folder

from .bench import Bench
from .kept import judge_kept
from .outcome import Case, Outcome


def are_survived(seed: int, folder: Path, full: bool) -> Outcome:
    """Try folders that cannot be used, then ones with odd names, then take one away during a run."""
    outcome = Outcome()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "a file").write_text("no folder")
    refused: dict[str, Path] = {
        "below a file": folder / "a file" / "data",
        "name too long": folder / ("x" * 300),
        "# in its path": folder / "#1" / "data",
    }
    if sys.platform == "linux":
        refused["read-only"] = Path("/proc/beadline")
    for kind, data in refused.items():
        _is_refused(outcome, kind, data)
    odd = ["Mäßige Fäden µ 株", "with blanks and 'quotes'", "a" * 60 + "/" + "b" * 60 + "/" + "c" * 60]
    for name in odd if full else odd[:1]:
        with Bench(folder / name, seed) as bench:
            error = bench.record(20)
            outcome.require(not error, f"a run in {name!r} failed: {error}")
            bench.judge(outcome)
            bench.next_run_works(outcome)
    _vanishes(outcome, folder, seed, lambda data: data.rename(data.with_name("elsewhere")))
    return outcome


def _is_refused(outcome: Outcome, kind: str, data: Path) -> None:
    outcome.injected += 1
    try:
        check_data_folder(data)
    except OSError as error:
        outcome.require_named(str(error), str(data), "--data")
    else:
        outcome.failures.append(f"a folder was taken that is {kind}")


def _vanishes(outcome: Outcome, folder: Path, seed: int, vanish: Callable[[Path], Path]) -> None:
    """Rename the data folder while frames come: what is open goes on, and no frame is lost."""
    data = folder / "here"
    moved: list[Path] = []
    with Bench(data, seed) as bench:
        error = bench.record(200, lambda _: moved.append(vanish(data)))
        acknowledged = bench.last_run
        acknowledged.folder = moved[0] / acknowledged.folder.relative_to(data)
        outcome.injected += 1
        outcome.require(
            not error or str(data) in error or os.strerror(2) in error, f"it says nothing of a folder: {error}"
        )
        outcome.require_safe(bench.unsafe())
        judge_kept(outcome, acknowledged)
        moved[0].rename(data)
        acknowledged.folder = data / acknowledged.folder.relative_to(moved[0])
        bench.next_run_works(outcome)


CASES = (
    Case(
        "S2",
        "folders that are read-only, no folder, odd, or vanish",
        "refused before motion, or nothing lost",
        are_survived,
    ),
)
