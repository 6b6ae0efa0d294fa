"""Tracks to force, extension, tether class, steps and noise: pure functions on arrays, each result with its doubts."""

from .allan import allan_force, allan_variance_nm2, averaging_frames, hadamard_variance_nm2
from .equipartition import equipartition_force
from .force_estimates import ForceEstimate
from .lateral_motion import Camera, Pendulum
from .power_spectrum import periodogram_nm2_per_hz, power_spectrum_force
from .traces import longest_stretch

__all__ = [
    "Camera",
    "ForceEstimate",
    "Pendulum",
    "allan_force",
    "allan_variance_nm2",
    "averaging_frames",
    "equipartition_force",
    "hadamard_variance_nm2",
    "longest_stretch",
    "periodogram_nm2_per_hz",
    "power_spectrum_force",
]
