"""A blocking call on a thread of its own, for what must never wait for a free one."""

import asyncio
import contextlib
import threading
from collections.abc import Callable


async def on_own_thread(call: Callable[[], None], name: str) -> None:
    """Run a blocking call on a new thread and wait for it.

    The threads of `asyncio.to_thread` are few: slow reads can have taken all of them. The call goes on when whoever
    waits for it is cancelled.

    Args:
        call: what to do.
        name: of the thread.

    Raises:
        Exception: what the call raised.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def tell(error: Exception | None) -> None:
        if done.cancelled():
            return
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)

    def work() -> None:
        error = None
        try:
            call()
        except Exception as raised:  # noqa: BLE001 - whatever it is, it belongs to whoever waits
            error = raised
        with contextlib.suppress(RuntimeError):  # the loop has been closed meanwhile
            loop.call_soon_threadsafe(tell, error)

    threading.Thread(target=work, name=name, daemon=True).start()
    await done
