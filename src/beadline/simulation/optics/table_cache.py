"""Intensity tables, computed once and kept on disk."""

import hashlib
import json
import logging
import os
import tempfile
from dataclasses import asdict
from pathlib import Path

import numpy as np

from .bead_optics import BeadOptics
from .intensities import IntensityTable
from .pupil import intensity

VERSION = 1
"""Raise it when the same parameters give other numbers, and kept tables are computed anew."""
_LOG = logging.getLogger(__name__)


def intensity_table(
    optics: BeadOptics,
    *,
    lowest_nm: float,
    highest_nm: float,
    radius_px: float,
    z_step_nm: float = 40.0,
    samples_per_px: int = 8,
    cache: Path | None = None,
) -> IntensityTable:
    """Return the table of a bead, from the cache if it was computed before.

    Args:
        optics: bead, light and objective.
        lowest_nm: least height of the bead above the focal plane [nm].
        highest_nm: greatest height [nm]; the table may reach a step further.
        radius_px: how far from the bead [px].
        z_step_nm: distance of two heights [nm].
        samples_per_px: radii per pixel.
        cache: folder in which tables are kept; None is `default_cache()`. A folder that cannot be written is not used.

    Raises:
        ValueError: the range is empty, or a step or the radius is not positive.
    """
    if not (highest_nm > lowest_nm and radius_px > 0 and z_step_nm > 0 and samples_per_px > 0):
        raise ValueError(
            f"Cannot tabulate a bead from {lowest_nm} to {highest_nm} nm in steps of {z_step_nm} nm, out to "
            f"{radius_px} px with {samples_per_px} radii per px: the range must rise and the others be positive"
        )
    z_nm = np.arange(int(np.ceil((highest_nm - lowest_nm) / z_step_nm - 1e-9)) + 1, dtype=np.float64)
    z_nm = lowest_nm + z_step_nm * z_nm
    radii_px = np.arange(int(np.ceil(radius_px * samples_per_px)) + 2, dtype=np.float64) / samples_per_px
    grid = [lowest_nm, z_step_nm, len(z_nm), samples_per_px, len(radii_px)]
    plain = json.dumps({"version": VERSION, "optics": asdict(optics), "grid": grid}, sort_keys=True)
    path = (cache or default_cache()) / f"{hashlib.sha256(plain.encode()).hexdigest()}.npy"
    values = _read(path, (len(z_nm), len(radii_px)))
    if values is None:
        values = intensity(optics, z_nm, radii_px * optics.pixel_size_nm)
        _keep(path, values)
    return IntensityTable(z_nm, 1 / samples_per_px, values, optics.pixel_size_nm)


def default_cache() -> Path:
    """Return the folder of kept tables: beadline/optics in $XDG_CACHE_HOME, else in ~/.cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "beadline" / "optics"


def _read(path: Path, shape: tuple[int, int]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]] | None:
    try:
        values = np.load(path, allow_pickle=False)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, EOFError) as error:
        _LOG.info("%s is computed anew, it cannot be read: %s", path, error)
        return None
    return values if values.shape == shape and values.dtype == np.float64 else None


def _keep(path: Path, values: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> None:
    """Write the file whole or not at all, as several processes may do so at once."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as part:
            np.save(part, values, allow_pickle=False)
        Path(part.name).replace(path)
    except OSError as error:
        _LOG.info("%s is not kept: %s", path, error)
