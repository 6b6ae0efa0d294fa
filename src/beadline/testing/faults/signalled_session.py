"""A session that is sent signals: it records or moves, and says what has been acknowledged and when the magnets stand.

`python -m beadline.testing.faults.signalled_session FOLDER --seed 1 --does recording`, one line of JSON at a time.
"""

import argparse
import json
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

from bluesky import plan_stubs as bps
from bluesky.utils import RunEngineInterrupted

from beadline.devices import Bead
from beadline.plans import in_run, record
from beadline.session import Session, load_profile

from .bench import WORLD

FAR_MM, NEAR_MM = 19.0, 6.0
LOOK_EVERY_S = 0.005


def main() -> None:
    """Record or move until a signal ends it."""
    asked = argparse.ArgumentParser()
    asked.add_argument("data", type=Path)
    asked.add_argument("--seed", type=int, required=True)
    asked.add_argument("--does", choices=("recording", "moving"), required=True)
    given = asked.parse_args()
    arguments = {**WORLD, "seed": given.seed, "frame_rate_hz": 200.0}
    with Session(
        load_profile("simulated"), given.data, say=lambda _: None, arguments=arguments, as_default=False
    ) as session:
        session.RE(bps.abs_set(session.tracker.beads, [Bead(0, 48.0, 48.0)], wait=True))
        session.RE(bps.mv(session.magnets.height, NEAR_MM))
        said: Counter[str] = Counter()

        def witness(name: str, document: dict[str, Any]) -> None:
            said[name] += 1
            _say(kind=name, documents=said.total())

        session.RE.subscribe(witness)
        if given.does == "moving":
            plan = in_run(bps.mv(session.magnets.height, FAR_MM))
            threading.Thread(target=_watch, args=(session,), daemon=True).start()
        else:
            plan = record(session.camera, [session.tracker, session.recorder], duration_s=120.0)
        with suppress(RunEngineInterrupted):
            session.RE(plan)
        _say(kind="prompt", state=str(session.RE.state), moving=session.magnets.height.axis.state().moving)
        if session.RE.state == "paused":
            session.RE.abort("seen that it pauses")


def _watch(session: Session) -> None:
    """Say when the magnets begin to move, and when they stand."""
    for moving in (True, False):
        while session.magnets.height.axis.state().moving is not moving:
            time.sleep(LOOK_EVERY_S)
        _say(kind="moves" if moving else "stands", at_s=time.monotonic())


def _say(**line: Any) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
