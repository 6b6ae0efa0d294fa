"""Where the files of a run are: one folder per run, by day."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .journal_files import JOURNAL_NAME

_FOLDER_NAME = re.compile(r"(\d+)_([0-9A-Za-z-]{1,8})")
_DIGITS = re.compile(r"\d+")


def run_folder(data: Path, start: Mapping[str, Any]) -> Path:
    """Return the folder of a run: <data>/YYYY/MM/DD/<scan_id>_<uid8>, by the UTC date of its start.

    Raises:
        ValueError: a uid or scan id that cannot be part of a folder's name.
    """
    name = f"{start.get('scan_id')}_{str(start['uid'])[:8]}"
    if not _FOLDER_NAME.fullmatch(name):
        raise ValueError(
            f"Cannot name a folder after run {start['uid']!r} with scan id {start.get('scan_id')!r}: "
            "the uid has letters, digits and -, the scan id is a whole number from 0 on"
        )
    day = datetime.fromtimestamp(start["time"], UTC)
    return data / f"{day:%Y}" / f"{day:%m}" / f"{day:%d}" / name


def run_folders(data: Path) -> Iterator[Path]:
    """List the folders of all runs, the newest first; only those that have a journal."""
    for year in _descending(data):
        for month in _descending(year):
            for day in _descending(month):
                runs = [each for each in day.iterdir() if _FOLDER_NAME.fullmatch(each.name)]
                for run in sorted(runs, key=lambda each: int(each.name.partition("_")[0]), reverse=True):
                    if (run / JOURNAL_NAME).is_file():
                        yield run


def _descending(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    inside = [each for each in folder.iterdir() if _DIGITS.fullmatch(each.name) and each.is_dir()]
    return sorted(inside, key=lambda each: each.name, reverse=True)


def scan_id_of(folder: Path) -> int:
    """Return the scan id of a run from its folder's name."""
    return int(folder.name.partition("_")[0])
