"""Files as documents and tiled name them: file://localhost and the path as it is, without escapes."""

import os
from pathlib import Path

_LOCAL = "file://localhost"


def file_uri(path: Path) -> str:
    """Return the URI of an absolute path."""
    return f"{_LOCAL}/{path.as_posix().lstrip('/')}"


def path_of(uri: str) -> Path:
    """Return the path of a file on this computer.

    Raises:
        ValueError: the URI names something else.
    """
    if not uri.startswith(f"{_LOCAL}/"):
        raise ValueError(f"Cannot open {uri}: it is not a file of this computer ({_LOCAL}/...)")
    path = uri.removeprefix(_LOCAL)
    return Path(path.lstrip("/") if os.name == "nt" else path)
