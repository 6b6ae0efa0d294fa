"""One run as its folder tells it, whether or not it has ended and whatever the catalogue knows."""

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from beadline.documents import (
    JOURNAL_NAME,
    Document,
    complete_lines,
    decode_line,
    kind_of,
    read_documents,
    scan_id_of,
)
from beadline.status import RunState, RunSummary

STATES: dict[str, RunState] = {"success": "done", "abort": "aborted", "fail": "failed"}
BOOKS_STREAM = "frame_books"
_RESOURCE = re.compile(rb'"stream_resource":"([^"]+)"')


@dataclass
class Overview:
    """What a journal says in all, without its events.

    Attributes:
        start: the start document; empty when even that is missing.
        stop: the stop document, or None while the run goes on.
        descriptors: by uid.
        resources: stream resources by uid.
        last_datums: the last stream datum of each resource.
        books: the last event of the frame books, or None.
    """

    start: dict[str, Any] = field(default_factory=dict[str, Any])
    stop: dict[str, Any] | None = None
    descriptors: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    resources: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    last_datums: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    books: dict[str, Any] | None = None

    @classmethod
    def read(cls, path: Path) -> "Overview":
        """Read a journal; of the many stream datums and events only the last are decoded."""
        overview = cls()
        datums: dict[bytes, bytes] = {}
        books_uids: list[bytes] = []
        for line in complete_lines(path):
            kind = kind_of(line)
            if kind == "stream_datum" and (match := _RESOURCE.search(line)):
                datums[match[1]] = line
            elif kind in {"start", "stop", "descriptor", "stream_resource"}:
                document = decode_line(line)[1]
                overview._keep(kind, document)
                if kind == "descriptor" and document["name"] == BOOKS_STREAM:
                    books_uids.append(document["uid"].encode())
            elif kind == "event" and any(uid in line for uid in books_uids):
                overview.books = decode_line(line)[1]["data"]
        overview.last_datums = {uid.decode(): decode_line(line)[1] for uid, line in datums.items()}
        return overview

    def _keep(self, kind: str, document: dict[str, Any]) -> None:
        match kind:
            case "start":
                self.start = document
            case "stop":
                self.stop = document
            case "descriptor":
                self.descriptors[document["uid"]] = document
            case _:
                self.resources[document["uid"]] = document


@dataclass(frozen=True)
class RunRecord:
    """A run, read from its journal when it is asked for; what has been read is kept.

    Attributes:
        folder: of the run.
    """

    folder: Path

    @cached_property
    def overview(self) -> Overview:
        """What its journal says in all."""
        return Overview.read(self.folder / JOURNAL_NAME)

    @cached_property
    def uid(self) -> str:
        """Of the run; empty when its journal does not even have a start document."""
        line = next(complete_lines(self.folder / JOURNAL_NAME), b"")
        return str(decode_line(line)[1]["uid"]) if kind_of(line) == "start" else ""

    @property
    def scan_id(self) -> int:
        """Of the run, from its folder's name."""
        return scan_id_of(self.folder)

    def documents(self) -> list[Document]:
        """Return all its documents up to now.

        Raises:
            ValueError: the journal is damaged.
        """
        return read_documents(self.folder / JOURNAL_NAME).documents

    @property
    def books(self) -> dict[str, dict[str, Any]]:
        """The counts of its frames by consumer: produced, delivered, missed, ...; empty before its end."""
        books: dict[str, dict[str, Any]] = {}
        for key, value in (self.overview.books or {}).items():
            consumer, _, count = key.rpartition("-")
            books.setdefault(consumer, {})[count] = value.tolist() if hasattr(value, "tolist") else value
        return books

    def rows_announced(self) -> dict[str, int]:
        """Return, by name of the file, how many rows have been announced: all of these are there."""
        rows: dict[str, int] = {}
        for name, _, count in self._announced():
            rows[name] = max(rows.get(name, 0), count)
        return rows

    def _announced(self) -> list[tuple[str, str, int]]:
        """Return file, data key and rows of each resource."""
        announced: list[tuple[str, str, int]] = []
        for uid, resource in self.overview.resources.items():
            key, datum = resource["data_key"], self.overview.last_datums.get(uid)
            rows = 0
            if datum is not None:
                described = self.overview.descriptors[datum["descriptor"]]["data_keys"][key]
                rows = datum["indices"]["stop"] * frames_per_event(described)
            announced.append((resource["uri"].rpartition("/")[2], key, rows))
        return announced

    def summary(self) -> RunSummary:
        """Return one line of the table of runs."""
        start, stop = self.overview.start, self.overview.stop
        started_s = float(start.get("time", 0.0))
        return RunSummary(
            uid=self.uid,
            scan_id=self.scan_id,
            plan_name=str(start.get("plan_name", "")),
            state="running" if stop is None else STATES[stop["exit_status"]],
            started_s=started_s,
            duration_s=None if stop is None else float(stop["time"]) - started_s,
            reason="" if stop is None else str(stop.get("reason", "")),
            frames=self._frames(),
        )

    def _frames(self) -> dict[str, int]:
        """Count frames by consumer; before there are books, what has been announced."""
        books = self.books
        if books:
            missed = max(int(counts["missed"]) for counts in books.values())
            return {consumer: int(counts["delivered"]) for consumer, counts in books.items()} | {"missed": missed}
        frames: dict[str, int] = {}
        for _, key, rows in self._announced():
            consumer = key.rpartition("-")[0]
            frames[consumer] = max(frames.get(consumer, 0), rows)
        return frames


def frames_per_event(key: dict[str, Any]) -> int:
    """Return how many frames one event of a data key has."""
    return int(key["shape"][0]) if list(key.get("dims") or ())[:1] == ["frame"] else 1
