"""What every run says of the software and the computer it was made with."""

import getpass
import os
import platform
import socket
from importlib.metadata import version
from typing import Any

from .profile import Profile

PACKAGES = ("beadline", "bluesky", "ophyd-async", "tiled", "bluesky-tiled-plugins", "numpy", "numba", "h5py")


def provenance(profile: Profile) -> dict[str, Any]:
    """Return metadata for the start document of every run of a session."""
    return {
        "beadline": {
            "versions": {name: version(name) for name in PACKAGES},
            "python": platform.python_version(),
            "platform": platform.platform(),
            "profile": {"path": str(profile.path), "sha256": profile.sha256},
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "user": _user(),
        }
    }


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
