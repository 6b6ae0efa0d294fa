"""Room on the disk that recordings leave free, so that a run ends before the disk is full."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RESERVE_BYTES = 1_000_000_000
MARGIN = 1.1
"""A planned recording needs so much more than its frames."""


@dataclass
class DiskReserve:
    """The disk of the data folder, and how much of it stays free.

    Attributes:
        folder: on that disk.
        reserve_bytes: when less is free, a recording ends at the next look; set it to change it.
        usage: says `total`, `used` and `free` bytes of the disk of a folder.
    """

    folder: Path
    reserve_bytes: int = RESERVE_BYTES
    usage: Callable[[Path], Any] = shutil.disk_usage

    def free_bytes(self) -> int:
        """Return how much is free.

        Raises:
            OSError: the folder is gone.
        """
        return int(self.usage(self.folder).free)

    def lacks(self, planned_bytes: float = 0.0) -> str:
        """Say why a recording of a planned size cannot begin; empty when it can.

        Args:
            planned_bytes: of its frames; a tenth is added for what comes with them.

        Raises:
            OSError: the folder is gone.
        """
        free, needed = self.free_bytes(), MARGIN * planned_bytes + self.reserve_bytes
        if free >= needed:
            return ""
        what = f"{_gb(MARGIN * planned_bytes)} for this run and " if planned_bytes else ""
        return (
            f"disk: {_gb(free)} are free in {self.folder}, of {what}{_gb(self.reserve_bytes)} in reserve: "
            "make room, or change session.workbench.disk.reserve_bytes"
        )

    async def __call__(self, camera: Any) -> str:
        """Say why a recording cannot go on, as a guard does."""
        try:
            return await camera.clock.ask(self.lacks)  # in lock-step no time passes meanwhile
        except OSError as error:
            return f"disk: {self.folder} cannot be looked at: {error.strerror or error}"


def _gb(size: float) -> str:
    return f"{size / 1e9:.2f} GB"
