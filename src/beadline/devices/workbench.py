"""What the devices of one microscope share: the workers and the folder of the open run."""

from dataclasses import dataclass, field
from pathlib import Path

from beadline.acquisition import Supervisor, epoch_offset_s

from .run_folder import RunFolder


@dataclass(frozen=True)
class Workbench:
    """Handed to a profile, which builds its devices on it.

    Attributes:
        workers: starts and watches the worker processes.
        run_folder: where the open run keeps its files.
        data: the data folder, where what is known of the instrument is kept; None keeps it in memory only.
        epoch_offset_s: what turns the host's monotonic clock into Unix time, the same for all workers [s].
    """

    workers: Supervisor
    run_folder: RunFolder = field(default_factory=RunFolder)
    data: Path | None = None
    epoch_offset_s: float = field(default_factory=epoch_offset_s)
