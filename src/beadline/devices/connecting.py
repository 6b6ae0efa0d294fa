"""Connecting: the hardware or worker behind a device first, then the signals that read from it."""

from collections.abc import Awaitable, Callable

from ophyd_async.core import Device, DeviceConnector


class OpenFirst(DeviceConnector):
    """Opens what is behind a device before its signals connect; a mock connection opens nothing."""

    def __init__(self, open_hardware: Callable[[], Awaitable[None]]) -> None:
        self._open_hardware = open_hardware

    async def connect_real(self, device: Device, timeout: float, force_reconnect: bool) -> None:  # noqa: ASYNC109 - ophyd-async's signature
        await self._open_hardware()
        await super().connect_real(device, timeout, force_reconnect)
