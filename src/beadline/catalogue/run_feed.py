"""Brings one run from its journal into the catalogue, while it is written or afterwards."""

import logging
import time
import warnings
from collections import deque
from http import HTTPStatus
from pathlib import Path
from typing import Any

from beadline.documents import JOURNAL_NAME, Document, JournalTail

from .ingestible import PlainDocuments, StreamDatums
from .run_files import file_of_run

log = logging.getLogger("beadline.ingester")
DATUM_PERIOD_S = 5.0
"""How often the length of a growing file is written into the catalogue [s]: it costs 0.3 s of a processor."""
BULK_BEYOND = 300
"""A run this many documents behind is written in one go when it has ended."""
_BULK_BATCH = 10_000
_PIECE = 200


class RunFeed:
    """One run on its way into the catalogue.

    Attributes:
        folder: of the run.
        uid: of the run; empty until its start document has been read.
        done: whether the catalogue has all of it, its stop document included.
        ingested: documents written.
    """

    def __init__(self, folder: Path, client: Any, known: set[str]) -> None:
        """Prepare to bring in a run.

        Args:
            folder: of the run.
            client: writable tiled client of the catalogue.
            known: uids of the runs the catalogue has, kept up to date by all feeds.
        """
        self.folder = folder
        self.uid = ""
        self.done = False
        self.ingested = 0
        self.failures = 0
        self._client = client
        self._known = known
        self.restart()

    def restart(self) -> None:
        """Begin at the first byte; what is in the catalogue of the run will be deleted."""
        self._tail = JournalTail(self.folder / JOURNAL_NAME)
        self._read: deque[Document] = deque()
        self._datums = StreamDatums()
        self._left_out: set[str] = set()
        self._datums_written_s = time.monotonic()
        self._writer: Any = None
        self._plain = PlainDocuments()
        self._at_the_end = False
        self.ingested = 0

    @property
    def behind(self) -> int:
        """Documents in the journal that the catalogue does not have."""
        if self.done:
            return 0
        return len(self._read) + self._datums.count + self._tail.pending_lines()

    def advance(self, budget_s: float) -> bool:
        """Write documents for a while, and tell whether there was anything to do.

        Raises:
            Exception: the journal is damaged, or the catalogue does not take a document.
        """
        deadline = time.monotonic() + budget_s
        self._fill()
        if self._writer is None and not self._begin():
            return False
        worked = False
        while self._read and time.monotonic() < deadline:
            self._take(*self._read.popleft())
            worked = True
            if not self._read:
                self._fill()
        if self._too_far_behind():
            self.restart()
            self._at_the_end = True
        elif self._datums.count and time.monotonic() - self._datums_written_s > DATUM_PERIOD_S:
            self._write_datums()
            worked = True
        return worked

    def _fill(self) -> None:
        documents = self._tail.new_documents()
        while len(self._read) < _PIECE and (document := next(documents, None)) is not None:
            self._read.append(document)
            self.uid = self.uid or str(document[1].get("uid", ""))

    def _begin(self) -> bool:
        """Make the writer; a run that waits for its end is not begun before."""
        if not self._read:
            return False
        ended = has_ended(self.folder)
        if self._at_the_end and not ended:
            return False
        if self.uid in self._known:
            _delete(self._client, self.uid)
        self._known.add(self.uid)
        self._writer = _writer(self._client, batch_size=_BULK_BATCH if ended else 1)
        self._at_the_end = ended
        return True

    def _too_far_behind(self) -> bool:
        return not self.done and not self._at_the_end and self.behind > BULK_BEYOND

    def _take(self, name: str, document: dict[str, Any]) -> None:
        if name == "stream_resource" and not self._may_be_read(document):
            return
        if name == "stream_datum":
            if document["stream_resource"] not in self._left_out:
                self._datums.add(document)
            return
        if name == "stop":
            self._write_datums()
        self._write(name, document)
        self.done = name == "stop"

    def _may_be_read(self, resource: dict[str, Any]) -> bool:
        """Tell whether a file is in the folder of the run; of another the catalogue is told nothing."""
        try:
            file_of_run(self.folder, resource["uri"])
        except ValueError as error:
            log.warning("left out of the catalogue: %s", error)
            self._left_out.add(resource["uid"])
            return False
        return True

    def _write_datums(self) -> None:
        for name, document in self._datums.take():
            self._write(name, document)
        self._datums_written_s = time.monotonic()

    def _write(self, name: str, document: dict[str, Any]) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            self._writer(name, self._plain(name, document))
        self.ingested += 1


def _writer(client: Any, *, batch_size: int) -> Any:
    from bluesky_tiled_plugins import TiledWriter  # noqa: PLC0415 - takes seconds

    # SQLite has no column for an array.
    return TiledWriter(client, batch_size=batch_size, max_array_size=0)


def _delete(client: Any, uid: str) -> None:
    """Delete a run from the catalogue, if it is there: a writer cannot go on within a run.

    What tiled writes itself is deleted; files that it only knows of, as those of the devices, are not touched.
    """
    from tiled.client.utils import ClientError  # noqa: PLC0415 - takes seconds

    try:
        client.delete_contents([uid], recursive=True, external_only=False)
    except ClientError as error:
        if error.response.status_code != HTTPStatus.NOT_FOUND:
            raise


def has_ended(folder: Path) -> bool:
    """Tell whether the last complete line of a journal is a stop document."""
    with (folder / JOURNAL_NAME).open("rb") as file:
        size, span = file.seek(0, 2), 4096
        while True:
            start = max(0, size - span)
            file.seek(start)
            lines = file.read(size - start).split(b"\n")
            if len(lines) >= 3 or start == 0:
                return len(lines) >= 2 and lines[-2].startswith(b'["stop",')
            span *= 4
