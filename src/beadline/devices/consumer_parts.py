"""What each consumer of frames fills in: its loop, its file, and what it can do without."""

from collections.abc import Sequence
from typing import Any

from ophyd_async.core import StreamResourceInfo


class ConsumerParts:
    """What is different from one consumer to the next."""

    loop: str
    """`module:class` of its frame loop."""
    stream: str
    """Name of its stream in a continuous run."""
    may_end_early = False
    """Whether a recording without steps goes on without it when its worker dies."""
    patience_s = 10.0
    """How long it may make no progress when frames are waited for [s]."""

    def file_name(self) -> str:
        """Name of the file it writes into the folder of the run."""
        raise NotImplementedError

    def datasets(self, name: str) -> Sequence[StreamResourceInfo]:
        """What is in the file, for the documents."""
        raise NotImplementedError

    async def configure_worker(self) -> None:
        """Tell the worker what to do before a file is opened."""
        raise NotImplementedError

    def file_attributes(self) -> dict[str, Any]:
        """What to write into the file beside the data."""
        return {}

    async def check_steps(self) -> None:
        """Refuse steps, of each of which all frames are taken, if it does not take all.

        Raises:
            ValueError: with what to change.
        """
