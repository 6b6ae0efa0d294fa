"""Runs one case in a process of its own: `python -m beadline.testing.faults.one_case D1 --seed 1 --folder ...`.

A case that hangs, or takes its process along, is a case that was not survived; the others go on.
"""

import argparse
import json
import logging
import sys
import time
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .outcome import Case, NotRun, Outcome
from .scoreboard import fault_cases


def run_case(case: Case, seed: int, folder: Path, *, full: bool) -> dict[str, Any]:
    """Run a case and return what became of it, as plain data; `not_run` says why it could not be run."""
    began_s = time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        outcome = case.run(seed, folder, full)
    except NotRun as reason:
        return {"id": case.id, "test": case.injected, "not_run": str(reason)}
    except Exception as error:  # noqa: BLE001 - whatever a case raises, it was not survived, and the others go on
        outcome = Outcome(1, failures=[f"{type(error).__name__}: {error}", *traceback.format_exc().splitlines()[-4:-1]])
    return {
        "id": case.id,
        "test": case.injected,
        "promise": case.promise,
        "seed": seed,
        "survived": outcome.survived,
        **asdict(outcome),
        "seconds": round(time.monotonic() - began_s, 2),
    }


def main() -> None:
    """Print the outcome of one case as one line of JSON."""
    asked = argparse.ArgumentParser()
    asked.add_argument("id")
    asked.add_argument("--seed", type=int, required=True)
    asked.add_argument("--folder", type=Path, required=True)
    asked.add_argument("--full", action="store_true")
    given = asked.parse_args()
    for noisy in ("bluesky", "ophyd_async", "beadline"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
    (case,) = [each for each in fault_cases() if each.id == given.id]
    done = run_case(case, given.seed, given.folder, full=given.full)
    sys.stdout.write(json.dumps(done, default=str) + "\n")


if __name__ == "__main__":
    main()
