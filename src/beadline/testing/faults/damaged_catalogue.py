"""Row S4: a catalogue whose databases are damaged is made anew from the journals."""

from pathlib import Path

import numpy as np

from .bench import Bench
from .ingested import PATIENCE_S, digests, ingestion_at_once, judge_catalogue
from .outcome import Case, Outcome
from .stubborn_databases import DATABASES


def is_damaged(seed: int, folder: Path, full: bool) -> Outcome:
    """Overwrite parts of the databases; the catalogue is made anew, and is what it was."""
    outcome, data = Outcome(), folder / "data"
    with Bench(data, seed, transport="process") as bench:
        ingestion = ingestion_at_once(bench.supervisor, data)
        bench.when_opened.append(ingestion.follow)
        bench.record(30)
        bench.record(30)
        judge_catalogue(outcome, ingestion, data, bench.runs)
        uids = list(bench.runs)
    before = digests(data, uids)
    random = np.random.default_rng(seed)
    for name in DATABASES if full else DATABASES[:1]:
        _overwrite(data / name, random)
        with Bench(data, seed, transport="process") as bench:
            ingestion = ingestion_at_once(bench.supervisor, data)
            outcome.injected += 1
            missing = sum(ingestion.wait_for(uid, PATIENCE_S) for uid in uids)
            outcome.require(missing == 0, f"after {name} was damaged {missing} documents were not rebuilt")
            bench.next_run_works(outcome)
        outcome.require(digests(data, uids) == before, f"after {name} was damaged the catalogue is another")
    outcome.figures["runs_rebuilt"] = len(uids)
    return outcome


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
        "S4",
        "databases of the catalogue damaged",
        "rebuilt from the journals, the same as before",
        is_damaged,
        fast=False,
    ),
)
