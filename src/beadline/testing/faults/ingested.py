"""Whether the catalogue says of each run what its journal says: nothing less, nothing twice."""

import hashlib
import json
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from beadline.acquisition import Supervisor
from beadline.catalogue import Catalogue, Ingestion
from beadline.documents import Document

from .outcome import Outcome

PATIENCE_S = 90.0
OF_A_STOP = ("uid", "run_start", "time", "exit_status", "reason", "num_events")


def ingestion_at_once(supervisor: Supervisor, data: Path) -> Ingestion:
    """Start an ingester that does not yield to everything else, as somebody waits for what it does."""
    return Ingestion(supervisor.start("ingester", "beadline.catalogue:IngesterLoop", {"data": str(data)}))


def judge_catalogue(outcome: Outcome, ingestion: Ingestion, data: Path, uids: Iterable[str]) -> None:
    """Wait until the catalogue has all of some runs, and compare each with its journal."""
    began_s, wanted = time.monotonic(), list(uids)
    ingestion.wait_until_open(PATIENCE_S)
    with Catalogue(data) as catalogue:  # of runs that an earlier ingester has finished, this one says nothing
        finished = {uid for uid in wanted if uid in catalogue.client and catalogue.client[uid].metadata.get("stop")}
    for uid in wanted:
        missing = 0 if uid in finished else ingestion.wait_for(uid, PATIENCE_S)
        outcome.require(missing == 0, f"the catalogue lacks {missing} documents of run {uid[:8]}")
    outcome.worst(sync_s=time.monotonic() - began_s)
    with Catalogue(data) as catalogue:
        for uid in wanted:
            there, kept = list(catalogue[uid].documents()), catalogue.documents(uid)
            outcome.lost_events += max(0, _events(kept) - _events(there))
            outcome.doubled += max(0, _events(there) - _events(kept))
            outcome.require(digest(there) == digest(kept), f"the catalogue says something else of run {uid[:8]}")


def digests(data: Path, uids: Iterable[str]) -> list[str]:
    """Return for each run a hash of what the catalogue says of it."""
    with Catalogue(data) as catalogue:
        return [digest(catalogue[uid].documents()) for uid in uids]


def digest(documents: Iterable[Document]) -> str:
    """Return a hash of what documents say, in whatever order and pieces they say it.

    Of stream datums that is how many rows of a file there are: the catalogue joins those that adjoin.
    """
    streams: dict[str, dict[str, Any]] = {}
    said: dict[str, Any] = {"streams": streams}
    stream_of: dict[str, dict[str, Any]] = {}
    key_of: dict[str, str] = {}
    for kind, document in documents:
        match kind:
            case "start":
                said["start"] = document
            case "stop":
                said["stop"] = {name: document.get(name) for name in OF_A_STOP}
            case "descriptor":
                stream = streams.setdefault(document["name"], {"keys": {}, "events": [], "rows": {}})
                stream["keys"] |= {key: each.get("units") for key, each in document["data_keys"].items()}
                stream_of[document["uid"]] = stream
            case "event":
                if document["data"]:
                    stream_of[document["descriptor"]]["events"].append([document["seq_num"], document["data"]])
            case "stream_resource":
                key_of[document["uid"]] = document["data_key"]
            case "stream_datum":
                rows, key = stream_of[document["descriptor"]]["rows"], key_of[document["stream_resource"]]
                rows[key] = max(rows.get(key, 0), document["indices"]["stop"])
    for stream in streams.values():
        stream["events"].sort(key=lambda event: event[0])
    return hashlib.sha256(json.dumps(_plain(said), sort_keys=True).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """Return values as the catalogue keeps them: arrays as lists, those without items as the text of a list."""
    match value:
        case Mapping():
            return {str(key): _plain(each) for key, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value] or "[]"
        case None | bool() | int() | str():
            return value
        case float():
            return repr(value)
    return _plain(value.tolist()) if hasattr(value, "tolist") else str(value)


def _events(documents: Iterable[Document]) -> int:
    return sum(name == "event" and bool(document["data"]) for name, document in documents)
