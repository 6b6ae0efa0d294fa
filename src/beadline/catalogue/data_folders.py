"""Which folder the runs are kept in."""

import os
import tempfile
from pathlib import Path

from .profile import profile_data

ENVIRONMENT = "BEADLINE_DATA"


def data_folder(explicit: Path | None) -> Path:
    """Return the folder for new runs: the one given, else $BEADLINE_DATA, else ~/beadline-data."""
    if explicit is not None:
        return explicit.expanduser().absolute()
    named = os.environ.get(ENVIRONMENT)
    return Path(named).expanduser().absolute() if named else Path.home() / "beadline-data"


def reading_folder(explicit: Path | None) -> Path:
    """Return the folder to read runs from: like `data_folder`, but before ~/beadline-data that of the last session.

    Raises:
        FileNotFoundError: there is no such folder.
    """
    folder = data_folder(explicit)
    if explicit is None and not os.environ.get(ENVIRONMENT):
        folder = profile_data() or folder
    if not folder.is_dir():
        raise FileNotFoundError(f"There are no runs in {folder}: it does not exist; give --data or set ${ENVIRONMENT}")
    return folder


def check_data_folder(data: Path) -> Path:
    """Make the data folder if it is missing, readable by its owner only, and check that it can be written.

    Raises:
        OSError: it cannot.
    """
    data = data.expanduser().absolute()
    if set("#?") & set(data.as_posix()):
        raise OSError(f"Cannot keep runs in {data}: its path has a # or ?; choose another folder with --data")
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=data):
            pass
    except OSError as error:
        raise OSError(
            f"Cannot keep runs in {data}: {error.strerror or error}; choose a folder you can write with --data"
        ) from error
    return data
