"""How well beads are found in whole fields of view."""

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from beadline.simulation.optics import SimulatedField, simulated_field
from beadline.tracking import find_beads

from .image_sets import ImageSet

MOST_BEADS, MOST_WINDOWS_PX = 300, 300 * 64**2
"""In the fullest field: beads, and pixels of their windows."""
DENSITIES = (0.17, 0.33, 0.67, 1.0)
MATCH_PX = 2.0
ISOLATED_WINDOWS = 0.8
"""A bead is isolated if no other one is nearer than so many windows."""
_PATCH = 1.5


def bench_finder(
    sets: list[ImageSet], pictures: int, rng: np.random.Generator, say: Callable[[str], None]
) -> dict[str, Any]:
    """Find the beads of pictures of 1280 x 1024 px with 30 pieces of dust and uneven light.

    Recall is the share of the isolated beads (no other one nearer than 0.8 windows, the window inside the picture)
    that are found within 2 px. Precision is the share of what was found that is a bead with no other one so near.

    Args:
        sets: what beads look like.
        pictures: of each density and set.
        rng: draws them.
        say: told the progress.
    """
    fields = [
        _densities(images, round(density * min(MOST_BEADS, MOST_WINDOWS_PX / images.window_px**2)), pictures, rng, say)
        for images in sets
        for density in DENSITIES
    ]
    isolated, recalled, found, right = (
        sum(each[name] for each in fields) for name in ("isolated", "recalled", "found", "right")
    )
    return {
        "recall": recalled / max(isolated, 1),
        "precision": right / found if found else None,
        "seconds": statistics.median(each["seconds"] for each in fields),
        "seconds_max": max(each["seconds_max"] for each in fields),
        "fields": fields,
    }


def _densities(
    images: ImageSet, beads: int, pictures: int, rng: np.random.Generator, say: Callable[[str], None]
) -> dict[str, Any]:
    say(f"finder: {beads} beads {images.name}, {pictures} pictures")
    counts, seconds = np.zeros(4, int), []
    for _ in range(pictures):
        field = simulated_field(
            images.light,
            beads,
            rng,
            sensor=images.sensor,
            background_electrons=images.background_electrons,
            patch_px=2 * round(_PATCH * images.window_px / 2),
            z_range_nm=(float(images.planes_nm[1]), float(images.planes_nm[-2])),
        )
        began = time.process_time()
        found = find_beads(field.image, window_px=images.window_px, allow_overlap=True)
        seconds.append(time.process_time() - began)
        counts += judged(field, np.array([(bead.x_px, bead.y_px) for bead in found]).reshape(-1, 2), images.window_px)
    isolated, recalled, found_count, right = counts.tolist()
    return {
        "set": images.name,
        "beads": beads,
        "pictures": pictures,
        "isolated": isolated,
        "recalled": recalled,
        "found": found_count,
        "right": right,
        "recall": recalled / max(isolated, 1),
        "precision": right / found_count if found_count else None,
        "seconds": statistics.median(seconds),
        "seconds_max": max(seconds),
    }


def judged(field: SimulatedField, found_px: np.ndarray[Any, np.dtype[np.float64]], window_px: int) -> list[int]:
    """Count the isolated beads, those of them that were found, what was found, and what of it is an isolated bead."""
    apart = np.hypot(field.x_px[:, None] - found_px[:, 0], field.y_px[:, None] - found_px[:, 1])
    near = apart <= MATCH_PX
    alone = field.isolated(ISOLATED_WINDOWS * window_px, margin_px=window_px / 2 + 1)
    isolated = field.isolated(
        ISOLATED_WINDOWS * window_px
    )  # a window may be found to fit that is half a pixel too wide
    right = (near & isolated[:, None]).any(axis=0)
    return [int(alone.sum()), int((alone & near.any(axis=1)).sum()), len(found_px), int(right.sum())]
