"""Ctrl-C: as bluesky has it in the main thread, and nothing at all elsewhere."""

import threading
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from bluesky.run_engine import RunEngine
from bluesky.utils import SigintHandler


def sigint_in_main_thread(run_engine: RunEngine) -> AbstractContextManager[Any]:
    """Return bluesky's handler in the main thread; signals cannot be handled in another."""
    if threading.current_thread() is threading.main_thread():
        return SigintHandler(run_engine)
    return nullcontext()
