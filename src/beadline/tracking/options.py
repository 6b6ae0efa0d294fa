"""Options of the tracker: plain data with a stable fingerprint."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class TrackerOptions:
    """How a bead is measured.

    Attributes:
        window_px: side of the square window around a bead [px], even.
        polish: take an exact look at every pixel in the end, and give less weight to rings that are disturbed, as by
            a neighbour. Without, for a preview, it takes half as long; beads that are not quite round and those with
            neighbours are measured less well.
        folds: at most so many times a window is centred again, if the bead is elsewhere than it seemed.
        ring_fraction_limit: smallest share of the variance that lies in rings for the centre of a bead without a table.
        score_limit: smallest correlation with the closest plane of the look-up table.
        gain_limit: largest factor, up or down, between the contrast of a bead and that of its table.
        chi_square_limit: largest reduced chi-square.
        adu_per_electron: gain of the camera [ADU]; None takes what makes the median chi-square of a table's sweep 1.
        read_noise_adu: noise of a dark pixel without the rounding to whole numbers [ADU].
        saturation_adu: intensity at the top of the camera's range; None is the top of the pixel type.

    Raises:
        ValueError: an option is out of its range.
    """

    window_px: int = 64
    polish: bool = True
    folds: int = 5
    ring_fraction_limit: float = 0.15
    score_limit: float = 0.95
    gain_limit: float = 2.0
    chi_square_limit: float = 2.0
    adu_per_electron: float | None = None
    read_noise_adu: float = 0.0
    saturation_adu: int | None = None

    def __post_init__(self) -> None:
        if self.window_px % 2 or not 16 <= self.window_px <= 512:
            raise ValueError(
                f"Cannot track in windows of {self.window_px} px: window_px must be even, from 16 to 512 px"
            )
        _check_range("folds", self.folds, 1, 20)
        _check_range("ring_fraction_limit", self.ring_fraction_limit, 0, 1)
        _check_range("score_limit", self.score_limit, -1, 1)
        _check_range("gain_limit", self.gain_limit, 1, 1000)
        _check_range("chi_square_limit", self.chi_square_limit, 1, 1e6)
        _check_range("read_noise_adu", self.read_noise_adu, 0, 65535)
        if self.adu_per_electron is not None:
            _check_range("adu_per_electron", self.adu_per_electron, 1e-6, 1e6)
        if self.saturation_adu is not None:
            _check_range("saturation_adu", self.saturation_adu, 1, 65535)

    @classmethod
    def from_dict(cls, options: Mapping[str, Any]) -> "TrackerOptions":
        """Make options from plain data.

        Raises:
            ValueError: an option is unknown or out of its range.
        """
        known = [field.name for field in fields(cls)]
        unknown = sorted(set(options) - set(known))
        if unknown:
            raise ValueError(f"The tracker has no option {', '.join(unknown)}: its options are {', '.join(known)}")
        return cls(**options)

    def as_dict(self) -> dict[str, Any]:
        """Return the options as plain data."""
        return asdict(self)

    @property
    def hash(self) -> str:
        """SHA-256 of the options, the same on every machine."""
        return hashlib.sha256(json.dumps(self.as_dict(), sort_keys=True).encode()).hexdigest()

    @property
    def radius_px(self) -> int:
        """Radius of the disc around the centre that is compared with the look-up table [px]."""
        return self.window_px // 2 - 1

    @property
    def noise_floor_adu2(self) -> float:
        """Variance of a dark pixel, with the rounding to whole numbers [ADU²]."""
        return self.read_noise_adu**2 + 1 / 12

    @property
    def table_shape(self) -> dict[str, Any]:
        """The options a look-up table depends on; a table made with others cannot be used."""
        return {"window_px": self.window_px}


def _check_range(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ValueError(f"Cannot track with {name} = {value}: it must be from {low} to {high}")
