"""Results of an analysis as JSON files of the run that keeps them, checked byte by byte when they are read.

The second line is the SHA-256 of all that follows it: `tail -n +3 result.json | sha256sum`.
"""

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

RESULT_NAME = "result.json"
FORCE_CALIBRATION = "force_calibration"
_SCHEMA, _VERSION = "beadline result", 1
_HEAD = re.compile(rb'\{\n "sha256": "([0-9a-f]{64})",\n')


@dataclass(frozen=True)
class Result:
    """What an analysis has found, and where it comes from.

    Attributes:
        kind: what it is, for example "force_calibration".
        content: the finding, plain data for JSON, units in the names.
        derived_from: uids of the runs that were analysed.
        measured_at: when the first of these began, ISO 8601 with its offset.
        made_at: when they were analysed.
        options: of the analysis.
        flow_cell: id of the one that was in; empty where it does not matter.
        bead_type: which beads; empty where it does not matter.
        magnets: which magnets; empty where it does not matter.
        versions: of the software, by name.

    Raises:
        ValueError: it comes from no run, a time is none, or something cannot be written as JSON.
    """

    kind: str
    content: Mapping[str, Any]
    derived_from: tuple[str, ...]
    measured_at: str
    made_at: str
    options: Mapping[str, Any]
    flow_cell: str = ""
    bead_type: str = ""
    magnets: str = ""
    versions: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "derived_from", tuple(self.derived_from))
        if not self.kind or not self.derived_from:
            raise ValueError("A result has a kind, and the uids of the runs it is derived from")
        for name in ("measured_at", "made_at"):
            _time(name, getattr(self, name))
        _ = self.text

    @property
    def measured(self) -> datetime:
        """When the first of its runs began."""
        return _time("measured_at", self.measured_at)

    @cached_property
    def text(self) -> bytes:
        """What the hash is of: the file without its first two lines."""
        described = {"schema": _SCHEMA, "schema_version": _VERSION, **asdict(self)}
        try:
            return json.dumps(described, indent=1, allow_nan=False).encode().removeprefix(b"{\n")
        except (TypeError, ValueError) as error:
            raise ValueError(f"Cannot keep a result of kind {self.kind}: it is not plain data ({error})") from error

    @cached_property
    def sha256(self) -> str:
        """Of its text."""
        return hashlib.sha256(self.text).hexdigest()

    def as_metadata(self) -> dict[str, Any]:
        """Return what the start document of its run says of it."""
        names = ("kind", "flow_cell", "bead_type", "magnets", "measured_at", "made_at")
        return {name: getattr(self, name) for name in names} | {"sha256": self.sha256}


def utc_now() -> str:
    """Return the time as results have it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def write_result(path: Path, result: Result) -> None:
    """Write a result to a new file; it is on the disk when this returns.

    Raises:
        FileExistsError: the file is there already.
    """
    with path.open("xb") as file:
        file.write(b'{\n "sha256": "' + result.sha256.encode() + b'",\n' + result.text)
        file.flush()
        os.fsync(file.fileno())


def read_result(path: Path) -> Result:
    """Read a result.

    Raises:
        OSError: the file cannot be read.
        ValueError: it holds something else, is of another version, or a byte of it has changed.
    """
    found = path.read_bytes()
    head = _HEAD.match(found)
    if head is None:
        raise ValueError(f"Cannot read {path}: it is not a result of beadline, or its beginning is damaged")
    body = found[head.end() :]
    if hashlib.sha256(body).hexdigest().encode() != head[1]:
        raise ValueError(
            f"Cannot use {path}: its content does not match its SHA-256; it was changed or damaged after it was saved"
        )
    plain = json.loads(b"{" + body)
    if not isinstance(plain, dict) or plain.pop("schema", None) != _SCHEMA:
        raise ValueError(f"Cannot read {path}: it is not a result of beadline")
    version = plain.pop("schema_version", None)
    if version != _VERSION:
        raise ValueError(
            f"Cannot read {path}: its version is {version}, this beadline knows version {_VERSION}; update beadline"
        )
    if unknown := set(plain) ^ {each.name for each in fields(Result)}:
        raise ValueError(f"Cannot read {path}: {', '.join(sorted(unknown))} is missing or not known")
    return Result(**plain)


def _time(name: str, text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ValueError(f"{name} cannot be {text!r}: it is a time such as 2026-11-22T03:00:00+00:00")
    return found
