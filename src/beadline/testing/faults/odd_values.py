"""Row S6: documents with values that plain JSON loses."""

import datetime as dt
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from beadline.callbacks import Journal
from beadline.documents import JOURNAL_NAME, complete_lines, encode_document, read_documents, run_folder

from .outcome import Case, Outcome

DTYPES = ("<f4", "<f8", "<i1", "<i8", "<u2", "<u8", "?", "<c8", "<M8[ns]", "<U5", "|S3")


class OddValues:
    """Makes values of every kind a document may have."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._kinds: tuple[Callable[[], Any], ...] = (
            lambda: float(self._random.choice([math.nan, math.inf, -math.inf, -0.0, 5e-324, 1.7e308])),
            lambda: float(self._random.normal()) * 10.0 ** int(self._random.integers(-300, 300)),
            lambda: int(self._random.integers(-9, 9)) * 10 ** int(self._random.integers(0, 60)),
            lambda: bytes(self._random.bytes(int(self._random.integers(0, 30)))),
            lambda: dt.datetime.fromtimestamp(float(self._random.uniform(0, 4e9)), dt.UTC),
            lambda: dt.date.fromordinal(int(self._random.integers(1, 3_000_000))),
            lambda: self._array(()),
            lambda: self._array(tuple(self._random.integers(0, 4, int(self._random.integers(1, 4))))),
            lambda: "".join(map(chr, self._random.integers(32, 0xD7FF, int(self._random.integers(0, 12))))),
            lambda: {"$": 1, "v": None},
            lambda: bool(self._random.integers(2)),
        )

    def _array(self, shape: tuple[int, ...]) -> Any:
        dtype = np.dtype(str(self._random.choice(DTYPES)))
        size = int(np.prod(shape, dtype=int))
        array = np.frombuffer(self._random.bytes(size * dtype.itemsize), np.uint8)
        if dtype.kind in "USb":
            return self._random.integers(0, 2, shape).astype(dtype)
        return array.view(dtype).reshape(shape) if shape else array.view(dtype)[0]

    def document(self, number: int) -> dict[str, Any]:
        """Return a document of a few such values."""
        count = int(self._random.integers(1, 6))
        picked = [self._kinds[int(each)]() for each in self._random.integers(0, len(self._kinds), count)]
        return {"uid": f"odd-{number}", "data": {f"v{place}": value for place, value in enumerate(picked)}}


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are of one type and alike, bit by bit; NaN is NaN."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray | np.generic):
        alike = (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())
        return alike or (one.dtype.kind in "fc" and one.dtype == other.dtype and _nan_alike(one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, float):
        return one.hex() == other.hex()
    return bool(one == other)


def _nan_alike(one: Any, other: Any) -> bool:
    return one.shape == other.shape and bool(np.array_equal(one, other, equal_nan=True))


def round_trips(seed: int, folder: Path, full: bool) -> Outcome:
    """Write documents of odd values into a journal and read them back."""
    outcome = Outcome()
    odd, count = OddValues(seed), 10_000 if full else 500
    start = {"uid": "0dd0dd00-1", "time": 1.8e9, "scan_id": 1}
    journal = Journal(folder / "data")
    journal("start", start)
    written = [odd.document(number) for number in range(count)]
    for document in written:
        journal("event", document)
    refused = _is_refused(journal)
    outcome.require(refused, "a value that cannot be stored was taken")
    outcome.require_named(refused, "event.data.v0")
    journal("stop", {"uid": "end", "run_start": start["uid"]})
    journal.close()
    path = run_folder(folder / "data", start) / JOURNAL_NAME
    read = [document for kind, document in read_documents(path).documents if kind == "event"]
    outcome.injected = 1
    outcome.lost_events = sum(not same(one, other) for one, other in zip(written, read, strict=False))
    outcome.lost_events += abs(len(written) - len(read))
    again = [encode_document("event", document) for document in read]
    outcome.require(again == list(complete_lines(path))[1:-1], "a document that was read is written in another way")
    outcome.figures["documents"] = count
    return outcome


def _is_refused(journal: Journal) -> str:
    try:
        journal("event", {"uid": "no", "data": {"v0": object()}})
    except TypeError as error:
        return str(error)
    return ""


CASES = (
    Case("S6", "float32, int64, arrays, NaN, dates, bytes, huge integers in documents", "each comes back", round_trips),
)
