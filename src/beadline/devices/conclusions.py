"""What a plan concludes from what it has read, as something Bluesky can set and read."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

import numpy as np
from bluesky.protocols import Reading
from event_model import DataKey
from ophyd_async.core import AsyncStatus

T = TypeVar("T")


class Conclusion(Generic[T]):
    """A function of readings: set it to them and it is computed, on a thread; read what came of it into an event.

    Whoever only looks ahead at a plan sets nothing, and so concludes nothing. A plan makes one for its run.
    """

    parent = None

    def __init__(
        self,
        draw: Callable[[Any], T],
        tell: Callable[[T], Mapping[str, Any]],
        units: Mapping[str, str],
        name: str,
    ) -> None:
        """Begin without a conclusion.

        Args:
            draw: computes it from what it is set to.
            tell: returns it as numbers, rows of numbers and texts by name, always the same names.
            units: unit of those that have one, by name.
            name: before all names.
        """
        self.name = name
        self.value: T | None = None
        self._draw, self._tell, self._units = draw, tell, dict(units)

    @AsyncStatus.wrap
    async def set(self, seen: Any) -> None:
        """Compute it.

        Raises:
            ValueError: whatever the function refuses.
        """
        self.value = await asyncio.to_thread(self._draw, seen)

    def _told(self) -> dict[str, Any]:
        if self.value is None:
            raise RuntimeError(f"{self.name} has nothing to read: set it first")
        return {f"{self.name}-{name}": _plain(each) for name, each in self._tell(self.value).items()}

    async def describe(self) -> dict[str, DataKey]:
        keys = {key: _data_key(key, value) for key, value in self._told().items()}
        for name, unit in self._units.items():
            keys[f"{self.name}-{name}"]["units"] = unit
        return keys

    async def read(self) -> dict[str, Reading[Any]]:
        now = time.time()  # noqa: TID251 - a time stamp of a document, not a deadline
        return {key: Reading(value=value, timestamp=now) for key, value in self._told().items()}


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | np.ndarray) else np.asarray(value)


def _data_key(key: str, value: Any) -> DataKey:
    source = f"beadline://{key}"
    if isinstance(value, str):
        return DataKey(source=source, dtype="string", shape=[])
    if isinstance(value, np.ndarray):
        return DataKey(source=source, dtype="array", dtype_numpy=value.dtype.str, shape=list(value.shape))
    whole = isinstance(value, int)
    return DataKey(
        source=source, dtype="integer" if whole else "number", dtype_numpy="<i8" if whole else "<f8", shape=[]
    )
