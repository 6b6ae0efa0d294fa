"""What can be chosen about camera, axes, lamp and surroundings of the simulated microscope, checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .checked_numbers import Ranges, checked, number, row

_DEPTHS = (8, 10, 12, 16)
_RANGES: Ranges = {
    "max_frame_rate_hz": (0.1, 100000, "Hz"),
    "min_exposure_s": (1e-7, 1, "s"),
    "readout_s": (0, 1, "s"),
    "clock_drift_ppm": (-10000, 10000, "ppm"),
    "focus_time_constant_s": (1e-4, 10, "s"),
    "magnet_speed_mm_per_s": (0.001, 1000, "mm/s"),
    "magnet_acceleration_mm_per_s2": (0.001, 1e5, "mm/s²"),
    "magnet_backlash_mm": (0, 1, "mm"),
    "magnet_noise_mm": (0, 1, "mm"),
    "turns_per_s": (0.001, 1000, "turns/s"),
    "turns_per_s2": (0.001, 1e5, "turns/s²"),
    "lamp_flicker": (0, 0.5, ""),
    "vibration_hz": (0.01, 10000, "Hz"),
    "temperature_swing_k": (0, 10, "K"),
    "temperature_period_s": (1, 1e6, "s"),
}
_ROWS = ("vibration_nm", "drift_nm_per_k")


@dataclass(frozen=True)
class InstrumentSettings:
    """The instrument around the sample, as plain data.

    What is worst about an instrument is switched off unless asked for: drift of the camera's clock, backlash, flicker,
    vibration, swings of the temperature.

    Attributes:
        bit_depth: of a pixel: 8, 10, 12 or 16; intensities and noise of the sensor are given for 8 bit.
        max_frame_rate_hz: of the camera, whatever part of the sensor it reads.
        min_exposure_s: of the camera [s].
        readout_s: least time between two exposures [s].
        clock_drift_ppm: how much faster than the host's the camera's clock runs [parts per million].
        focus_time_constant_s: in which the focus nears its target by e [s].
        magnet_speed_mm_per_s: greatest speed of the magnet height [mm/s].
        magnet_acceleration_mm_per_s2: of its ramps [mm/s²].
        magnet_backlash_mm: way of its motor, after a turn back, before the magnets follow [mm].
        magnet_noise_mm: root-mean-square noise of its read-back [mm].
        turns_per_s: greatest speed of the rotation [turns/s].
        turns_per_s2: of its ramps [turns/s²].
        lamp_flicker: root-mean-square change of the brightness from frame to frame, relative.
        vibration_nm: amplitude with which the whole sample shakes along x, y, z [nm].
        vibration_hz: frequency of that [Hz].
        temperature_swing_k: amplitude with which the temperature of the room goes up and down [K].
        temperature_period_s: of that [s].
        drift_nm_per_k: way of the sample along x, y, z when it is warmer [nm/K].
        faults: what goes wrong when: `at_frame`, `do` (an action of the microscope) and its arguments, for each.
    """

    bit_depth: int = 8
    max_frame_rate_hz: float = 2000.0
    min_exposure_s: float = 1e-5
    readout_s: float = 0.0
    clock_drift_ppm: float = 0.0
    focus_time_constant_s: float = 0.004
    magnet_speed_mm_per_s: float = 10.0
    magnet_acceleration_mm_per_s2: float = 50.0
    magnet_backlash_mm: float = 0.0
    magnet_noise_mm: float = 0.0
    turns_per_s: float = 5.0
    turns_per_s2: float = 50.0
    lamp_flicker: float = 0.0
    vibration_nm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    vibration_hz: float = 30.0
    temperature_swing_k: float = 0.0
    temperature_period_s: float = 1200.0
    drift_nm_per_k: tuple[float, float, float] = (0.0, 0.0, 0.0)
    faults: tuple[Mapping[str, Any], ...] = ()

    @classmethod
    def from_plain(cls, settings: Mapping[str, Any]) -> "InstrumentSettings":
        """Make settings from plain data.

        Raises:
            ValueError: a setting is unknown or out of range.
            TypeError: a setting is of the wrong kind.
        """
        chosen = checked("The simulated instrument", cls, settings, _RANGES)
        for name in _ROWS:
            if name in settings:
                chosen[name] = row(name, settings[name], 3)
        if (depth := chosen.get("bit_depth", 8)) not in _DEPTHS:
            raise ValueError(f"The simulated camera cannot have bit_depth = {depth}: 8, 10, 12 or 16")
        chosen["faults"] = _planned(chosen.get("faults", ()))
        return cls(**chosen)


def _planned(faults: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    for each in faults:
        if not isinstance(each, Mapping) or not {"at_frame", "do"} <= set(each):
            raise ValueError(f"A planned fault says at_frame, do, and the arguments of what it does, got {each!r}")
        number("at_frame", each["at_frame"], 0, 2**62, "", whole=True)
    return tuple(dict(each) for each in faults)
