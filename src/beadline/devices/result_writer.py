"""Keeps a result of an analysis as a file of the open run."""

import asyncio
import time
from pathlib import Path
from typing import Any

from bluesky.protocols import Reading
from event_model import DataKey
from ophyd_async.core import AsyncStatus, Device

from beadline.documents import RESULT_NAME, Result, write_result

from .workbench import Workbench


class ResultWriter(Device):
    """Set it to a `Result` and it is written into the folder of the open run; read which file it is, and its hash."""

    def __init__(self, workbench: Workbench, name: str = "") -> None:
        """Describe it.

        Args:
            workbench: knows the folder of the open run.
            name: before all names in documents.
        """
        self._folder = workbench.run_folder
        self._written: tuple[Path, Result] | None = None
        super().__init__(name=name)

    @AsyncStatus.wrap
    async def set(self, value: Result) -> None:
        """Write it; it is on the disk when this is done.

        Raises:
            RuntimeError: no run is open, or it has a result already.
        """
        path = self._folder.file(RESULT_NAME, asked_by=self.name)
        await asyncio.to_thread(write_result, path, value)
        self._written = path, value

    def _values(self) -> dict[str, str]:
        if self._written is None:
            raise RuntimeError(f"{self.name} has nothing to read: set it to a result first")
        path, result = self._written
        values = {"path": str(path), "kind": result.kind, "sha256": result.sha256}
        return {f"{self.name}-{name}": value for name, value in values.items()}

    async def describe(self) -> dict[str, DataKey]:
        return {key: DataKey(source=f"beadline://{key}", dtype="string", shape=[]) for key in self._values()}

    async def read(self) -> dict[str, Reading[Any]]:
        now = time.time()  # noqa: TID251 - a time stamp of a document, not a deadline
        return {key: Reading(value=value, timestamp=now) for key, value in self._values().items()}
