"""Documents in the form the catalogue takes: plain values, adjoining stream datums as one."""

import base64
import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from beadline.documents import Document


def plain(value: Any) -> Any:
    """Return a document with arrays as lists, numpy scalars as numbers, bytes as base64 and dates as ISO texts."""
    match value:
        case Mapping():
            return {key: plain(each) for key, each in value.items()}
        case list() | tuple():
            return [plain(each) for each in value]
        case np.generic() if value.dtype.kind in "mM":
            return str(value)
        case np.generic() | np.ndarray():
            return plain(value.tolist())
        case bytes():
            return base64.b64encode(value).decode("ascii")
        case dt.datetime() | dt.date() | dt.time():
            return value.isoformat()
        case dt.timedelta():
            return value.total_seconds()
        case complex():
            return str(value)
    return value


class PlainDocuments:
    """Makes the documents of one run plain.

    SQLite has no column for arrays and zarr no array without items: the values of a key that was described as an
    array of length zero are kept as JSON text.
    """

    def __init__(self) -> None:
        self._as_text: set[str] = set()

    def __call__(self, name: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return a document in the form the catalogue takes."""
        plain_document = plain(document)
        if name == "descriptor":
            for key, described in plain_document["data_keys"].items():
                if "external" not in described and 0 in (described.get("shape") or ()):
                    self._as_text.add(key)
                    described.pop("dtype_numpy", None)
                    described.update(dtype="string", shape=[])
        elif name == "event":
            values = plain_document["data"]
            for key in self._as_text & set(values):
                values[key] = json.dumps(values[key])
        return plain_document


class StreamDatums:
    """Stream datums that wait to be written, those of one resource that adjoin as one."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[dict[str, Any]]] = {}
        self.count = 0

    def add(self, datum: Mapping[str, Any]) -> None:
        """Take one in."""
        self.count += 1
        waiting = self._waiting.setdefault(datum["stream_resource"], [])
        if waiting and _adjoin(waiting[-1], datum):
            waiting[-1] = _joined(waiting[-1], datum)
        else:
            waiting.append(dict(datum))

    def take(self) -> list[Document]:
        """Give all of them out."""
        documents = [("stream_datum", datum) for waiting in self._waiting.values() for datum in waiting]
        self._waiting.clear()
        self.count = 0
        return documents


def _adjoin(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    return (
        first["descriptor"] == second["descriptor"]
        and first["indices"]["stop"] == second["indices"]["start"]
        and first["seq_nums"]["stop"] == second["seq_nums"]["start"]
    )


def _joined(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    spans = {name: {"start": first[name]["start"], "stop": second[name]["stop"]} for name in ("indices", "seq_nums")}
    return {**second, **spans}
