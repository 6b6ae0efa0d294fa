"""The status of a session as a file in its data folder, for whoever looks from another process."""

import json
import os
from pathlib import Path
from typing import Any

from beadline.status import SessionStatus, as_plain

from .folder_lock import lock_holder

STATUS_NAME = "status.json"
LATE_S = 5.0
"""A session writes once a second; one that has not for so long is said to be late."""


def write_status(data: Path, status: SessionStatus) -> None:
    """Write the status, so that whoever reads it finds the old one or the new one, whole.

    Raises:
        OSError: the folder cannot be written.
    """
    unfinished = data / f"{STATUS_NAME}.new"
    file = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(file, "w", encoding="utf-8") as stream:
        json.dump(as_plain(status), stream)
    unfinished.replace(data / STATUS_NAME)


def read_status(data: Path, now_s: float) -> dict[str, Any]:
    """Read the status of the session of a data folder.

    Args:
        data: the folder.
        now_s: Unix time [s].

    Returns:
        That of a `SessionStatus`, and beside it `age_s` [s], `live`: whether the session is there, and `late`: whether
        it is there and has written nothing for 5 s.

    Raises:
        FileNotFoundError: no session has ever written one there.
        ValueError: the file is damaged.
    """
    path = data / STATUS_NAME
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        age_s = now_s - float(plain["written_s"])
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"No session has written its status in {data}: start one with beadline start"
        ) from error
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"Cannot read the status in {path}: {error}; the next session writes a new one") from error
    holder = lock_holder(data)
    live = holder is not None and holder.pid == plain.get("pid")
    return {**plain, "age_s": age_s, "live": live, "late": live and age_s > LATE_S}
