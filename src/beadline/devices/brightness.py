"""How bright the newest frame is, told by the tracker's worker."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bluesky.protocols import Reading
from event_model import DataKey
from ophyd_async.core import AsyncStatus, Device

UNITS = {
    "background_adu": "ADU",
    "low_adu": "ADU",
    "high_adu": "ADU",
    "brightest_adu": "ADU",
    "saturated": "",
    "unevenness": "",
    "full_adu": "ADU",
}


class Brightness(Device):
    """Trigger it and read how bright the newest frame is, see `beadline.acquisition.frame_brightness`."""

    def __init__(self, measure: Callable[[], Awaitable[Mapping[str, Any]]], name: str = "") -> None:
        self._measure = measure
        self._seen: dict[str, Any] = {}
        super().__init__(name=name)

    @AsyncStatus.wrap
    async def trigger(self) -> None:
        """Look at the newest frame."""
        self._seen = dict(await self._measure())

    async def describe(self) -> dict[str, DataKey]:
        source = f"beadline://{self.name}"
        return {
            f"{self.name}-{name}": DataKey(source=source, dtype="number", dtype_numpy="<f8", shape=[], units=unit)
            for name, unit in UNITS.items()
        }

    async def read(self) -> dict[str, Reading[Any]]:
        if not self._seen:
            raise RuntimeError(f"{self.name} has nothing to read: trigger it first")
        stamp = float(self._seen["host_time_s"])
        return {f"{self.name}-{name}": Reading(value=float(self._seen[name]), timestamp=stamp) for name in UNITS}
