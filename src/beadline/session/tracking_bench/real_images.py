"""The tracker on what real microscopes made: a measured look-up table, and a frame that is shifted."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import fourier_shift, gaussian_filter, map_coordinates, spline_filter

from beadline.simulation.optics import IntensityTable
from beadline.tracking import (
    TrackerOptions,
    build_lookup_tables,
    build_templates,
    find_beads,
    track_stack,
    window_origins,
)
from beadline.tracks import column_index, valid

from .image_sets import ImageSet, camera

COLUMNS_PER_PX = 4
"""Of a measured table; with it its rings are as wide as in the real frame."""
SHIFT_WINDOW_PX, SHIFTS = 64, 20
_EDGE_COLUMNS, _TAPERED, _REACH_PX = 8, 12, 60.0
_ZOOMS = np.linspace(-0.06, 0.06, 9)


def measured_set(path: Path, background_electrons: float = 5500.0) -> ImageSet:
    """Return images rendered from a measured table: a picture of a row for each height, a column for each radius.

    The heights of its rows are not recorded, so each is taken for 100 nm. Its rounding to whole numbers is smoothed;
    beyond its last radius there is only background.

    Raises:
        ValueError: the picture is too small for a table.
    """
    grey = np.asarray(Image.open(path).convert("L"), dtype=np.float64)
    if grey.shape[0] < 10 or grey.shape[1] < 4 * _TAPERED:
        raise ValueError(f"{path} has {grey.shape[0]} rows and {grey.shape[1]} columns: a table has at least 10 and 48")
    rings = grey / grey[:, -_EDGE_COLUMNS:].mean(axis=1, keepdims=True) - 1
    rings = gaussian_filter(rings, (1.0, 0.7), mode="mirror")
    rings[:, -_TAPERED:] *= np.cos(np.linspace(0, np.pi / 2, _TAPERED)) ** 2
    values = np.ones((len(rings), max(int(_REACH_PX * COLUMNS_PER_PX), grey.shape[1])), dtype=np.float64)
    values[:, : grey.shape[1]] += rings
    rows_nm = np.arange(0, 100.0 * len(rings), 100.0)
    light = IntensityTable(rows_nm, 1 / COLUMNS_PER_PX, values, 112.0)
    return ImageSet("measured table", light, 64, rows_nm, camera(background_electrons), background_electrons)


def shift_test(path: Path, rng: np.random.Generator) -> dict[str, Any]:
    """Shift a real frame by known parts of a pixel and measure how far its isolated beads seem to have moved.

    The frame is shifted by its Fourier transform and rounded to 8 bits again. Templates are made from the frame itself.
    For the look-up tables a sweep of the focus is made up: each bead's window, a little larger in one plane than in
    the one before.

    Returns:
        The root-mean-square errors [1/1000 px], without tables, with templates and with tables; `rounding_mpx`, what
        rounding alone would do to a fit of each bead's own image in its window; and how many beads there were.

    Raises:
        ValueError: no bead is found.
    """
    grey = np.asarray(Image.open(path).convert("L"), dtype=np.uint8)
    found = find_beads(grey, window_px=SHIFT_WINDOW_PX)
    if not found:
        raise ValueError(f"There is no isolated bead in {path}: the shift test needs some")
    centres = np.array([(bead.x_px, bead.y_px) for bead in found])
    spectrum = np.fft.fftn(grey.astype(np.float64))
    shifts = rng.uniform(-0.5, 0.5, (SHIFTS, 2))
    frames = np.stack([_rounded(np.fft.ifftn(fourier_shift(spectrum, shift[::-1])).real) for shift in shifts])
    options = TrackerOptions(window_px=SHIFT_WINDOW_PX)
    origins = window_origins(centres[:, 0], centres[:, 1], SHIFT_WINDOW_PX)
    course = spline_filter(grey.astype(np.float64), order=5)
    stack = np.stack([_zoomed(course, centres, origins, zoom) for zoom in _ZOOMS])
    heights, ids = 100.0 * np.arange(len(_ZOOMS)), range(len(found))
    tables = build_lookup_tables(stack, range(len(_ZOOMS)), heights, options, {}, ids).tables
    templates = build_templates(_windows(grey, origins)[None], options, {}, ids).tables
    errors = {
        name: _errors_mpx(frames, origins[[each.bead_id for each in made]], shifts, options, made)
        for name, made in (("with_template", templates), ("with_table", tables))
    }
    return {
        "beads": len(found),
        "tables": len(tables),
        "templates": len(templates),
        "shifts": SHIFTS,
        "rounding_mpx": _rounding_mpx(grey, origins),
        "without_table": _errors_mpx(frames, origins, shifts, options, []),
        **errors,
    }


def _windows(frame: NDArray[np.uint8], origins: NDArray[np.int32]) -> NDArray[np.uint8]:
    """Return the windows of a frame, shape (beads, side, side)."""
    return np.stack([frame[y : y + SHIFT_WINDOW_PX, x : x + SHIFT_WINDOW_PX] for x, y in origins])


def _rounding_mpx(frame: NDArray[np.uint8], origins: NDArray[np.int32]) -> float:
    """Return the error of a shift from the variance of rounding, 1/12, over the squared slopes of the window."""
    spectrum = np.fft.fft2(frame)
    waves = (2j * np.pi * np.fft.fftfreq(frame.shape[0])[:, None], 2j * np.pi * np.fft.fftfreq(frame.shape[1]))
    slopes = [np.fft.ifft2(wave * spectrum).real for wave in waves]
    variances = [
        1 / 12 / (slope[y : y + SHIFT_WINDOW_PX, x : x + SHIFT_WINDOW_PX] ** 2).sum()
        for slope in slopes
        for x, y in origins
    ]
    return 1000 * float(np.sqrt(np.mean(variances)))


def _errors_mpx(
    frames: NDArray[np.uint8],
    origins: NDArray[np.int32],
    shifts: NDArray[np.float64],
    options: TrackerOptions,
    tables: Any,
) -> dict[str, Any]:
    tracks, flags = track_stack(frames, origins, options, tables)
    places = tracks[..., [column_index("x_px"), column_index("y_px")]].astype(np.float64)
    good = np.isfinite(places).all(axis=2).all(axis=0)
    errors = places[:, good] - shifts[:, None]
    errors = 1000 * (errors - errors.mean(axis=0))
    by_bead = np.sqrt((errors**2).mean(axis=(0, 2)))
    return {
        "rms_mpx": float(np.sqrt((errors**2).mean())) if good.any() else None,
        "median_mpx": float(np.median(by_bead)) if good.any() else None,
        "beads_lost": int((~good).sum()),
        "flagged": float((~valid(flags)).mean()),
    }


def _rounded(light: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.clip(np.rint(light), 0, 255).astype(np.uint8)


def _zoomed(
    course: NDArray[np.float64], centres: NDArray[np.float64], origins: NDArray[np.int32], zoom: float
) -> NDArray[np.uint8]:
    """Return the window of each bead with its rings larger by a part, shape (beads, side, side)."""
    y, x = np.mgrid[:SHIFT_WINDOW_PX, :SHIFT_WINDOW_PX]
    windows = []
    for (centre_x, centre_y), (left, top) in zip(centres, origins, strict=True):
        places = (centre_y + (y + top - centre_y) / (1 + zoom), centre_x + (x + left - centre_x) / (1 + zoom))
        windows.append(_rounded(map_coordinates(course, places, order=5, prefilter=False)))
    return np.stack(windows)
