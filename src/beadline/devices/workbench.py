"""What the devices of one microscope share: the workers and the folder of the open run."""

from dataclasses import dataclass, field

from beadline.acquisition import Supervisor

from .run_folder import RunFolder


@dataclass(frozen=True)
class Workbench:
    """Handed to a profile, which builds its devices on it.

    Attributes:
        workers: starts and watches the worker processes.
        run_folder: where the open run keeps its files.
    """

    workers: Supervisor
    run_folder: RunFolder = field(default_factory=RunFolder)
