"""The results in the runs of a data folder: each checked against what its run said of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from beadline.documents import RESULT_NAME, Result, read_result

from .run_records import RunRecord


@dataclass(frozen=True)
class KeptResult:
    """A result in its run.

    Attributes:
        uid: of the run that keeps it.
        scan_id: of that run.
        path: of the file.
        announced: what the start document of its run says of it: kind, flow_cell, bead_type, magnets, times, sha256.
        result: what was found; None if it cannot be used.
        problem: why it cannot be used, in a sentence; empty if it can.
    """

    uid: str
    scan_id: int
    path: Path
    announced: Mapping[str, Any]
    result: Result | None = None
    problem: str = ""

    @property
    def run(self) -> str:
        """Its run in words."""
        return f"run {self.scan_id} ({self.uid[:8]})"

    @property
    def kind(self) -> str:
        """What it is."""
        return str(self.announced.get("kind", ""))

    @property
    def measured(self) -> datetime:
        """When the first of the runs it comes from began."""
        return datetime.fromisoformat(self.announced["measured_at"])

    def checked(self) -> Result:
        """Return the result.

        Raises:
            ValueError: it cannot be used.
        """
        if self.result is None:
            raise ValueError(self.problem)
        return self.result


def kept_result(folder: Path) -> KeptResult | None:
    """Return the result of a run, or None if it has none.

    Args:
        folder: of the run.
    """
    path = folder / RESULT_NAME
    if not path.is_file():
        return None
    record = RunRecord(folder)
    try:
        start = record.overview.start
    except (OSError, ValueError) as error:
        return KeptResult("", record.scan_id, path, {}, problem=f"The journal of the run cannot be read: {error}")
    said = start.get("result")
    kept = KeptResult(record.uid, record.scan_id, path, said if isinstance(said, dict) else {})
    try:
        result = read_result(path)
    except (OSError, ValueError) as error:
        return replace(kept, problem=f"{error}; {_REMEDY}")
    if kept.announced.get("sha256") != result.sha256:
        problem = f"it is not the result that {kept.run} announced, their SHA-256 differ"
        return replace(kept, problem=f"Cannot use {path}: {problem}; {_REMEDY}")
    stop = record.overview.stop
    if stop is None or stop["exit_status"] != "success":
        return replace(kept, problem=f"Cannot use {path}: {kept.run} has not ended well; {_REMEDY}")
    return replace(kept, result=result)


_REMEDY = "analyse its runs again and save that, or take the file from a backup"
