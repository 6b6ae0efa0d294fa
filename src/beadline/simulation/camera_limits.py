"""What the camera of the simulated microscope can be set to."""

from collections.abc import Sequence
from dataclasses import replace

from beadline.hardware import CameraSettings

from .world_settings import WorldSettings

MAX_GAIN = 100.0


def possible(wanted: CameraSettings, world: WorldSettings) -> CameraSettings:
    """Return what the camera really does.

    Raises:
        ValueError: a setting is out of range.
    """
    rate_hz, exposure_s, limits = wanted.frame_rate_hz, wanted.exposure_s, world.instrument
    if not 0 < rate_hz <= limits.max_frame_rate_hz:
        raise ValueError(
            f"The simulated camera cannot take {rate_hz:g} frames per second: at most {limits.max_frame_rate_hz:g} Hz"
        )
    longest_s = 1 / rate_hz - limits.readout_s
    # a period written down with a few digits is still a period
    if not limits.min_exposure_s <= exposure_s <= longest_s * (1 + 1e-6):
        raise ValueError(
            f"The simulated camera cannot expose for {exposure_s:g} s at {rate_hz:g} Hz: "
            f"from {limits.min_exposure_s:g} s to {_longest(longest_s, limits.readout_s)}"
        )
    if not 0 < wanted.gain <= MAX_GAIN:
        raise ValueError(f"The simulated camera cannot have gain {wanted.gain:g}: above 0, at most {MAX_GAIN:g}")
    return wanted if wanted.roi_px is None else replace(wanted, roi_px=_possible_roi(wanted.roi_px, world))


def _longest(longest_s: float, readout_s: float) -> str:
    if not readout_s:
        return f"one period, {longest_s:g} s"
    return f"one period less {readout_s:g} s of reading out, {longest_s:g} s"


def _possible_roi(roi_px: Sequence[int], world: WorldSettings) -> tuple[int, int, int, int]:
    x, y, width, height = (int(each) for each in roi_px)
    if x < 0 or y < 0 or width < 1 or height < 1 or x + width > world.width_px or y + height > world.height_px:
        raise ValueError(
            f"The simulated camera cannot read x, y, width, height = {[x, y, width, height]} px: "
            f"its sensor has {world.width_px} x {world.height_px} px"
        )
    return x, y, width, height
