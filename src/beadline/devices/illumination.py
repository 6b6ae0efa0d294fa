"""The lamp."""

from collections.abc import Awaitable, Callable

from ophyd_async.core import StandardReadable, StandardReadableFormat

from beadline.hardware import Lamp as LampHardware

from .connecting import OpenFirst
from .instrument_clock import HostClock, InstrumentClock
from .live_signal import live_rw


class Lamp(StandardReadable):
    """The brightness of the illumination [%]."""

    def __init__(self, source: Callable[[], Awaitable[LampHardware]], name: str = "") -> None:
        """Describe the lamp; nothing happens before it is connected.

        Args:
            source: returns the `hardware.Lamp` once it is there, for example `lambda: camera.lamp("lamp")`.
            name: normally given by `init_devices`.
        """
        self._source = source
        self._hardware: LampHardware | None = None
        self.clock: InstrumentClock = HostClock()
        with self.add_children_as_readables(StandardReadableFormat.HINTED_UNCACHED_SIGNAL):
            self.level_percent = live_rw(float, self._level, self._set_level, units="%")
        super().__init__(name=name, connector=OpenFirst(self.open_lamp))

    async def open_lamp(self) -> None:
        """Connect the lamp; once."""
        if self._hardware is None:
            self._hardware = await self._source()
            self.clock = getattr(self._hardware, "clock", self.clock)

    def _connected(self) -> LampHardware:
        if self._hardware is None:
            raise RuntimeError(f"{self.name or 'lamp'} is not connected: connect it with init_devices first")
        return self._hardware

    async def _level(self) -> float:
        return await self.clock.ask(self._connected().level_percent)

    async def _set_level(self, level_percent: float) -> None:
        if not 0 <= level_percent <= 100:
            raise ValueError(f"Cannot set {self.name} to {level_percent} %: its range is 0 to 100 %")
        await self.clock.ask(self._connected().set_level_percent, level_percent)
