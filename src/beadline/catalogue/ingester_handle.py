"""The ingester as its session sees it: told of runs, asked how far it is."""

import logging
import threading
import time
from pathlib import Path
from typing import Any, Self

from beadline.acquisition import Supervisor, Worker
from beadline.documents import JOURNAL_NAME, JournalTail

log = logging.getLogger("beadline.catalogue")
LOOP = "beadline.catalogue.ingester:IngesterLoop"
POLL_S = 0.03
RESTARTS = 3
GLANCE_S = 0.5
LEAVE_WITHIN_S = 1.0
"""A session that closes waits no longer for it [s]: what it has not brought in, the next session brings in."""


class Ingestion:
    """Tells the ingester of runs and asks how far it is; never raises because of it."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._telling: threading.Thread | None = None
        self._folder: Path | None = None
        self._restarts_left = RESTARTS

    @classmethod
    def start(cls, supervisor: Supervisor, data: Path) -> Self:
        """Start the ingester of a data folder; it opens the catalogue after the handshake."""
        worker = supervisor.start("ingester", LOOP, {"data": str(data)}, background=True, leave_within_s=LEAVE_WITHIN_S)
        return cls(worker)

    def follow(self, folder: Path) -> None:
        """Have a run brought in while it is written; returns at once, on the RunEngine's thread too."""
        self._folder = folder
        self._telling = threading.Thread(target=self._tell, args=(folder,), name="tell the ingester", daemon=True)
        self._telling.start()

    def _tell(self, folder: Path) -> None:
        try:
            self._revive()
            self._worker.prompt("follow", folder=str(folder))
        except (RuntimeError, TimeoutError, OSError) as error:
            log.warning("the catalogue will have the run in %s later: %s", folder, error)

    def _revive(self) -> None:
        """Restart an ingester that has died; it finds by itself what is missing."""
        if not self._worker.alive and self._restarts_left > 0:
            self._restarts_left -= 1
            log.warning("%s; it is restarted", self._worker.obituary())
            try:
                self._worker.restart()
            except (RuntimeError, TimeoutError, OSError) as error:
                log.warning("the ingester could not be restarted: %s", error)

    def glance(self) -> dict[str, Any]:
        """Return its state and how many documents it is behind, soon: of one that is too busy to say so, that."""
        try:
            state = self._worker.prompt("state", timeout_s=GLANCE_S)
        except TimeoutError:
            return {"state": "busy", "behind": 0}
        except (RuntimeError, OSError):
            return {"state": "degraded", "behind": 0}
        return {"state": state["state"], "behind": state["behind"]}

    def state(self) -> dict[str, Any]:
        """Return what the ingester says of itself; of a dead one, that it is degraded."""
        try:
            return dict(self._worker.prompt("state"))
        except (RuntimeError, TimeoutError, OSError) as error:
            return {"state": "degraded", "behind": 0, "runs": {}, "message": str(error)}

    def wait_for(self, uid: str, timeout_s: float) -> int:
        """Wait until the catalogue has a whole run, and return how many of its documents are missing: 0 is all there.

        Args:
            uid: of the run, which is the one followed last or an earlier one.
            timeout_s: how long to wait at most [s].
        """
        deadline = time.monotonic() + timeout_s
        if self._telling is not None:
            self._telling.join(timeout_s)
        while True:
            self._revive()
            state = self.state()
            run = state["runs"].get(uid)
            if run is not None and run["state"] == "done":
                return 0
            given_up = (run is not None and run["state"] == "failed") or not self._worker.alive
            if given_up or time.monotonic() >= deadline:
                behind = 0 if run is None else int(run["behind"])
                return behind or self._all_of(uid)
            time.sleep(POLL_S)

    def _all_of(self, uid: str) -> int:
        """Count the documents of a run the ingester says nothing of."""
        if self._folder is None or not self._folder.name.endswith(f"_{uid[:8]}"):
            return 1
        return max(1, JournalTail(self._folder / JOURNAL_NAME).pending_lines())

    def wait_until_open(self, timeout_s: float = 60.0) -> None:
        """Wait until there is a catalogue to read.

        Raises:
            TimeoutError: it takes too long.
            RuntimeError: it cannot be opened; the message says why.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            self._revive()
            state = self.state()
            died_meanwhile = not self._worker.alive and self._restarts_left > 0
            if state["state"] != "starting" and not died_meanwhile:
                break
            if time.monotonic() > deadline:
                raise TimeoutError(f"The catalogue was not open within {timeout_s:.0f} s; look at the ingester's log")
            time.sleep(POLL_S)
        if state["state"] == "degraded" and not state["runs"]:
            raise RuntimeError(f"Cannot open the catalogue: {state['message']}")
