"""The tiled profile "beadline": by it any process opens the runs, read-only, with or without a session."""

import json
import tempfile
from pathlib import Path

from .storage import Storage

PROFILE_NAME = "beadline"
_WRITTEN_BY_US = "# Written by beadline for the folder last used; remove this line to keep your own version.\n"


def use_as_default(data: Path) -> Path | None:
    """Have `tiled.client.from_profile("beadline")` and `databroker.catalog["beadline"]` open this data folder.

    A profile that a person wrote or changed, for example to point to a server, is left as it is.

    Args:
        data: the data folder.

    Returns:
        The file, or None if it belongs to a person.
    """
    path = profile_path()
    if path.exists() and not path.read_text(encoding="utf-8").startswith(_WRITTEN_BY_US):
        return None
    text = _WRITTEN_BY_US + json.dumps({PROFILE_NAME: {"direct": Storage(data).reading()}}, indent=2) + "\n"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.parent, prefix=".", suffix=".tmp", delete=False
    ) as file:
        file.write(text)
    Path(file.name).replace(path)
    from tiled.profiles import load_profiles  # noqa: PLC0415 - tiled takes its time

    load_profiles.cache_clear()
    return path


def profile_data() -> Path | None:
    """Return the data folder of the profile, or None where there is none of ours."""
    path = profile_path()
    if not path.exists():
        return None
    text = path.read_text(encoding="utf-8")
    if not text.startswith(_WRITTEN_BY_US):
        return None
    return Storage.of_reading(json.loads(text.removeprefix(_WRITTEN_BY_US))[PROFILE_NAME]["direct"]).data


def profile_path() -> Path:
    """Return the file of the profile, in the folder where tiled looks last and which therefore wins."""
    from tiled.profiles import paths  # noqa: PLC0415 - tiled takes its time

    return paths[-1].absolute() / f"{PROFILE_NAME}.yml"
