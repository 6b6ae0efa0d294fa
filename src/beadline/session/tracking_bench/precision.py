"""How near to the bound the tracker comes, and what is left on asymmetric beads."""

from typing import Any

import numpy as np

from beadline.simulation.optics import SYMMETRIC

from .figures import by_axis, error_figures, failure_figures, set_figures, sigma_figures
from .image_sets import ImageSet
from .magtrack_process import MagTrack
from .measuring import AXES, Locate, Measured, measure, with_table

REPEATS = 4
_HEIGHTS, _ASYMMETRIC_REPEATS = (5, 20), 10


def bench_set(images: ImageSet, count: int, rng: np.random.Generator, magtrack: MagTrack | None) -> dict[str, Any]:
    """Measure a set of at least `count` images and return its figures; with those of MagTrack if it is there."""
    trackers: dict[str, Locate] = {"beadline": with_table(images.lookup_table)}
    if magtrack is not None:
        trackers["magtrack"] = magtrack.with_table_of(images)
    if images.asymmetry == SYMMETRIC:
        places, repeats, figures = images.places(-(-count // REPEATS), rng), REPEATS, set_figures
    else:
        heights = int(np.clip(count // 1000, *_HEIGHTS))
        across = -(-count // (heights * _ASYMMETRIC_REPEATS))
        places = images.places(heights * across, rng)
        places[:, 2] = np.repeat(places[:heights, 2], across)
        repeats = _ASYMMETRIC_REPEATS

        def figures(measured: Measured, rng: np.random.Generator) -> dict[str, Any]:
            return asymmetric_figures(measured, heights, rng)

    found = measure(images, places, repeats, trackers, rng)
    result = {"name": images.name, **figures(found["beadline"], rng)}
    if magtrack is not None:
        result["magtrack"] = figures(found["magtrack"], rng)
    return result


def asymmetric_figures(measured: Measured, heights: int, rng: np.random.Generator) -> dict[str, Any]:
    """Return the figures of an asymmetric bead at a few heights, many sub-pixel places each.

    Where the middle of an asymmetric bead is depends on its height and on taste, so the mean error in x and y of each
    height is taken off. `systematic_nm` is the standard deviation over sub-pixel places of the mean error of a place
    about the mean of its height, without noise.
    """
    good = measured.good
    errors = np.where(good[..., None], measured.errors, 0.0)
    by_height = (heights, -1, *errors.shape[1:])
    grouped, kept = errors.reshape(by_height), good.reshape(by_height[:3])
    counts = np.maximum(kept.sum(axis=(1, 2)), 1)
    means = grouped.sum(axis=(1, 2)) / counts[:, None]
    about = ((grouped - means[:, None, None]) * kept[..., None]).reshape(errors.shape)
    sideways = about.copy()
    sideways[..., 2] = errors[..., 2]
    counted = good.sum(axis=1)[:, None]
    pairs = (counted * (counted - 1)).sum()
    squares = (about.sum(axis=1) ** 2 - (about**2).sum(axis=1)).sum(axis=0) / max(pairs, 1)
    # the mean of a height was taken from the same errors: it hides a part of each place and of the noise
    squares += (about**2).sum(axis=(0, 1)) / max(good.sum(), 1) / max(good.sum() / heights, 1)
    squares /= 1 - heights / len(errors)
    systematic = np.sign(squares) * np.sqrt(np.abs(squares)) if pairs else np.full(3, np.nan)
    recentred = Measured(measured.truth, sideways, measured.sigmas, measured.flagged, measured.bounds)
    return {
        **error_figures(sideways / measured.bounds[:, None], good, rng),
        "systematic_nm": dict(zip(AXES, systematic.tolist(), strict=True)),
        "offset_of_heights_nm": by_axis(means, lambda values: float(np.sqrt(np.mean(values**2)))),
        **sigma_figures(recentred, rng),
        **failure_figures(measured),
    }
