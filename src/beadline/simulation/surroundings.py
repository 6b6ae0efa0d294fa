"""What the room does to the microscope: warmth and vibration."""

import math

import numpy as np
from numpy.typing import NDArray

from .instrument_settings import InstrumentSettings

Floats = NDArray[np.float64]


def warmer_k(settings: InstrumentSettings, time_s: float) -> float:
    """Return how much warmer the room is than at the beginning [K].

    Args:
        settings: how it swings.
        time_s: since the beginning [s].
    """
    return settings.temperature_swing_k * math.sin(2 * math.pi * time_s / settings.temperature_period_s)


def shift_nm(settings: InstrumentSettings, middle_s: float, exposure_s: float) -> Floats:
    """Return how far warmth and vibration have moved the sample along x, y, z, mean over an exposure [nm].

    A vibration is blurred by the exposure as any sine is: its amplitude is multiplied by sin(π f W)/(π f W), with
    the frequency f and the exposure W.

    Args:
        settings: how the room shakes and swings.
        middle_s: middle of the exposure, since the beginning [s].
        exposure_s: its duration [s].

    Returns:
        Shape (3,).
    """
    half_turn = math.pi * settings.vibration_hz * exposure_s
    seen = math.sin(half_turn) / half_turn if half_turn else 1.0
    shake = seen * math.sin(2 * math.pi * settings.vibration_hz * middle_s)
    warmth = warmer_k(settings, middle_s)
    return shake * np.array(settings.vibration_nm) + warmth * np.array(settings.drift_nm_per_k)
