"""A session that is to be killed: it records, and says of each document what has been acknowledged by then.

`python -m beadline.testing.faults.lonely_session FOLDER --seed 1 --frames 2000`, one line of JSON for each document.
"""

import argparse
import json
import os
import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from bluesky import preprocessors as bpp

from beadline.plans import record

from .bench import Bench
from .ingested import ingestion_at_once

INGEST_WITHIN_S = 60.0
"""How long it waits for its catalogue, after a run, to be killed in the middle of that."""
PROCESSES_EVERY = 2
"""One seed in so many has its workers in processes of their own, as a session has; else they die with it."""


def main() -> None:
    """Record until killed, or until done."""
    asked = argparse.ArgumentParser()
    asked.add_argument("data", type=Path)
    asked.add_argument("--seed", type=int, required=True)
    asked.add_argument("--frames", type=int, required=True)
    asked.add_argument("--die-after", help="Kind and number of the document after which it kills itself: descriptor:2.")
    asked.add_argument("--die-when-ingested", type=int, help="Documents in the catalogue when it and its writer die.")
    given = asked.parse_args()
    apart = given.die_when_ingested or given.seed % PROCESSES_EVERY == 0
    transport = "process" if apart else "thread"
    with Bench(given.data, given.seed, transport=transport) as bench:
        said: Counter[str] = Counter()

        def say(name: str, document: dict[str, Any]) -> None:
            said[name] += 1
            consumers = {"tracks.h5": bench.tracker, "video.h5": bench.recorder}
            frames = {file: int(each.worker.board["written"]) for file, each in consumers.items()}
            line = {"kind": name, "documents": said.total(), "frames": frames, "at_s": round(time.monotonic(), 3)}
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()
            if f"{name}:{said[name]}" == given.die_after:
                os.kill(os.getpid(), signal.SIGKILL)

        bench.RE.subscribe(say)
        if given.die_when_ingested:
            _die_in_the_ingest(bench, given.die_when_ingested)
        plan = record(bench.camera, [bench.tracker, bench.recorder], frames=given.frames)
        bench.RE(bpp.monitor_during_wrapper(plan, [bench.camera.frames]))
        if given.die_when_ingested:
            time.sleep(INGEST_WITHIN_S)


def _die_in_the_ingest(bench: Bench, documents: int) -> None:
    """Have the runs brought into the catalogue, and kill its writer and this session in the middle of that."""
    ingestion = ingestion_at_once(bench.supervisor, bench.data)
    ingestion.wait_until_open()
    while ingestion.state()["state"] != "ok":  # there are earlier runs
        time.sleep(0.05)
    bench.when_opened.append(ingestion.follow)
    writer = bench.supervisor.workers["ingester"]
    before = writer.board["ingested"]

    def die() -> None:
        while writer.board["ingested"] < before + documents:
            time.sleep(0.0005)
        os.kill(writer.status().pid or 0, signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=die, name="die in the ingest", daemon=True).start()


if __name__ == "__main__":
    main()
