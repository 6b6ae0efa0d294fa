"""How many rows of an HDF5 file are really there: `python -m beadline.catalogue.true_lengths`.

A process of its own, because a file whose end is missing can make its reader hang.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from math import ceil, prod
from pathlib import Path
from typing import Any

import h5py

DEADLINE_S = 20.0


def true_lengths(files: Mapping[Path, Sequence[str]], deadline_s: float = DEADLINE_S) -> dict[Path, int]:
    """Return how many rows are whole in all the named datasets of each file; 0 of a file that cannot be read.

    Files are opened to read only, as those of a killed worker have to be.

    Args:
        files: names of datasets by file.
        deadline_s: for all files together [s].

    Raises:
        TimeoutError: reading takes longer.
    """
    if not files:
        return {}
    asked = {str(path): list(names) for path, names in files.items()}
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__],
            input=json.dumps(asked).encode(),
            capture_output=True,
            timeout=deadline_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        names = ", ".join(path.name for path in files)
        raise TimeoutError(f"Cannot tell how long {names} are: reading took more than {deadline_s:.0f} s") from error
    if done.returncode != 0:
        return dict.fromkeys(files, 0)
    return {Path(path): rows for path, rows in json.loads(done.stdout).items()}


def _rows_of_file(path: str, names: Sequence[str]) -> int:
    try:
        with h5py.File(path, "r", libver="latest", swmr=True) as file:
            size = Path(path).stat().st_size
            datasets: list[Any] = [file[name] for name in names]
            return min(_rows_of_dataset(dataset, size) for dataset in datasets)
    except (OSError, KeyError, RuntimeError):
        return 0


def _rows_of_dataset(dataset: Any, file_bytes: int) -> int:
    """Count the rows before the first chunk that is missing or reaches beyond the end of the file.

    Reading would not tell: bytes that are gone come back as zeros.
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
