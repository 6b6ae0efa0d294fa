"""Tracks to force, extension, tether class, steps and noise: pure functions on arrays, each result with its doubts."""

from .allan import allan_force, allan_variance_nm2, averaging_frames, hadamard_variance_nm2
from .attachment import RotationCircle, rotation_circle
from .averages import mean_with_error
from .bead_weight import bead_weight_pn
from .dwell_times import DwellRate, dwell_rate
from .equipartition import equipartition_force
from .field_angle import FieldAngle, field_angle
from .force_estimates import ForceEstimate
from .force_extension import ChainFit, fit_worm_like_chain
from .hat_curves import HatCurve, fit_hat_above_surface, fit_hat_curve
from .kept_calibrations import calibration_content, calibration_from
from .lateral_motion import Camera, Pendulum
from .magnet_calibration import MagnetCalibration, calibrate_magnets
from .noise_floor import NoiseFloor, noise_floor
from .pixel_size import PixelSize, fit_pixel_size
from .power_spectrum import periodogram_nm2_per_hz, power_spectrum_force
from .references import SubtractedDrift, subtract_references
from .screening import ScreenedTether, TurnedTether, screen_tether, without_drift
from .steps import Steps, find_steps
from .surface import LARGEST_BEYOND, ends_above_surface, touch_frames, touching_height_nm
from .tether_classes import TetherClass, TetherEvidence, classify_tether
from .traces import longest_stretch
from .two_states import TwoStates, fit_two_states

__all__ = [
    "LARGEST_BEYOND",
    "Camera",
    "ChainFit",
    "DwellRate",
    "FieldAngle",
    "ForceEstimate",
    "HatCurve",
    "MagnetCalibration",
    "NoiseFloor",
    "Pendulum",
    "PixelSize",
    "RotationCircle",
    "ScreenedTether",
    "Steps",
    "SubtractedDrift",
    "TetherClass",
    "TetherEvidence",
    "TurnedTether",
    "TwoStates",
    "allan_force",
    "allan_variance_nm2",
    "averaging_frames",
    "bead_weight_pn",
    "calibrate_magnets",
    "calibration_content",
    "calibration_from",
    "classify_tether",
    "dwell_rate",
    "ends_above_surface",
    "equipartition_force",
    "field_angle",
    "find_steps",
    "fit_hat_above_surface",
    "fit_hat_curve",
    "fit_pixel_size",
    "fit_two_states",
    "fit_worm_like_chain",
    "hadamard_variance_nm2",
    "longest_stretch",
    "mean_with_error",
    "noise_floor",
    "periodogram_nm2_per_hz",
    "power_spectrum_force",
    "rotation_circle",
    "screen_tether",
    "subtract_references",
    "touch_frames",
    "touching_height_nm",
    "without_drift",
]
