"""What the devices of one microscope share: the workers and the folder of the open run."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from beadline.acquisition import Supervisor, epoch_offset_s

from .disk_reserve import DiskReserve
from .run_folder import RunFolder


@dataclass
class Workbench:
    """Handed to a profile, which builds its devices on it.

    Attributes:
        workers: starts and watches the worker processes.
        run_folder: where the open run keeps its files.
        data: the data folder, where what is known of the instrument is kept; None keeps it in memory only.
        disk: how much room recordings leave on the disk of the data folder; None without one.
        guards: what is looked at between the blocks of each recording besides the disk, see `Guard`; add to it.
        epoch_offset_s: what turns the host's monotonic clock into Unix time, the same for all workers [s].
    """

    workers: Supervisor
    run_folder: RunFolder = field(default_factory=RunFolder)
    data: Path | None = None
    disk: DiskReserve | None = None
    guards: list[Callable[[Any], Awaitable[str]]] = field(default_factory=list[Callable[[Any], Awaitable[str]]])
    epoch_offset_s: float = field(default_factory=epoch_offset_s)
