"""Databases of a catalogue that are busy for a while, or refuse every new row."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

DATABASES = ("catalog.db", "tables.db")
BUSY_S = 30.0
"""How long to wait for a database that its writer is writing."""


@contextmanager
def busy(path: Path) -> Iterator[None]:
    """Hold a database, so that whoever wants to write waits, or is told that it is locked."""
    with _open(path) as database:
        database.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            database.execute("ROLLBACK")


@contextmanager
def refusing(path: Path) -> Iterator[None]:
    """Have each table of a database refuse each new row, which its server calls an error 500."""
    with _open(path) as database:
        named = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE TABLE%'")
        tables = [name for (name,) in named.fetchall() if not name.startswith("sqlite_") and "_fts" not in name]
        for number, table in enumerate(tables):
            database.execute(
                f'CREATE TRIGGER refuses_{number} BEFORE INSERT ON "{table}" '
                "BEGIN SELECT RAISE(ABORT, 'refused on purpose'); END"
            )
        try:
            yield
        finally:
            for number in range(len(tables)):
                database.execute(f"DROP TRIGGER IF EXISTS refuses_{number}")


def stubborn(kind: Callable[[Path], AbstractContextManager[None]], data: Path, for_s: float) -> threading.Thread:
    """Have both databases of a data folder be so for some seconds, beginning now; join what is returned."""
    over = threading.Event()

    def hold() -> None:
        with ExitStack() as stack:
            for name in DATABASES:
                stack.enter_context(kind(data / name))
            over.wait(for_s)

    thread = threading.Thread(target=hold, name="hold the databases")
    thread.start()
    return thread


@contextmanager
def _open(path: Path) -> Iterator[sqlite3.Connection]:
    database = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
    try:
        yield database
    finally:
        database.close()
