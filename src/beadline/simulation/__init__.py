"""One make-believe microscope behind the hardware protocols: one world, one clock, the same for the same seed.

Beside it, and without a world, images of beads from the laws of optics: `optics`.
"""

from . import optics
from .bead_kinds import BEAD_KINDS, BeadKind
from .factory import microscope, world_settings
from .sample_files import read_sample, sample_names
from .twin_bench import bench_twin

__all__ = [
    "BEAD_KINDS",
    "BeadKind",
    "bench_twin",
    "microscope",
    "optics",
    "read_sample",
    "sample_names",
    "world_settings",
]
