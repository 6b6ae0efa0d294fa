"""Look-up tables in HDF5 files that are checked when they are read."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from .options import TrackerOptions
from .tables import LookupTable

_SCHEMA = "beadline look-up tables"
_VERSION = 2
MOST_NUMBERS = 10_000_000
"""In one dataset: 10 000 planes of 1000 radii."""


def save_lookup_tables(path: Path | str, tables: Sequence[LookupTable], provenance: Mapping[str, Any]) -> None:
    """Write tables to a new file.

    Args:
        path: the file.
        tables: one per bead.
        provenance: where they come from, plain data: run, date, operator, versions.

    Raises:
        FileExistsError: the file is there already.
        ValueError: two tables belong to the same bead.
    """
    ids = [table.bead_id for table in tables]
    if len(set(ids)) != len(ids):
        raise ValueError(f"Cannot save look-up tables of beads {ids}: there may be one for each bead only")
    described = json.dumps(dict(provenance))
    with h5py.File(path, "x") as file:
        file.attrs.update(schema=_SCHEMA, schema_version=_VERSION, provenance=described)
        for table in tables:
            group = file.create_group(f"bead_{table.bead_id}")
            group.attrs.update(
                bead_id=table.bead_id,
                options=json.dumps(table.options.as_dict()),
                options_hash=table.options_hash,
                optics=json.dumps(table.optics),
                quality=json.dumps(table.quality),
                radius_step_px=table.radius_step_px,
                sha256=table.sha256,
            )
            group.create_dataset("z_nm", data=table.z_nm).attrs["units"] = "nm"
            group.create_dataset("profiles", data=table.profiles).attrs["axes"] = "plane, radius"
            group.create_dataset("unevenness", data=table.unevenness).attrs["axes"] = "plane, radius"


def load_lookup_tables(path: Path | str) -> list[LookupTable]:
    """Read tables, in the order of their bead ids.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file holds something else, is damaged, of a later version, or its content has changed.
    """
    with _read_only(path) as file:
        _check_schema(file, path)
        groups = [item for item in file.values() if isinstance(item, h5py.Group)]
        tables = [_read(group, path) for group in groups]
    return sorted(tables, key=lambda table: table.bead_id)


def read_provenance(path: Path | str) -> dict[str, Any]:
    """Read where the tables of a file come from.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file holds something else, is damaged or of a later version.
    """
    with _read_only(path) as file:
        _check_schema(file, path)
        return json.loads(_text(file, "provenance"))


@contextmanager
def _read_only(path: Path | str) -> Iterator[h5py.File]:
    """Open a file, and say of whatever is wrong inside it that it is damaged."""
    try:
        with h5py.File(path, "r") as file:
            yield file
    except FileNotFoundError:
        raise
    except (OSError, KeyError, TypeError, AttributeError, RuntimeError, MemoryError) as error:
        raise ValueError(f"Cannot read look-up tables from {path}: it is damaged: {error}") from error
    except ValueError as error:
        if str(path) in str(error):
            raise
        raise ValueError(f"Cannot read look-up tables from {path}: {error}") from error


def _check_schema(file: h5py.File, path: Path | str) -> None:
    if file.attrs.get("schema") != _SCHEMA:
        raise ValueError(f"Cannot read look-up tables from {path}: it is not a file of look-up tables")
    version = int(np.asarray(file.attrs["schema_version"]))
    if version > _VERSION:
        raise ValueError(
            f"Cannot read look-up tables from {path}: its version is {version}, this beadline knows up to "
            f"{_VERSION}; update beadline"
        )
    if version < _VERSION:
        raise ValueError(
            f"Cannot read look-up tables from {path}: they were made by an older beadline (version {version}, "
            f"now {_VERSION}) and lack what is measured with today; make new tables"
        )


def _read(group: h5py.Group, path: Path | str) -> LookupTable:
    table = LookupTable(
        bead_id=int(np.asarray(group.attrs["bead_id"])),
        z_nm=_array(group["z_nm"]),
        profiles=_array(group["profiles"]),
        options=TrackerOptions.from_dict(json.loads(_text(group, "options"))),
        optics=json.loads(_text(group, "optics")),
        quality=json.loads(_text(group, "quality")),
        unevenness=_array(group["unevenness"]),
    )
    if table.sha256 != _text(group, "sha256"):
        raise ValueError(
            f"Cannot use the look-up table of bead {table.bead_id} in {path}: its content does not match its "
            "SHA-256; it was changed or damaged after it was saved"
        )
    return table


def _array(dataset: Any) -> NDArray[Any]:
    """Read a dataset, unless it is larger than any table: a small file can unpack to more than the memory."""
    if not isinstance(dataset, h5py.Dataset) or dataset.size is None or dataset.size > MOST_NUMBERS:
        raise ValueError(f"{dataset.name} is no dataset of at most {MOST_NUMBERS} numbers")
    return np.asarray(dataset)


def _text(item: h5py.Group, name: str) -> str:
    return str(item.attrs[name])
