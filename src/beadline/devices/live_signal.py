"""Signals whose value is read from a worker, and which do nothing at all when mocked."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from bluesky.protocols import Reading
from event_model import DataKey
from ophyd_async.core import Callback, SignalBackend, SignalDatatypeT, SignalR, SignalRW, SoftSignalBackend

T = TypeVar("T")
Getter = Callable[[], T | Awaitable[T]]
Setter = Callable[[T], Awaitable[Any]]


class LiveBackend(SignalBackend[SignalDatatypeT]):
    """A signal backend over a getter and a setter.

    ophyd-async's own soft signal would do, but a mocked one keeps calling its getter and setter: a mock
    connection would drive the hardware. This one is replaced wholly by the mock. It also emits changes only,
    so that a stalled camera is not taken for a live one.
    """

    def __init__(
        self,
        datatype: type[SignalDatatypeT],
        getter: Getter[SignalDatatypeT],
        setter: Setter[SignalDatatypeT] | None = None,
        *,
        units: str | None = None,
        precision: int | None = None,
        poll_period_s: float = 0.02,
    ) -> None:
        super().__init__(datatype)
        self._held = SoftSignalBackend(datatype, units=units, precision=precision)
        self._getter = getter
        self._setter = setter
        self._poll_period_s = poll_period_s
        self._callback: Callback[Reading[SignalDatatypeT]] | None = None
        self._poll_task: asyncio.Task[None] | None = None

    def source(self, name: str, read: bool) -> str:
        return f"beadline://{name}"

    async def connect(self, timeout: float) -> None:  # noqa: ASYNC109 - the signature is ophyd-async's
        await self._refresh()

    async def _refresh(self) -> None:
        value = self._getter()
        if isinstance(value, Awaitable):
            value = await value
        old = self._held.reading["value"]
        self._held.set_value(value)
        if self._callback is not None and _differ(old, self._held.reading["value"]):
            self._callback(self._held.reading)

    async def put(self, value: SignalDatatypeT | None) -> None:
        if self._setter is None or value is None:
            raise RuntimeError("Cannot set a signal that can only be read")
        await self._setter(value)
        await self._refresh()

    async def get_datakey(self, source: str) -> DataKey:
        await self._refresh()
        return await self._held.get_datakey(source)

    async def get_reading(self) -> Reading[SignalDatatypeT]:
        await self._refresh()
        return await self._held.get_reading()

    async def get_value(self) -> SignalDatatypeT:
        await self._refresh()
        return await self._held.get_value()

    async def get_setpoint(self) -> SignalDatatypeT:
        return await self._held.get_setpoint()

    def set_callback(self, callback: Callback[Reading[SignalDatatypeT]] | None) -> None:
        if callback is not None and self._callback is not None:
            raise RuntimeError("Cannot watch a signal twice: it has a callback already")
        if self._poll_task is not None:
            self._poll_task.cancel()
            self._poll_task = None
        self._callback = callback
        if callback is not None:
            callback(self._held.reading)
            self._poll_task = asyncio.create_task(self._poll())

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(self._poll_period_s)
            try:
                await self._refresh()
            except RuntimeError:
                # A dead worker: whoever reads the signal is told so; a watcher has nothing new to see.
                return


def _differ(old: Any, new: Any) -> bool:
    return bool(old != new) if not hasattr(new, "shape") else old.shape != new.shape or bool((old != new).any())


def live_r(
    datatype: type[SignalDatatypeT], getter: Getter[SignalDatatypeT], **options: Any
) -> SignalR[SignalDatatypeT]:
    """Return a signal that reads from a worker; options are those of `LiveBackend`."""
    return SignalR(LiveBackend(datatype, getter, **options))


def live_rw(
    datatype: type[SignalDatatypeT],
    getter: Getter[SignalDatatypeT],
    setter: Setter[SignalDatatypeT],
    **options: Any,
) -> SignalRW[SignalDatatypeT]:
    """Return a signal that reads from and writes to a worker; options are those of `LiveBackend`."""
    return SignalRW(LiveBackend(datatype, getter, setter, **options))
