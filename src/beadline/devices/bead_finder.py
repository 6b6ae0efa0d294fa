"""Finds beads in the newest frame, in the tracker's worker."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from bluesky.protocols import Reading
from event_model import DataKey
from ophyd_async.core import AsyncStatus, Device


class BeadFinder(Device):
    """Trigger it inside a run and read what was found; the frame that was searched is kept beside the run."""

    def __init__(
        self, search: Callable[..., Awaitable[Mapping[str, Any]]], new_file: Callable[[str], Path], name: str = ""
    ) -> None:
        self._find = search
        self._new_file = new_file
        self._search: dict[str, Any] = {}
        self._found: dict[str, Any] = {}
        super().__init__(name=name)

    @property
    def found(self) -> list[dict[str, Any]]:
        """What the last search found: x_px, y_px, score and contrast of each bead."""
        return list(self._found.get("beads", ()))

    @AsyncStatus.wrap
    async def set(self, search: dict[str, Any]) -> None:
        """Say how to search: keyword arguments of `beadline.tracking.find_beads`."""
        self._search = dict(search)

    @AsyncStatus.wrap
    async def trigger(self) -> None:
        """Search the newest frame."""
        path = self._new_file("field.npy")
        self._found = dict(await self._find(image_path=str(path), **self._search))

    def _values(self) -> dict[str, np.ndarray[Any, Any]]:
        return {
            f"{self.name}-{key}": np.array([bead[key] for bead in self.found], dtype=np.float64)
            for key in ("x_px", "y_px", "score", "contrast")
        }

    async def describe(self) -> dict[str, DataKey]:
        return {
            key: DataKey(source=f"beadline://{key}", dtype="array", dtype_numpy="<f8", shape=[len(value)])
            for key, value in self._values().items()
        }

    async def read(self) -> dict[str, Reading[Any]]:
        time_s = float(self._found.get("host_time_s", 0.0))
        return {key: Reading(value=value, timestamp=time_s) for key, value in self._values().items()}
