"""Connecting: the hardware or worker behind a device first, then the signals that read from it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from ophyd_async.core import Device, DeviceConnector

from beadline.acquisition import Worker


class OpenFirst(DeviceConnector):
    """Opens what is behind a device before its signals connect; a mock connection opens nothing."""

    def __init__(self, open_hardware: Callable[[], Awaitable[None]]) -> None:
        self._open_hardware = open_hardware

    async def connect_real(self, device: Device, timeout: float, force_reconnect: bool) -> None:  # noqa: ASYNC109 - ophyd-async's signature
        await self._open_hardware()
        await super().connect_real(device, timeout, force_reconnect)


@asynccontextmanager
async def worker_kept_if_ready(start: Callable[[], Worker]) -> AsyncIterator[Worker]:
    """Start a worker for what is done inside to make it ready; if that fails, or is cancelled, the worker is stopped.

    Otherwise its name would stay taken, and the device could not be connected again.
    """
    starting = asyncio.ensure_future(asyncio.to_thread(start))
    try:
        yield await asyncio.shield(starting)
    except BaseException:
        await asyncio.shield(_stopped(starting))
        raise


async def _stopped(starting: "asyncio.Future[Worker]") -> None:
    """Stop a worker once it has started; one that never did has nothing to stop."""
    (outcome,) = await asyncio.gather(starting, return_exceptions=True)
    if not isinstance(outcome, BaseException):
        await asyncio.to_thread(outcome.stop)
