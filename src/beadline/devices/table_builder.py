"""Builds look-up tables in the tracker's worker, out of a recorded sweep."""

import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from bluesky.protocols import Reading
from event_model import DataKey
from ophyd_async.core import AsyncStatus, Device


class TableBuilder(Device):
    """Set it to a request and read what became of each bead.

    The request names the video of the sweep, the plane of each frame and the height of each plane.
    """

    def __init__(
        self, build: Callable[..., Awaitable[dict[str, Any]]], new_file: Callable[[str], Path], name: str = ""
    ) -> None:
        self._build = build
        self._new_file = new_file
        self._path: Path | None = None
        self._report: dict[str, Any] = {}
        super().__init__(name=name)

    @property
    def path(self) -> Path | None:
        """The file with the tables built last."""
        return self._path

    @property
    def bead_ids(self) -> list[int]:
        """Beads that got a table."""
        return [int(each) for each in self._report.get("bead_ids", ())]

    @property
    def refused(self) -> dict[int, str]:
        """Beads that got none, and why."""
        return {int(bead): reason for bead, reason in self._report.get("refused", {}).items()}

    @AsyncStatus.wrap
    async def set(self, request: Mapping[str, Any]) -> None:
        """Build the tables; takes a few seconds.

        Raises:
            RuntimeError: not one bead got a table.
        """
        path = self._new_file("lookup_table.h5")
        self._report = await self._build(out_path=str(path), **request)
        self._path = path
        if not self.bead_ids:
            reasons = "; ".join(f"bead {bead}: {reason}" for bead, reason in self.refused.items())
            raise RuntimeError(f"No look-up table could be made: {reasons}")

    def _values(self) -> dict[str, Any]:
        return {
            f"{self.name}-path": str(self._path),
            f"{self.name}-bead_ids": np.array(self.bead_ids, dtype=np.int64),
            f"{self.name}-error_nm": np.array(self._report.get("error_nm", ()), dtype=np.float64),
            f"{self.name}-sha256": ",".join(self._report.get("sha256", ())),
            f"{self.name}-refused": "; ".join(f"bead {bead}: {reason}" for bead, reason in self.refused.items()),
        }

    async def describe(self) -> dict[str, DataKey]:
        return {key: _data_key(key, value) for key, value in self._values().items()}

    async def read(self) -> dict[str, Reading[Any]]:
        now = time.time()  # noqa: TID251 - a time stamp of a document, not a deadline
        return {key: Reading(value=value, timestamp=now) for key, value in self._values().items()}


def _data_key(key: str, value: Any) -> DataKey:
    source = f"beadline://{key}"
    if isinstance(value, str):
        return DataKey(source=source, dtype="string", shape=[])
    return DataKey(source=source, dtype="array", dtype_numpy=value.dtype.str, shape=list(value.shape))
