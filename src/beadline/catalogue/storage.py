"""The files of the embedded catalogue, and how tiled opens them in this process."""

import asyncio
import logging
import sqlite3
import warnings
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from .file_uris import file_uri

log = logging.getLogger("beadline.catalogue")
SPECS = [{"name": "CatalogOfBlueskyRuns", "version": "3.0"}]
_SQLITE = "sqlite+aiosqlite:///"
_READ_ONLY = "?mode=ro&uri=true"


@dataclass(frozen=True)
class Storage:
    """Where the catalogue of a data folder is.

    Attributes:
        data: the data folder.
    """

    data: Path

    @property
    def catalogue(self) -> Path:
        """Database of runs, streams and what they are made of."""
        return self.data / "catalog.db"

    @property
    def tables(self) -> Path:
        """Database of the events."""
        return self.data / "tables.db"

    @property
    def arrays(self) -> Path:
        """Folder of arrays that came inside events."""
        return self.data / "arrays"

    def reading(self) -> dict[str, Any]:
        """Return tiled's configuration that opens it read-only."""
        return _configuration(
            uri=f"{_SQLITE}file:{quote(self.catalogue.as_posix())}{_READ_ONLY}",
            readable_storage=[file_uri(self.data), f"sqlite:///{self.tables.as_posix()}"],
        )

    @classmethod
    def of_reading(cls, configuration: Mapping[str, Any]) -> "Storage":
        """Return the storage that a configuration made by `reading` opens."""
        (tree,) = configuration["trees"]
        path = str(tree["args"]["uri"]).removeprefix(f"{_SQLITE}file:").removesuffix(_READ_ONLY)
        return cls(Path(unquote(path)).parent)

    def writing(self) -> dict[str, Any]:
        """Return tiled's configuration that opens it to write: for one process only."""
        return _configuration(
            uri=f"{_SQLITE}{self.catalogue.as_posix()}",
            readable_storage=[file_uri(self.data)],
            writable_storage=[file_uri(self.arrays), f"sqlite:///{self.tables.as_posix()}"],
        )


def _configuration(**arguments: Any) -> dict[str, Any]:
    return {
        "trees": [{"tree": "catalog", "path": "/", "args": {**arguments, "specs": SPECS}}],
        "media_types": {"BlueskyRun": {"application/json-seq": "bluesky_tiled_plugins.exporters:json_seq_exporter"}},
    }


@dataclass(frozen=True)
class OpenCatalogue:
    """An open catalogue: its tiled client, and what has to be closed."""

    client: Any
    context: Any

    def close(self) -> None:
        """Let go of the databases."""
        self.context.close()


def open_for_reading(storage: Storage) -> OpenCatalogue:
    """Open the catalogue of a data folder in this process, read-only; writing raises.

    Raises:
        FileNotFoundError: there is none yet.
    """
    if not storage.catalogue.is_file():
        raise FileNotFoundError(
            f"There is no catalogue in {storage.data} yet: it is made by the first session on this folder"
        )
    return _open(storage.reading())


def open_for_writing(storage: Storage) -> OpenCatalogue:
    """Open the catalogue of a data folder in this process, to write it; makes it if it is missing."""
    with _quietly():
        create(storage)
    return _open(storage.writing())


def _open(configuration: dict[str, Any]) -> OpenCatalogue:
    with _quietly():
        from tiled.client import from_context  # noqa: PLC0415 - takes seconds
        from tiled.client.context import Context  # noqa: PLC0415
        from tiled.server.app import build_app_from_config  # noqa: PLC0415

        # It greets whoever opens a catalogue; the level is set when it is imported.
        logging.getLogger("tiled.server.app").setLevel(logging.WARNING)
        context = Context.from_app(build_app_from_config(configuration))
        try:
            return OpenCatalogue(from_context(context), context)
        except BaseException:
            context.close()
            raise


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep to itself what tiled says of its own dependencies."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def create(storage: Storage) -> None:
    """Make the databases of an empty catalogue; one that is there but damaged is set aside."""
    storage.arrays.mkdir(mode=0o700, exist_ok=True)
    for database in (storage.catalogue, storage.tables):
        if database.exists() and not _is_sound(database):
            _set_aside(storage)
            break
    if not storage.catalogue.exists():
        # Another thread: this one may have a loop of its own.
        with ThreadPoolExecutor(1, "make the catalogue") as pool:
            pool.submit(_initialise, storage.catalogue).result()
    with sqlite3.connect(storage.tables) as connection:
        # Without it a reader meets a locked database whenever something is written.
        connection.execute("PRAGMA journal_mode=WAL")
    connection.close()


def _initialise(path: Path) -> None:
    from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415 - takes its time
    from tiled.alembic_utils import stamp_head  # noqa: PLC0415
    from tiled.catalog.alembic_constants import ALEMBIC_DIR, ALEMBIC_INI_TEMPLATE_PATH  # noqa: PLC0415
    from tiled.catalog.core import initialize_database  # noqa: PLC0415

    unfinished = path.with_name(f"{path.name}.new")
    unfinished.unlink(missing_ok=True)
    uri = f"{_SQLITE}{unfinished.as_posix()}"

    async def make() -> None:
        engine = create_async_engine(uri)
        await initialize_database(engine)
        await engine.dispose()

    asyncio.run(make())
    stamp_head(Path(ALEMBIC_INI_TEMPLATE_PATH), Path(ALEMBIC_DIR), uri)
    # Readers see a whole catalogue or none.
    unfinished.rename(path)


def _is_sound(database: Path) -> bool:
    try:
        connection = sqlite3.connect(database)
        try:
            (answer,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        finally:
            connection.close()
    except sqlite3.DatabaseError:
        return False
    return answer == "ok"


def _set_aside(storage: Storage) -> None:
    """Rename a damaged catalogue; the journals hold everything that is in it."""
    number = 1
    while (storage.data / f"damaged_catalogue_{number}").exists():
        number += 1
    aside = storage.data / f"damaged_catalogue_{number}"
    aside.mkdir(mode=0o700)
    for name in ("catalog.db", "tables.db"):
        for path in storage.data.glob(f"{name}*"):
            path.rename(aside / path.name)
    storage.arrays.rename(aside / storage.arrays.name)
    storage.arrays.mkdir(mode=0o700)
    log.error("the catalogue of %s is damaged; it is in %s now and made anew from the runs", storage.data, aside)
