"""One run as its folder tells it, whether or not it has ended and whatever the catalogue knows."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from beadline.documents import JOURNAL_NAME, Document, JournalTail, read_documents, scan_id_of
from beadline.status import RunState, RunSummary

from .file_uris import path_of
from .run_feed import has_ended

STATES: dict[str, RunState] = {"success": "done", "abort": "aborted", "fail": "failed"}
BOOKS_STREAM = "frame_books"


@dataclass(frozen=True)
class RunRecord:
    """A run, read from its journal when it is asked for; what has been read is kept.

    Attributes:
        folder: of the run.
    """

    folder: Path

    @cached_property
    def start(self) -> dict[str, Any]:
        """Its start document; empty when even that is missing."""
        name, document = next(JournalTail(self.folder / JOURNAL_NAME).new_documents(), ("", {}))
        return document if name == "start" else {}

    @cached_property
    def documents(self) -> list[Document]:
        """All its documents up to now.

        Raises:
            ValueError: the journal is damaged.
        """
        return read_documents(self.folder / JOURNAL_NAME).documents

    @property
    def uid(self) -> str:
        """Of the run."""
        return str(self.start.get("uid", ""))

    @property
    def scan_id(self) -> int:
        """Of the run, from its folder's name."""
        return scan_id_of(self.folder)

    @property
    def ended(self) -> bool:
        """Whether it has a stop document."""
        return has_ended(self.folder)

    def of_kind(self, kind: str) -> Iterable[dict[str, Any]]:
        """Return the documents of one kind."""
        return (document for name, document in self.documents if name == kind)

    @cached_property
    def stop(self) -> dict[str, Any] | None:
        """Its stop document, or None while it runs."""
        return next(iter(self.of_kind("stop")), None) if self.ended else None

    @cached_property
    def descriptors(self) -> dict[str, dict[str, Any]]:
        """Its descriptors by uid."""
        return {document["uid"]: document for document in self.of_kind("descriptor")}

    def events(self, stream: str) -> list[dict[str, Any]]:
        """Return the events of a stream."""
        mine = {uid for uid, descriptor in self.descriptors.items() if descriptor["name"] == stream}
        return [document for document in self.of_kind("event") if document["descriptor"] in mine]

    @property
    def books(self) -> dict[str, dict[str, Any]]:
        """The counts of its frames by consumer: produced, delivered, missed, ...; empty before its end."""
        events = self.events(BOOKS_STREAM)
        books: dict[str, dict[str, Any]] = {}
        for key, value in (events[-1]["data"] if events else {}).items():
            consumer, _, count = key.rpartition("-")
            books.setdefault(consumer, {})[count] = value.tolist() if hasattr(value, "tolist") else value
        return books

    def rows_announced(self) -> dict[Path, int]:
        """Return how many rows of each file have been announced: all of these are there."""
        files: dict[str, tuple[Path, str]] = {}
        rows: dict[Path, int] = {}
        for name, document in self.documents:
            if name == "stream_resource":
                path = path_of(document["uri"])
                files[document["uid"]] = (path, document["data_key"])
                rows.setdefault(path, 0)
            elif name == "stream_datum":
                path, key = files[document["stream_resource"]]
                per_event = frames_per_event(self.descriptors[document["descriptor"]]["data_keys"][key])
                rows[path] = max(rows[path], document["indices"]["stop"] * per_event)
        return rows

    def summary(self) -> RunSummary:
        """Return one line of the table of runs."""
        stop, started_s = self.stop, float(self.start.get("time", 0.0))
        return RunSummary(
            uid=self.uid,
            scan_id=self.scan_id,
            plan_name=str(self.start.get("plan_name", "")),
            state="running" if stop is None else STATES[stop["exit_status"]],
            started_s=started_s,
            duration_s=None if stop is None else float(stop["time"]) - started_s,
            reason="" if stop is None else str(stop.get("reason", "")),
            frames=self._frames(),
        )

    def _frames(self) -> dict[str, int]:
        """Count frames by consumer; of a run without books, what is in its files."""
        books = self.books
        if books:
            return {consumer: int(counts["delivered"]) for consumer, counts in books.items()} | {
                "missed": max(int(counts["missed"]) for counts in books.values())
            }
        return {path.stem: rows for path, rows in self.rows_announced().items()}


def frames_per_event(key: dict[str, Any]) -> int:
    """Return how many frames one event of a data key has."""
    return int(key["shape"][0]) if list(key.get("dims") or ())[:1] == ["frame"] else 1
