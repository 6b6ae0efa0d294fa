"""Closes the runs of sessions that died: what was acknowledged is kept, and the journal gets the end it lacks."""

import os
import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from beadline.documents import JOURNAL_NAME, Document, encode_document, read_documents, run_folders, scan_id_of

from .file_uris import file_uri
from .folder_lock import lock_holder
from .run_feed import has_ended
from .run_files import file_of_run
from .run_records import frames_per_event
from .true_lengths import WholeRows, true_lengths

REASON = "session ended without stop (recovered)"


@dataclass(frozen=True)
class Recovered:
    """What was done for a run without an end.

    Attributes:
        folder: of the run.
        uid: of the run; empty when even its start is missing.
        torn_bytes: of half a line that were dropped from the journal.
        rows: per file, rows that are in it; without files that cannot be read.
        added: per file, rows of these that the journal had not announced yet.
        remarks: what a reader of the run should know of its rows; also in its stop document.
        problem: why it could not be recovered, or not wholly; empty when all went well.
    """

    folder: Path
    uid: str = ""
    torn_bytes: int = 0
    rows: dict[str, int] = field(default_factory=dict[str, int])
    added: dict[str, int] = field(default_factory=dict[str, int])
    remarks: tuple[str, ...] = ()
    problem: str = ""

    def sentence(self) -> str:
        """Say in one line what was done."""
        name = f"Run {scan_id_of(self.folder)} ({self.uid[:8] or self.folder.name})"
        if not self.uid:
            return f"{name} cannot be recovered: {self.problem}"
        files = ", ".join(f"{rows} frames in {file}" for file, rows in self.rows.items())
        parts = [f"{name} had no end and is closed as aborted"]
        parts += [f"it has {files}"] if files else []
        parts += self.remarks
        parts += [f"{self.torn_bytes} bytes of a torn line were dropped"] if self.torn_bytes else []
        parts += [self.problem] if self.problem else []
        return "; ".join(parts)


def recover(data: Path) -> list[Recovered]:
    """Close every run of a data folder whose journal has no stop document.

    Only a torn last line is removed; a stop document, and stream datums for rows that are in the files, are added.

    Args:
        data: the data folder, held by this session or by none.

    Raises:
        RuntimeError: another session holds it.
    """
    holder = lock_holder(data)
    if holder is not None and holder.pid != os.getpid():
        raise RuntimeError(
            f"Cannot recover runs in {data}: a session with process id {holder.pid} on {holder.host} is recording there"
        )
    return [_recover_run(folder) for folder in reversed(list(run_folders(data))) if not has_ended(folder)]


def _recover_run(folder: Path) -> Recovered:
    path = folder / JOURNAL_NAME
    try:
        documents, torn_bytes = read_documents(path)
    except ValueError as error:
        return Recovered(folder, problem=str(error))
    if not documents or documents[0][0] != "start":
        return Recovered(folder, torn_bytes=torn_bytes, problem="its journal has no start document")
    contents = _Contents(documents, folder)
    problem, lengths = "", {}
    try:
        lengths = true_lengths(contents.files())
    except TimeoutError as error:
        problem = str(error)
    unreadable = [f"{file.name} cannot be read: {whole.problem}" for file, whole in lengths.items() if whole.problem]
    lengths = {file: whole for file, whole in lengths.items() if not whole.problem}
    added = contents.announce({file: whole.rows for file, whole in lengths.items()})
    remarks = (*unreadable, *contents.remarks.values(), *_uneven(lengths))
    ending = [*contents.further, ("stop", contents.stop(path.stat().st_mtime, "; ".join((REASON, *remarks))))]
    _append(path, torn_bytes, ending)
    uid = str(documents[0][1]["uid"])
    rows = {file.name: whole.rows for file, whole in lengths.items()}
    return Recovered(folder, uid, torn_bytes, rows, added, remarks, problem)


def _uneven(lengths: Mapping[Path, WholeRows]) -> list[str]:
    """Say where each file ends, if they do not end with the same frame.

    They are left as they are: each frame in a file was acknowledged, and a frame is known by its id, not by its row.
    """
    if len({whole.last_frame_id for whole in lengths.values()}) < 2:
        return []
    ends = ", ".join(
        f"{file.name} has no frame" if whole.last_frame_id is None else f"{file.name} ends with {whole.last_frame_id}"
        for file, whole in lengths.items()
    )
    return [f"the files do not end with the same frame: {ends}"]


def _append(path: Path, torn_bytes: int, documents: list[Document]) -> None:
    lines = b"".join(encode_document(name, document) for name, document in documents)
    with path.open("r+b") as file:
        file.truncate(file.seek(0, os.SEEK_END) - torn_bytes)
        file.seek(0, os.SEEK_END)
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())


