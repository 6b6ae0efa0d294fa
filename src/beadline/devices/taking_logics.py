"""How a consumer of frames is a detector to ophyd-async: three small parts around what it does."""

from typing import Protocol

from ophyd_async.core import (
    DetectorAcquireLogic,
    DetectorDataLogic,
    DetectorTriggerLogic,
    Reference,
    StreamResourceDataProvider,
)

from beadline.acquisition import Worker


class Taker(Protocol):
    """What takes the frames."""

    @property
    def worker(self) -> Worker:
        """The worker."""
        ...

    async def open_file(self, data_key: str) -> StreamResourceDataProvider:
        """Open the file of a run and describe it."""
        ...

    async def close_file(self) -> None:
        """Finish the file, if one is open."""
        ...

    async def wait_until_level(self) -> None:
        """Wait until every frame is in the file."""
        ...


class EveryFrameIsAnEdge(DetectorTriggerLogic):
    """The camera is the clock: a consumer takes each frame the camera marks."""

    async def prepare_edge(self, num: int, livetime: float) -> None:
        pass


class FileLogic(DetectorDataLogic):
    """One file per run."""

    def __init__(self, taker: Taker) -> None:
        self._taker = Reference(taker)

    async def prepare_unbounded(self, datakey_name: str) -> StreamResourceDataProvider:
        return await self._taker().open_file(datakey_name)

    async def stop(self) -> None:
        await self._taker().close_file()


class LevelLogic(DetectorAcquireLogic):
    """It is idle when it is level with the camera."""

    def __init__(self, taker: Taker) -> None:
        self._taker = Reference(taker)

    async def start_acquiring(self) -> None:
        self._taker().worker.check()

    async def wait_for_idle(self) -> None:
        await self._taker().wait_until_level()

    async def ensure_stopped(self) -> None:
        pass
