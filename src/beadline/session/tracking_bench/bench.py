"""The tracking bench: precision, speed, failures and finding on images of an independent simulation."""

import math
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from beadline.simulation.optics import SYMMETRIC
from beadline.tracking import warm_up

from .failures import bench_failures
from .finding import bench_finder
from .image_sets import ImageSet, simulated_sets
from .magtrack_process import MagTrack
from .precision import bench_set
from .real_images import measured_set, shift_test
from .speed import bench_speed

FULL_IMAGES = 20000
_SPEED_PX = 500_000
"""Pixels of all windows of a frame; at most 100 beads."""
_FRAMES, _QUICK_FRAMES, _QUICK_IMAGES = 40, 10, 1000
_LEAST_FAILURES, _LEAST_PICTURES, _MOST_PICTURES = 40, 1, 5


def bench_tracking(
    images: int = FULL_IMAGES,
    *,
    sets: Sequence[ImageSet] = (),
    magtrack: Path | None = None,
    measured_table: Path | None = None,
    field_image: Path | None = None,
    seed: int = 1,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Measure how precise, fast and honest the tracker is.

    Args:
        images: in each set, at least; a failure case has 15 % of it.
        sets: what to measure; empty for the usual ones. The first symmetric set of each size of window is also used for
            speed and finder, the first of them for the failures.
        magtrack: an interpreter in which MagTrack is installed, to compare with; None leaves it out.
        measured_table: a picture of a measured look-up table to render images from; None leaves them out.
        field_image: a real frame for the shift test; None leaves it out.
        seed: the same images for the same seed.
        say: told the progress.

    Returns:
        sets, speed, finder, failures, and what was asked for besides; numbers that could not be had are None.

    Raises:
        ValueError: too few images, or a file does not fit.
    """
    if images < 100:
        raise ValueError(f"Cannot judge a tracker by {images} images: at least 100 are needed")
    measured = [] if measured_table is None else [measured_set(measured_table)]
    began = time.monotonic()
    rng = np.random.default_rng(seed)
    told = _timed(say, began)
    result: dict[str, Any] = {"images": images, "seed": seed}
    with ExitStack() as stack:
        peer = None if magtrack is None else stack.enter_context(MagTrack(magtrack))
        told("compile the tracker, compute or load the intensity tables")
        warm_up()
        if field_image is not None:
            told("shift test on the real frame")
            result["shift_test"] = shift_test(field_image, rng)
        sets = [*(sets or simulated_sets()), *measured]
        result["sets"] = []
        for each in sets:
            told(f"precision: {each.name}, {images} images")
            result["sets"].append(bench_set(each, images, rng, peer))
        leading = _leading(sets)
        frames = _FRAMES if images > _QUICK_IMAGES else _QUICK_FRAMES
        result["speed"] = []
        for each in leading:
            beads = min(100, _SPEED_PX // each.window_px**2)
            told(f"speed: {beads} beads {each.name} in {frames} frames")
            result["speed"].append(bench_speed(each, beads, frames, rng, peer))
    result["failures"] = bench_failures(leading[0], max(_LEAST_FAILURES, images * 15 // 100), rng, told)
    pictures = int(np.clip(images // 4000, _LEAST_PICTURES, _MOST_PICTURES))
    result["finder"] = bench_finder(leading, pictures, rng, told)
    result["seconds"] = time.monotonic() - began
    return _plain(result)


def _leading(sets: Sequence[ImageSet]) -> list[ImageSet]:
    """Return the first symmetric set of each size of window."""
    by_size: dict[int, ImageSet] = {}
    for each in sets:
        if each.asymmetry == SYMMETRIC:
            by_size.setdefault(each.window_px, each)
    if not by_size:
        raise ValueError(f"Cannot measure speed with {len(sets)} sets of asymmetric beads: give a symmetric one")
    return list(by_size.values())


def _timed(say: Callable[[str], None], began: float) -> Callable[[str], None]:
    return lambda line: say(f"{time.monotonic() - began:6.1f} s  {line}")


def _plain(value: Any) -> Any:
    """Return it with rounded numbers, None for what is not a number."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, float):
        return float(f"{value:.5g}") if math.isfinite(value) else None
    return value