class _Contents:
    """What the documents of a run say of its streams and files."""

    def __init__(self, documents: list[Document], folder: Path) -> None:
        self._folder = folder
        self.further: list[Document] = []
        self.remarks: dict[str, str] = {}
        self._start = documents[0][1]
        self._descriptors: dict[str, dict[str, Any]] = {}
        self._resources: dict[str, dict[str, Any]] = {}
        self._last_datum: dict[str, dict[str, Any]] = {}
        self._events: Counter[str] = Counter()
        for name, document in documents:
            if name == "descriptor":
                self._descriptors[document["uid"]] = document
            elif name == "stream_resource":
                self._resources[document["uid"]] = document
            elif name == "stream_datum":
                self._last_datum[document["stream_resource"]] = document
            elif name == "event":
                self._events[self._descriptors[document["descriptor"]]["name"]] += 1

    def files(self) -> dict[Path, list[str]]:
        """Return the datasets of the run by file; a file that is not in its folder is left alone, and that is said."""
        files: defaultdict[Path, list[str]] = defaultdict(list)
        for resource in self._resources.values():
            if resource["mimetype"] != "application/x-hdf5":
                continue
            try:
                path = file_of_run(self._folder, resource["uri"])
            except ValueError as error:
                self.remarks[resource["uri"]] = str(error)
                continue
            files[path].append(resource["parameters"]["dataset"])
        return dict(files)

    def announce(self, lengths: Mapping[Path, int]) -> dict[str, int]:
        """Add stream datums for the rows that were not announced, and return how many rows per file."""
        added: dict[str, int] = {}
        for resource in self._resources.values():
            descriptor = self._descriptor_of(resource)
            path = next((each for each in lengths if file_uri(each) == resource["uri"]), None)
            if path is None or descriptor is None:
                continue
            per_event = frames_per_event(descriptor["data_keys"][resource["data_key"]])
            last = self._last_datum.get(resource["uid"], {"indices": {"stop": 0}, "seq_nums": {"stop": 1}})
            stop = lengths[path] // per_event
            self._remark(path, (last["indices"]["stop"] - stop) * per_event, "had been announced and are gone")
            if self._has_events(descriptor):
                # Rows of a step without its event would be a step nobody knows the position of.
                stop = min(stop, self._events[descriptor["name"]])
                self._remark(path, lengths[path] - stop * per_event, "belong to no finished step")
            more = stop - last["indices"]["stop"]
            if more > 0:
                self._add_datum(resource, descriptor, last, more)
                added[path.name] = more * per_event
        return added

    def _remark(self, path: Path, frames: int, what: str) -> None:
        if frames > 0:
            self.remarks[f"{path.name} {what}"] = f"{frames} frames of {path.name} {what}"

    def _add_datum(self, resource: Mapping[str, Any], descriptor: Any, last: Mapping[str, Any], more: int) -> None:
        spans = {
            name: {"start": last[name]["stop"], "stop": last[name]["stop"] + more} for name in ("indices", "seq_nums")
        }
        datum = {
            "uid": str(uuid.uuid4()),
            "stream_resource": resource["uid"],
            "descriptor": descriptor["uid"],
            **spans,
        }
        self._last_datum[resource["uid"]] = datum
        self.further.append(("stream_datum", datum))

    def _descriptor_of(self, resource: Mapping[str, Any]) -> dict[str, Any] | None:
        last = self._last_datum.get(resource["uid"])
        if last is not None:
            return self._descriptors[last["descriptor"]]
        key = resource["data_key"]
        return next((each for each in reversed(self._descriptors.values()) if key in each["data_keys"]), None)

    def _has_events(self, descriptor: Mapping[str, Any]) -> bool:
        return any("external" not in key for key in descriptor["data_keys"].values()) or bool(
            self._events[descriptor["name"]]
        )

    def stop(self, time_s: float, reason: str) -> dict[str, Any]:
        """Return the stop document the run lacks; its time is that of the last document."""
        counts = dict.fromkeys((each["name"] for each in self._descriptors.values()), 0) | self._events
        for datum in self._last_datum.values():
            name = self._descriptors[datum["descriptor"]]["name"]
            counts[name] = max(counts[name], datum["seq_nums"]["stop"] - 1)
        return {
            "uid": str(uuid.uuid4()),
            "time": max(time_s, self._start["time"]),
            "run_start": self._start["uid"],
            "exit_status": "abort",
            "reason": reason,
            "num_events": counts,
        }
