"""Any positioner as one: ours, whose answers are awaited, and a classic one, whose status completes on a thread."""

import asyncio
from typing import Any


async def position_of(positioner: Any) -> float:
    """Return what a positioner reads under its own name."""
    answer = positioner.read()
    readings = await answer if hasattr(answer, "__await__") else answer
    return float(readings[positioner.name]["value"])


async def finished(status: Any) -> None:
    """Wait for the status of a move; raises what ended it."""
    if hasattr(status, "__await__"):
        await status
        return
    loop = asyncio.get_running_loop()
    done = asyncio.Event()
    status.add_callback(lambda *_: loop.call_soon_threadsafe(done.set))
    await done.wait()
    error = status.exception(timeout=0)
    if error is not None:
        raise error
