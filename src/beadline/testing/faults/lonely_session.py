"""A session that is to be killed: it records, and says of each document what has been acknowledged by then.

`python -m beadline.testing.faults.lonely_session FOLDER --seed 1 --frames 2000`, one line of JSON for each document.
"""

import argparse
import json
import os
import signal
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from bluesky import preprocessors as bpp

from beadline.plans import record

from .bench import Bench

PROCESSES_EVERY = 2
"""One seed in so many has its workers in processes of their own, as a session has; else they die with it."""


def main() -> None:
    """Record until killed, or until done."""
    asked = argparse.ArgumentParser()
    asked.add_argument("data", type=Path)
    asked.add_argument("--seed", type=int, required=True)
    asked.add_argument("--frames", type=int, required=True)
    asked.add_argument("--die-after", help="Kind and number of the document after which it kills itself: descriptor:2.")
    given = asked.parse_args()
    transport = "thread" if given.seed % PROCESSES_EVERY else "process"
    with Bench(given.data, given.seed, transport=transport) as bench:
        said: Counter[str] = Counter()

        def say(name: str, document: dict[str, Any]) -> None:
            said[name] += 1
            consumers = {"tracks.h5": bench.tracker, "video.h5": bench.recorder}
            frames = {file: int(each.worker.board["written"]) for file, each in consumers.items()}
            sys.stdout.write(json.dumps({"kind": name, "documents": said.total(), "frames": frames}) + "\n")
            sys.stdout.flush()
            if f"{name}:{said[name]}" == given.die_after:
                os.kill(os.getpid(), signal.SIGKILL)

        bench.RE.subscribe(say)
        plan = record(bench.camera, [bench.tracker, bench.recorder], frames=given.frames)
        bench.RE(bpp.monitor_during_wrapper(plan, [bench.camera.frames]))


if __name__ == "__main__":
    main()
