"""Which rows of an HDF5 file are really there.

Read in a process of its own, because a file whose end is missing can make its reader hang; that runs this file alone,
as the whole package would take seconds to load.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from math import ceil, prod
from pathlib import Path
from typing import Any, NamedTuple

import h5py

DEADLINE_S = 20.0
FRAME_ID = "/frame_id"


class WholeRows(NamedTuple):
    """What is really in a file.

    Attributes:
        rows: how many rows are whole in all its datasets.
        last_frame_id: of the last of them, by the camera's counter; None when there is none, or it cannot be told.
        problem: why the file cannot be read, so that nothing is known of its rows; empty when it can.
    """

    rows: int
    last_frame_id: int | None = None
    problem: str = ""


def true_lengths(files: Mapping[Path, Sequence[str]], deadline_s: float = DEADLINE_S) -> dict[Path, WholeRows]:
    """Return which rows are whole in all the named datasets of each file, or why that file cannot be read.

    Files are opened to read only, as those of a killed worker have to be.

    Args:
        files: names of datasets by file.
        deadline_s: for all files together, or for each if one of them crashes its reader [s].

    Raises:
        TimeoutError: reading takes longer.
    """
    if not files:
        return {}
    asked = {str(path): list(names) for path, names in files.items()}
    try:
        done = subprocess.run(
            [sys.executable, "-P", __file__],
            input=json.dumps(asked).encode(),
            capture_output=True,
            timeout=deadline_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        names = ", ".join(path.name for path in files)
        raise TimeoutError(f"Cannot tell how long {names} are: reading took more than {deadline_s:.0f} s") from error
    if done.returncode != 0 and len(files) > 1:
        return {path: true_lengths({path: names}, deadline_s)[path] for path, names in files.items()}
    if done.returncode != 0:
        return dict.fromkeys(files, WholeRows(0, problem=f"its reader ended with exit code {done.returncode}"))
    return {Path(path): WholeRows(*rows) for path, rows in json.loads(done.stdout).items()}


def _rows_of_file(path: str, names: Sequence[str]) -> WholeRows:
    try:
        with h5py.File(path, "r", libver="latest", swmr=True) as file:
            size = Path(path).stat().st_size
            datasets: dict[str, Any] = {name: file[name] for name in names}
            rows = min(whole_rows(dataset, size) for dataset in datasets.values())
            return WholeRows(rows, int(datasets[FRAME_ID][rows - 1]) if rows and FRAME_ID in datasets else None)
    except (OSError, KeyError, RuntimeError) as error:
        number = getattr(error, "errno", None)
        return WholeRows(0, problem=os.strerror(number) if number else str(error.args[0]))


def whole_rows(dataset: Any, file_bytes: int) -> int:
    """Count the rows before the first chunk that is missing or reaches beyond the end of the file.

    Reading would not tell: bytes that are gone come back as zeros.

    Args:
        dataset: of an HDF5 file, in chunks.
        file_bytes: length of the file [byte].
    """
    rows, chunk_rows = dataset.shape[0], dataset.chunks[0]
    asked = prod(ceil(length / chunk) for length, chunk in zip(dataset.shape[1:], dataset.chunks[1:], strict=True))
    whole: Counter[int] = Counter()

    def count(chunk: Any) -> None:
        if chunk.byte_offset + chunk.size <= file_bytes:
            whole[chunk.chunk_offset[0]] += 1

    dataset.id.chunk_iter(count)
    torn = [first for first in range(0, rows, chunk_rows) if whole[first] < asked]
    return torn[0] if torn else rows


if __name__ == "__main__":
    answer = {path: _rows_of_file(path, names) for path, names in json.load(sys.stdin).items()}
    sys.stdout.write(json.dumps(answer))
