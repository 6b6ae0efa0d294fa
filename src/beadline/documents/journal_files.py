"""Reading journals: files of one document per line that may be growing, or end in the middle of a line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from .encoding import decode_line

JOURNAL_NAME = "documents.jsonl"
_PIECE_BYTES = 1 << 20
Document = tuple[str, dict[str, Any]]


class ReadJournal(NamedTuple):
    """What is in a journal: its documents, and how many bytes of a torn last line follow them."""

    documents: list[Document]
    torn_bytes: int


def read_documents(path: Path) -> ReadJournal:
    """Read a whole journal.

    A last line without its end is torn: its bytes are counted and left alone.

    Raises:
        ValueError: another line is damaged; the message names it.
    """
    tail = JournalTail(path)
    documents = list(tail.new_documents())
    return ReadJournal(documents, path.stat().st_size - tail.offset)


def complete_lines(path: Path, offset: int = 0) -> Iterator[bytes]:
    """Return the lines of a journal as they are, from a byte on; a torn last line is left out."""
    with path.open("rb") as file:
        file.seek(offset)
        for line in file:
            if not line.endswith(b"\n"):
                return
            yield line


def kind_of(line: bytes) -> str:
    """Return what kind of document a line is, without decoding it."""
    return line[2 : line.find(b'"', 2)].decode("ascii", errors="replace")


class JournalTail:
    """Reads a journal from its first byte on, and then what has been added since.

    Attributes:
        path: the journal.
        offset: bytes read so far, always at the end of a line.
        lines: lines read so far.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.offset = 0
        self.lines = 0

    def new_documents(self) -> Iterator[Document]:
        """Read the complete lines that were not read before.

        Raises:
            ValueError: a line is damaged.
        """
        for line in complete_lines(self.path, self.offset):
            try:
                document = decode_line(line)
            except ValueError as error:
                raise ValueError(
                    f"Line {self.lines + 1} of {self.path} is damaged, at byte {self.offset}: {error}"
                ) from error
            self.offset += len(line)
            self.lines += 1
            yield document

    def pending_lines(self) -> int:
        """Count the complete lines that were not read yet."""
        with self.path.open("rb") as file:
            file.seek(self.offset)
            return sum(piece.count(b"\n") for piece in iter(lambda: file.read(_PIECE_BYTES), b""))
