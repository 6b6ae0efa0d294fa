"""The ingester worker: the only writer of the embedded catalogue, always after the documents."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from beadline.acquisition import Board
from beadline.documents import JournalTail, run_folders

from .run_feed import JOURNAL_NAME, RunFeed, has_ended
from .storage import OpenCatalogue, Storage, open_for_writing

log = logging.getLogger("beadline.ingester")
FIELDS = ("heartbeat_s", "ingested", "behind", "failed")
STEP_S = 0.2
IDLE_S, IDLE_AT_MOST_S = 0.02, 0.16
"""How long it looks away when there is nothing to do: longer each time, as looking costs a part of a core."""
RETRY_S = (1.0, 4.0, 15.0, 30.0, 60.0)
"""Waits before a run that failed is tried again [s]; then it is given up until the next session."""


class IngesterLoop:
    """Follows the journals of a data folder and writes their runs into the catalogue.

    A run that the catalogue has only in part is deleted there and written again from its first document, so that
    it does not matter when the ingester dies.
    """

    def __init__(self, data: str) -> None:
        self.board = Board.create(FIELDS)
        self.commands: Mapping[str, Callable[..., Any]] = {"follow": self.follow, "state": self.state}
        self.prompt_commands: Mapping[str, Callable[..., Any]] = self.commands
        self._data = Path(data)
        self._catalogue: OpenCatalogue | None = None
        self._known: set[str] = set()
        self._asked: deque[Path] = deque()
        self._guard = threading.Lock()
        self._feeds: list[RunFeed] = []
        self._done: dict[str, int] = {}
        self._given_up: dict[str, str] = {}
        self._not_before_s: dict[Path, float] = {}
        self._message = ""
        self._state = "starting"
        self._idle_s = IDLE_S

    # -- commands, on any thread ----------------------------------------------------------------------------

    def follow(self, folder: str) -> None:
        """Bring in the run whose journal is in this folder; it goes before all others."""
        self._asked.append(Path(folder))

    def state(self) -> dict[str, Any]:
        """Return how far the catalogue is.

        Returns:
            state: starting, ok, behind or degraded; behind: documents that are not in the catalogue; runs: by uid,
            how far it is; message: what went wrong last.
        """
        with self._guard:
            feeds = list(self._feeds)
        runs = {feed.uid: {"state": "running", "behind": _behind(feed)} for feed in feeds if feed.uid}
        runs |= {uid: {"state": "done", "behind": 0} for uid in self._done}
        runs |= {uid: {"state": "failed", "behind": 0, "message": why} for uid, why in self._given_up.items()}
        behind = sum(_behind(feed) for feed in feeds)
        state = self._state
        if state == "ok" and (self._given_up or any(feed.failures for feed in feeds)):
            state = "degraded"
        elif state == "ok" and behind:
            state = "behind"
        return {"state": state, "behind": behind, "runs": runs, "message": self._message}

    # -- the loop -------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Open the catalogue, or write for a while, or wait a moment."""
        if self._catalogue is None:
            self._open()
            return
        while self._asked:
            self._add(self._asked.popleft())
            self._idle_s = IDLE_S
        now = time.monotonic()
        for feed in list(self._feeds):
            if self._not_before_s.get(feed.folder, now) <= now and self._advance(feed):
                self._idle_s = IDLE_S
                return
        time.sleep(self._idle_s)
        self._idle_s = min(2 * self._idle_s, IDLE_AT_MOST_S)

    def _open(self) -> None:
        now = time.monotonic()
        if self._not_before_s.get(self._data, now) > now:
            time.sleep(IDLE_S)
            return
        try:
            self._catalogue = open_for_writing(Storage(self._data))
            self._scan(self._catalogue.client)
        except Exception as error:
            self._state, self._message = "degraded", f"{type(error).__name__}: {error}"
            self.board["failed"] = 1
            log.exception("cannot open the catalogue of %s", self._data)
            self._close_catalogue()
            self._not_before_s[self._data] = time.monotonic() + RETRY_S[-1]
            return
        self.board["failed"] = 0
        self._state, self._message = "ok", ""

    def _scan(self, client: Any) -> None:
        """Find the runs that are missing in the catalogue, or not all there."""
        from tiled.queries import Key  # noqa: PLC0415 - takes seconds

        self._known = set(client.keys())
        finished = set(client.search(Key("stop.run_start") != "").keys())
        missing = [folder for folder in run_folders(self._data) if _uid(folder) not in finished]
        # The run that is open comes first, then the oldest.
        for folder in sorted(missing, key=_started):
            self._add(folder, first=not has_ended(folder))

    def _add(self, folder: Path, *, first: bool = True) -> None:
        if self._catalogue is None or any(feed.folder == folder for feed in self._feeds):
            return
        feed = RunFeed(folder, self._catalogue.client, self._known)
        with self._guard:
            self._feeds.insert(0 if first else len(self._feeds), feed)

    def _advance(self, feed: RunFeed) -> bool:
        before = feed.ingested
        try:
            worked = feed.advance(STEP_S)
        except Exception as error:  # noqa: BLE001 - whatever a run does to the catalogue, the others go on
            self._failed(feed, error)
            return False
        self.board.add("ingested", max(0, feed.ingested - before))
        if feed.done:
            self._done[feed.uid] = feed.ingested
            self._remove(feed)
        self.board["behind"] = 0 if not self._feeds else feed.behind
        return worked

    def _failed(self, feed: RunFeed, error: Exception) -> None:
        """Try a run again later; its journal stays the truth."""
        self._message = f"{feed.folder.name}: {type(error).__name__}: {error}"
        log.error("cannot bring %s into the catalogue", feed.folder, exc_info=error)
        if feed.failures == len(RETRY_S):
            self._given_up[feed.uid or feed.folder.name] = self._message
            self.board["failed"] = 1
            self._remove(feed)
            return
        self._not_before_s[feed.folder] = time.monotonic() + RETRY_S[feed.failures]
        feed.failures += 1
        feed.restart()

    def _remove(self, feed: RunFeed) -> None:
        with self._guard:
            self._feeds.remove(feed)

    def close(self) -> None:
        """Write what can be written in a moment, and close the catalogue."""
        for feed in list(self._feeds):
            if feed.uid and not feed.failures:
                self._advance(feed)
        self._close_catalogue()
        self.board.close()

    def _close_catalogue(self) -> None:
        if self._catalogue is not None:
            self._catalogue.close()
            self._catalogue = None


def _behind(feed: RunFeed) -> int:
    try:
        return feed.behind
    except OSError:
        return 0  # the folder has been removed


def _start(folder: Path) -> dict[str, Any]:
    return next(JournalTail(folder / JOURNAL_NAME).new_documents(), ("start", {}))[1]


def _uid(folder: Path) -> str:
    try:
        return str(_start(folder).get("uid", ""))
    except ValueError:
        return ""  # damaged: tried, reported and given up like any other


def _started(folder: Path) -> tuple[str, int]:
    year, month, day, name = folder.parts[-4:]
    return f"{year}{month}{day}", int(name.partition("_")[0])
