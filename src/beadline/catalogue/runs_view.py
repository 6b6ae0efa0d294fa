"""The runs of a data folder, for people and programs that read."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from beadline.documents import Document, Result, run_folders
from beadline.status import RunSummary

from .calibrations import ForceCalibration, calibration_in
from .kept_results import KeptResult, kept_result
from .parents import result_of
from .run_records import RunRecord
from .storage import OpenCatalogue, Storage, open_for_reading
from .tracks_files import rows_in, tracks_dataset

LEAST_UID_CHARACTERS = 5


def open_catalogue(data: Path) -> Any:
    """Open the tiled catalogue of a data folder in this process, read-only.

    It is a tiled client: `[-1]` is the newest run, `[7]` the one with scan id 7, `["c0ffee"]` the one whose uid
    begins so; `search`, `values` and the like work as in tiled.

    Raises:
        FileNotFoundError: there is none yet.
    """
    return open_for_reading(Storage(data)).client


class Catalogue:
    """All runs of a data folder, read-only, with or without a session.

    `catalogue[...]` is a run of the tiled catalogue, everything else is read from the folders of the runs, which
    know of a run from its first document on. A run is given as such a tiled run, as a line of `runs()`, by uid or
    its beginning, or by scan id; -1 is the newest.
    """

    def __init__(self, data: Path) -> None:
        self.data = data.expanduser().absolute()
        self._open: OpenCatalogue | None = None

    @property
    def client(self) -> Any:
        """The tiled client, to search and to browse.

        Raises:
            FileNotFoundError: there is no catalogue yet.
        """
        if self._open is None:
            self._open = open_for_reading(Storage(self.data))
        return self._open.client

    def __getitem__(self, run: Any) -> Any:
        record = self._record(run)
        try:
            return self.client[record.uid]
        except KeyError as error:
            raise KeyError(f"Run {record.scan_id} ({record.uid[:8]}) is not in the catalogue yet") from error

    def __len__(self) -> int:
        return sum(1 for _ in run_folders(self.data))

    def __iter__(self) -> Iterator[RunSummary]:
        return iter(self.runs(limit=len(self)))

    def __repr__(self) -> str:
        return f"<Catalogue of {len(self)} runs in {self.data}>"

    def runs(self, limit: int = 50) -> list[RunSummary]:
        """List the newest runs, the newest first."""
        folders = run_folders(self.data)
        return [RunRecord(folder).summary() for folder, _ in zip(folders, range(limit), strict=False)]

    def folder(self, run: Any) -> Path:
        """Return the folder of a run."""
        return self._record(run).folder

    def documents(self, run: Any) -> list[Document]:
        """Return the documents of a run, exactly as they were emitted."""
        return self._record(run).documents()

    def frame_books(self, run: Any) -> dict[str, dict[str, Any]]:
        """Return the books of a run by consumer: produced, delivered, missed, unasked, ..., and ids of what was lost.

        Empty before the end of a recording.
        """
        return self._record(run).books

    def tracks(self, run: Any) -> Any:
        """Return the tracks of a run as `xarray.DataArray` (time, bead, column), with flags (time, bead).

        Of a run that is being recorded these are the frames so far. x, y and z are in nm; x and y in px when the
        pixel size is not known. See `tracks_dataset` for the coordinates.

        Raises:
            FileNotFoundError: the run has no tracks.
        """
        dataset = self.tracks_dataset(run)
        tracks = dataset["tracks"].assign_coords(flags=dataset["flags"])
        return tracks.assign_attrs(dataset.attrs)

    def tracks_dataset(self, run: Any) -> Any:
        """Return tracks, flags and window origins of a run as `xarray.Dataset`.

        Raises:
            FileNotFoundError: the run has no tracks.
        """
        return tracks_dataset(self._record(run))

    def results(self, kind: str | None = None) -> list[KeptResult]:
        """List the results that were saved, of one kind or of all, the newest run first; `problem` says what is wrong.

        Reads every one of them.
        """
        found = (kept_result(folder) for folder in run_folders(self.data))
        return [each for each in found if each is not None and kind in (None, each.kind)]

    def result(self, run: Any) -> Result:
        """Return the result that a run keeps, checked by its hash.

        Raises:
            FileNotFoundError: the run keeps none.
            ValueError: it was changed or damaged, or its run did not end well.
        """
        return self._kept(run).checked()

    def calibration(self, run: Any) -> ForceCalibration:
        """Return the calibration of the magnets that a run keeps.

        Raises:
            FileNotFoundError: the run keeps no result.
            ValueError: it is no calibration, or it cannot be used.
        """
        return calibration_in(self._kept(run))

    def derived(self, kind: str, content: Mapping[str, Any], runs: Sequence[Any], **further: Any) -> Result:
        """Return a result derived from runs, to be saved with the plan `save_result`; see `result_of`.

        Raises:
            ValueError: there are no runs, or they do not agree about flow cell, beads or magnets.
        """
        return result_of(kind, content, [self._record(run) for run in runs], **further)

    def _kept(self, run: Any) -> KeptResult:
        record = self._record(run)
        found = kept_result(record.folder)
        if found is None:
            raise FileNotFoundError(
                f"Run {record.scan_id} ({record.uid[:8]}) keeps no result: save_result makes such runs"
            )
        return found

    def glimpse(self, run: Any) -> dict[str, Any]:
        """Return where a run is, how many rows its files have now, and of one that is running its first tracks.

        Returns:
            folder; rows: by file; first_tracks: of each bead in the first frame, by column, for a running run.
        """
        record = self._record(run)
        glimpse = {
            "folder": str(record.folder),
            "rows": {each.name: rows_in(each) for each in _frame_files(record.folder)},
        }
        if record.overview.stop is None and record.rows_announced().get("tracks.h5"):
            glimpse["first_tracks"] = _first_tracks(self.tracks(record))
        return glimpse

    def describe(self, run: Any) -> dict[str, Any]:
        """Return all there is to say of a run as plain data for JSON."""
        record = self._record(run)
        streams = {each["name"]: list(each["data_keys"]) for each in record.overview.descriptors.values()}
        return {
            **asdict(record.summary()),
            **self.glimpse(record),
            "start": _json(record.overview.start),
            "stop": _json(record.overview.stop),
            "streams": streams,
            "frame_books": record.books,
            "files": {path.name: path.stat().st_size for path in sorted(record.folder.iterdir()) if path.is_file()},
        }

    def _record(self, run: Any) -> RunRecord:
        """Find a run.

        Raises:
            KeyError: there is none, or more than one.
        """
        match run:
            case RunRecord():
                return run
            case RunSummary(uid=uid):
                return self._by_uid(uid)
            case int():
                return self._by_number(run)
            case str() if re.fullmatch(r"-\d+|\d{1,7}", run):
                return self._by_digits(run)
            case str():
                return self._by_uid(run)
        return self._by_uid(str(run.metadata["start"]["uid"]))

    def _by_digits(self, digits: str) -> RunRecord:
        """Find a run by scan id or place, or else by its uid, whose beginning may be all digits."""
        if self._numbered(int(digits)) is None and self._begun_by(digits):
            return self._by_uid(digits)
        return self._by_number(int(digits))

    def _by_number(self, number: int) -> RunRecord:
        record = self._numbered(number)
        if record is None:
            raise KeyError(f"There is no run {number} in {self.data}: it has {len(self)} runs")
        return record

    def _numbered(self, number: int) -> RunRecord | None:
        records = enumerate(map(RunRecord, run_folders(self.data)), start=1)
        return next((each for place, each in records if number in (-place, each.scan_id)), None)

    def _by_uid(self, uid: str) -> RunRecord:
        if len(uid) < LEAST_UID_CHARACTERS:
            raise KeyError(f"Cannot find a run by {uid!r}: give at least {LEAST_UID_CHARACTERS} characters of its uid")
        found = [record for record in self._begun_by(uid) if record.uid.startswith(uid)]
        if len(found) == 1:
            return found[0]
        what = "no run" if not found else "more than one run"
        raise KeyError(f"There is {what} in {self.data} whose uid begins with {uid!r}")

    def _begun_by(self, uid: str) -> list[RunRecord]:
        """Return the runs whose folder is named for a uid that begins so; it names eight characters."""
        short = uid[:8]
        return [RunRecord(each) for each in run_folders(self.data) if each.name.partition("_")[2].startswith(short)]

    def close(self) -> None:
        """Let go of the databases; harmless when done."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _first_tracks(tracks: Any) -> list[dict[str, Any]]:
    first = tracks.isel(time=0)
    stamp = {"frame_id": int(first.frame_id), "host_time_s": float(first.host_time_s)}
    return [
        {
            "bead": int(bead),
            **stamp,
            **_json({str(name): value.item() for name, value in zip(first.column.values, row, strict=True)}),
        }
        for bead, row in zip(first.bead.values, first.values, strict=True)
    ]


def _frame_files(folder: Path) -> list[Path]:
    return [path for name in ("tracks.h5", "video.h5", "roi_video.h5") if (path := folder / name).is_file()]


def _json(value: Any) -> Any:
    """Return documents as JSON takes them: numbers without NaN, everything rare as text."""
    match value:
        case dict():
            return {key: _json(each) for key, each in value.items()}
        case list() | tuple():
            return [_json(each) for each in value]
        case None | bool() | int() | str():
            return value
        case _ if hasattr(value, "tolist"):
            return _json(value.tolist())
        case float():
            return value if math.isfinite(value) else str(value)
    return str(value)
