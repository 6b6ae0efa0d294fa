"""What a look-up table is, and whether it fits the microscope at hand."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .geometry import table_radii
from .options import TrackerOptions


@dataclass(frozen=True, eq=False)
class LookupTable:
    """Profiles of one bead at known heights, or one at a height that is not known: a template for x and y only.

    Attributes:
        bead_id: the bead it was recorded from.
        z_nm: height of each plane [nm], increasing, shape (planes,); of a template NaN.
        profiles: intensity relative to the background, 0 is the background, at the radii 0, 1, 2... px up to 2 px
            beyond the disc that is compared, float32, shape (planes, radii).
        options: how the bead was tracked.
        optics: what the profiles depend on besides: pixel_size_nm, focal_factor and so on, plain data.
        quality: figures about the table, see `build_lookup_tables`.
        unevenness: variance of the intensity around each ring, noise aside, relative to the squared background, from
            one radius to the next, same shape as the profiles; None is 0, a bead that is perfectly round.

    Raises:
        ValueError: the planes are too few, out of order or do not belong to the profiles or the options.
    """

    bead_id: int
    z_nm: NDArray[np.float64]
    profiles: NDArray[np.floating]
    options: TrackerOptions
    optics: Mapping[str, Any] = field(default_factory=dict[str, Any])
    quality: Mapping[str, float] = field(default_factory=dict[str, float])
    unevenness: NDArray[np.floating] | None = None

    def __post_init__(self) -> None:
        z_nm = np.array(self.z_nm, dtype=np.float64)
        profiles = np.array(self.profiles, dtype=np.float32)
        radii = table_radii(self.options.radius_px)
        template = len(z_nm) == 1 and bool(np.isnan(z_nm[0]))
        if not template and (len(z_nm) < 4 or not (np.diff(z_nm) > 0).all()):
            raise ValueError(
                f"Cannot make a look-up table of bead {self.bead_id} from {len(z_nm)} planes: "
                "at least 4 are needed, with increasing heights; or one of the height NaN, for a template"
            )
        if profiles.shape != (len(z_nm), radii) or not np.isfinite(profiles).all():
            raise ValueError(
                f"Cannot make a look-up table of bead {self.bead_id} from profiles of shape {profiles.shape}: "
                f"{len(z_nm)} planes with {radii} finite numbers each are expected"
            )
        uneven = np.zeros_like(profiles) if self.unevenness is None else np.array(self.unevenness, dtype=np.float32)
        if uneven.shape != profiles.shape or not (uneven >= 0).all():
            raise ValueError(
                f"Cannot make a look-up table of bead {self.bead_id} with an unevenness of shape {uneven.shape}: "
                f"the shape of the profiles, {profiles.shape}, and numbers from 0 on are expected"
            )
        z_nm.flags.writeable = profiles.flags.writeable = uneven.flags.writeable = False
        object.__setattr__(self, "unevenness", uneven)
        object.__setattr__(self, "z_nm", z_nm)
        object.__setattr__(self, "profiles", profiles)
        object.__setattr__(self, "optics", json.loads(json.dumps(dict(self.optics))))
        object.__setattr__(self, "quality", {name: float(value) for name, value in self.quality.items()})

    @property
    def radius_step_px(self) -> float:
        """Distance between two radii of a profile [px]; the first radius is 0."""
        return 1.0

    @property
    def options_hash(self) -> str:
        """SHA-256 of the options of the tracker."""
        return self.options.hash

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the content, the same on every machine."""
        plain = {
            "bead_id": self.bead_id,
            "options": self.options.as_dict(),
            "optics": self.optics,
            "quality": self.quality,
        }
        digest = hashlib.sha256(json.dumps(plain, sort_keys=True).encode())
        digest.update(self.z_nm.astype("<f8").tobytes())
        digest.update(self.profiles.astype("<f4").tobytes())
        digest.update(np.asarray(self.unevenness, "<f4").tobytes())
        return digest.hexdigest()


def check_matches(table: LookupTable, options: TrackerOptions, optics: Mapping[str, Any]) -> None:
    """Refuse a table that was made with other optics or another shape of profile.

    Only what is named in both optics is compared; limits and iterations of the tracker may differ.

    Raises:
        ValueError: something differs; the message names it.
    """
    shape = options.table_shape
    differences = [
        f"{name} is {shape[name]} but was {made}"
        for name, made in table.options.table_shape.items()
        if shape[name] != made
    ]
    differences += [
        f"{name} is {optics[name]} but was {made}"
        for name, made in table.optics.items()
        if name in optics and not _same(optics[name], made)
    ]
    if differences:
        raise ValueError(
            f"Cannot use the look-up table of bead {table.bead_id}: {'; '.join(differences)}; "
            "make a new table or restore the settings"
        )


def _same(now: Any, made: Any) -> bool:
    if isinstance(now, (int, float)) and isinstance(made, (int, float)):
        return bool(np.isclose(now, made, rtol=1e-9, atol=0))
    return bool(now == made)
