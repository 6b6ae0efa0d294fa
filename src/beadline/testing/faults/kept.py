"""Whether what had been acknowledged is still there, once: documents in journals, frames in files."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np

from beadline.documents import JOURNAL_NAME, Document, decode_line, encode_document, kind_of, read_documents

from .outcome import Outcome


@dataclass
class Acknowledged:
    """What somebody has been told is kept of one run.

    Attributes:
        folder: of the run.
        lines: of the journal, in order.
        frames: by name of a file, how many of its frames.
    """

    folder: Path
    lines: list[bytes] = field(default_factory=list[bytes])
    frames: dict[str, int] = field(default_factory=dict[str, int])

    def take(self, document: Document) -> None:
        """Note a document that the journal has taken, of the run."""
        self.lines.append(encode_document(*document))

    def documents(self) -> Iterator[Document]:
        """Return the documents that were taken."""
        return map(decode_line, self.lines)


def judge_kept(outcome: Outcome, acknowledged: Acknowledged) -> None:
    """Count what is lost or doubled of a run.

    Args:
        outcome: where it is counted.
        acknowledged: what had been said to be kept.
    """
    folder = acknowledged.folder
    outcome.lost_events += _lost_lines(folder / JOURNAL_NAME, acknowledged.lines)
    documents, torn_bytes = read_documents(folder / JOURNAL_NAME)
    outcome.require(torn_bytes == 0, f"{torn_bytes} bytes of a torn line are still in the journal of {folder.name}")
    outcome.doubled += _doubled(documents)
    datasets = _datasets(documents)
    for name, frames in acknowledged.frames.items():
        outcome.lost_frames += max(0, frames - len(_whole_ids(outcome, folder / name, datasets[name])))


def judge_ending(outcome: Outcome, before: Sequence[bytes], after: Sequence[bytes]) -> None:
    """Note what a recovery has done to a journal besides giving it an end.

    Args:
        outcome: where it is noted.
        before: complete lines of the journal.
        after: those after the recovery.
    """
    kept = hashlib.sha256(b"".join(after[: len(before)])).digest() == hashlib.sha256(b"".join(before)).digest()
    outcome.require(kept, "the recovery has changed what was in the journal")
    *added, last = [kind_of(line) for line in after[len(before) :] or after[-1:]]
    outcome.require(set(added) <= {"stream_datum"} and last == "stop", f"the recovery has added {added} and {last}")


def frames_announced(documents: Iterable[Document]) -> dict[str, int]:
    """Return by name of file how many frames the documents of a run announce."""
    files: dict[str, tuple[str, str]] = {}
    rows: Counter[str] = Counter()
    frames_per_row: dict[str, int] = {}
    for kind, document in documents:
        if kind == "descriptor":
            frames_per_row |= {key: (each["shape"] or [1])[0] for key, each in document["data_keys"].items()}
        elif kind == "stream_resource" and document["parameters"].get("dataset") == "/frame_id":
            files[document["uid"]] = (document["uri"].rpartition("/")[2], document["data_key"])
        elif kind == "stream_datum" and document["stream_resource"] in files:
            rows[document["stream_resource"]] = document["indices"]["stop"]
    return {name: rows[uid] * frames_per_row.get(key, 1) for uid, (name, key) in files.items()}


def _lost_lines(path: Path, lines: Sequence[bytes]) -> int:
    there = path.read_bytes().split(b"\n") if path.is_file() else []
    missing = Counter(line.rstrip(b"\n") for line in lines) - Counter(there)
    return missing.total()


def _doubled(documents: Sequence[Document]) -> int:
    """Count documents that are there twice, and events or spans of frames that were said twice."""
    said: Counter[tuple[str, ...]] = Counter()
    for kind, document in documents:
        if "uid" in document:
            said["uid", str(document["uid"])] += 1
        if kind == "event":
            said["event", document["descriptor"], str(document["seq_num"])] += 1
        if kind == "stream_datum":
            said["rows", document["stream_resource"], str(document["indices"]["start"])] += 1
        if kind in ("start", "stop"):
            said[kind,] += 1
    return sum(count - 1 for count in said.values())


def _whole_ids(outcome: Outcome, path: Path, datasets: Sequence[str]) -> list[int]:
    """Return the ids of the frames that are in all datasets of a file; those that are there twice are noted."""
    if not path.is_file():
        return []
    with h5py.File(path, "r", swmr=True) as file:
        ids = np.asarray(file["frame_id"]).tolist()
        rows = min(np.asarray(file[name]).shape[0] for name in datasets)
    outcome.doubled += len(ids) - len(set(ids))
    outcome.require(ids == sorted(ids), f"the frames in {path.name} are out of order")
    return ids[:rows]


def _datasets(documents: Iterable[Document]) -> dict[str, list[str]]:
    """Return the datasets of a run by name of file."""
    found: dict[str, list[str]] = {}
    for kind, document in documents:
        if kind == "stream_resource":
            found.setdefault(document["uri"].rpartition("/")[2], []).append(document["parameters"]["dataset"])
    return found
