"""Runs in the interpreter that has MagTrack, alone: reads a command per line, answers with a line of JSON.

It uses nothing of beadline, and of MagTrack the one function that its users call.
"""

import importlib
import json
import sys
import time
import warnings
from typing import Any

import numpy as np

BEST_BATCH = 200


def main() -> None:
    """Answer commands until the input ends."""
    warnings.simplefilter("ignore")
    magtrack: Any = importlib.import_module("magtrack")
    answer({"ready": True})
    for line in sys.stdin:
        command = json.loads(line)
        stack, table = np.load(command["stack"]), None
        if command["table"] is not None:
            table = np.load(command["table"])
        answer(run(magtrack, stack, table, command["out"]))


def run(magtrack: Any, stack: Any, table: Any, out: str | None) -> dict[str, float]:
    """Track a stack of shape (frames, side, side) and return the time of this thread [s]; results go to a file."""
    found = []
    spent_s = 0.0
    for start in range(0, len(stack), BEST_BATCH):
        part = np.ascontiguousarray(np.moveaxis(stack[start : start + BEST_BATCH], 0, 2))
        began = time.thread_time()
        x, y, z, profiles = magtrack.stack_to_xyzp(part.astype(np.float64), table)
        spent_s += time.thread_time() - began
        if out is not None:
            found.append(np.vstack((x, y, z, profiles)))
    if out is not None:
        np.save(out, np.concatenate(found, axis=1))
    return {"seconds": spent_s}


def answer(value: dict[str, Any]) -> None:
    """Write one line of JSON."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
