"""Waiting for what other processes do: as long as there is progress, or until they have settled."""

import asyncio
import time
from collections.abc import Awaitable, Callable

POLL_S = 0.002


async def while_it_goes_on(
    arrived: Callable[[], bool],
    progress: Callable[[], object],
    check: Callable[[], Awaitable[None]],
    patience_s: float,
    late: Callable[[], str],
) -> None:
    """Wait until something has arrived, as long as there is progress.

    Args:
        arrived: what is waited for.
        progress: changes when there is some.
        check: raises when it will never arrive.
        patience_s: how long there may be none [s].
        late: the sentence for when there was none.

    Raises:
        TimeoutError: there was no progress.
    """
    deadline, seen = time.monotonic() + patience_s, progress()
    while not arrived():
        await check()
        if progress() != seen:
            deadline, seen = time.monotonic() + patience_s, progress()
        if time.monotonic() > deadline:
            raise TimeoutError(late())
        await asyncio.sleep(POLL_S)


async def at_most(patience_s: float, over: Callable[[], bool]) -> None:
    """Wait until something is over, at most so long [s]."""
    deadline = time.monotonic() + patience_s
    while not over() and time.monotonic() <= deadline:  # noqa: ASYNC110 - what other processes publish wakes nobody
        await asyncio.sleep(POLL_S)
