"""Images that cannot be measured, or not well: does the tracker say so?"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from beadline.simulation.optics import bead_image, dust_patch

from .image_sets import Frames, ImageSet
from .measuring import Locate, with_table

Array = NDArray[np.float64]
WRONG_SIGMAS, WRONG_NM = 5.0, 20.0
_AT_ONCE = 500


@dataclass(frozen=True, eq=False)
class Scene:
    """The light of one image and what would be right.

    Attributes:
        electrons: on each pixel of the frame.
        answers: x, y [px] and z [nm] of each bead that may be measured, shape (beads, 3); with none,
            every answer is wrong.
        stuck: rows and columns of pixels that do not see the light, shape (pixels, 2).
        stuck_adu: what they read, None for the top; if it is no finite number, the frame is one of floats.
    """

    electrons: Array
    answers: Array
    stuck: NDArray[np.int64] | None = None
    stuck_adu: float | None = None


Draw = Callable[[ImageSet, np.random.Generator], Scene]


def failure_cases() -> dict[str, Draw]:
    """Return how to draw an image of each case, by its name."""
    return {
        "good": lambda images, rng: _scene(images, _place(images, rng)),
        "empty window": lambda images, rng: Scene(_flat(images), np.empty((0, 3))),
        "debris": _debris,
        "bead 14-20 px off": lambda images, rng: _scene(images, _off(images, rng, 14, 20)),
        "bead 25-38 px off": lambda images, rng: _scene(images, _off(images, rng, 25, 38)),
        "two beads 8-15 px": lambda images, rng: _pair(images, rng, 8, 15),
        "two beads 15-25 px": lambda images, rng: _pair(images, rng, 15, 25),
        "two beads 25-40 px": lambda images, rng: _pair(images, rng, 25, 40),
        "neighbour 45-60 px": lambda images, rng: _pair(images, rng, 45, 60),
        "over-exposed 1.3x": lambda images, rng: _brighter(images, rng, 1.3),
        "over-exposed 1.6x": lambda images, rng: _brighter(images, rng, 1.6),
        "z below the table": lambda images, rng: _scene(images, _beyond(images, rng, 0, -1)),
        "z above the table": lambda images, rng: _scene(images, _beyond(images, rng, -1, 1)),
        "motion blur 2 px": lambda images, rng: _moving(images, rng, 2.0),
        "motion blur 5 px": lambda images, rng: _moving(images, rng, 5.0),
        "3 hot pixels": lambda images, rng: _stuck(images, rng, 3),
        "NaN in 1 pixel": lambda images, rng: _stuck(images, rng, 1, np.nan),
        "Inf in 1 pixel": lambda images, rng: _stuck(images, rng, 1, np.inf),
    }


def bench_failures(
    images: ImageSet, count: int, rng: np.random.Generator, say: Callable[[str], None]
) -> list[dict[str, Any]]:
    """Measure `count` images of each case: the shares that are flagged, noted, and wrong and not flagged.

    Flagged is what has a flag that makes it invalid or no finite answer, noted what has any flag at all.
    An answer is wrong if x, y or z is further than 5 standard deviations and 20 nm from every bead that may be
    measured; the standard deviation is the one that was told, else the bound of a good image of the set.
    """
    locate = with_table(images.lookup_table)
    usual_nm = np.median(images.bounds_nm(images.places(20, rng)), axis=0)
    found: list[dict[str, Any]] = []
    for name, draw in failure_cases().items():
        say(f"failures: {name}, {count} images")
        flagged, noted, wrong = np.concatenate(
            [
                _judged(images, draw, min(_AT_ONCE, count - start), rng, locate, usual_nm)
                for start in range(0, count, _AT_ONCE)
            ],
            axis=1,
        )
        found.append(
            {
                "case": name,
                "images": count,
                "flagged": float(flagged.mean()),
                "noted": float(noted.mean()),
                "wrong_unflagged": float((wrong & ~flagged).mean()),
            }
        )
    return found


def _judged(
    images: ImageSet, draw: Draw, count: int, rng: np.random.Generator, locate: Locate, usual_nm: Array
) -> NDArray[np.bool_]:
    """Return which images are flagged, noted and wrong, shape (3, count)."""
    scenes = [draw(images, rng) for _ in range(count)]
    located = locate(images, np.stack([_exposed(images, scene, rng) for scene in scenes]))
    flagged = located.flagged | ~np.isfinite(located.places).all(axis=1)
    sigmas_nm = np.broadcast_to(usual_nm, (count, 3))
    if located.sigmas is not None:
        sigmas_nm = np.where(np.isfinite(located.sigmas), located.sigmas * images.units_nm, usual_nm)
    tolerated_nm = np.maximum(WRONG_SIGMAS * sigmas_nm, WRONG_NM)
    wrong = [
        not (np.abs((scene.answers - place) * images.units_nm) <= tolerated).all(axis=1).any()
        for scene, place, tolerated in zip(scenes, located.places, tolerated_nm, strict=True)
    ]
    return np.stack((flagged, located.noted | flagged, np.array(wrong)))


def _exposed(images: ImageSet, scene: Scene, rng: np.random.Generator) -> Frames:
    frame = images.sensor.expose(scene.electrons, rng)
    if scene.stuck is not None:
        adu = images.sensor.top_adu if scene.stuck_adu is None else scene.stuck_adu
        frame = frame if np.isfinite(adu) else frame.astype(np.float32)
        frame[scene.stuck[:, 0], scene.stuck[:, 1]] = adu
    return frame


def _place(images: ImageSet, rng: np.random.Generator) -> Array:
    return images.places(1, rng)[0]


def _scene(images: ImageSet, place: Array) -> Scene:
    return Scene(images.electrons(place), place[None])


def _flat(images: ImageSet) -> Array:
    return np.full((images.side_px, images.side_px), images.background_electrons)


def _ring(rng: np.random.Generator, nearest: float, furthest: float) -> Array:
    """Return an even random shift in x and y [px] of a length between the two."""
    length, angle = np.sqrt(rng.uniform(nearest**2, furthest**2)), rng.uniform(0, 2 * np.pi)
    return length * np.array([np.cos(angle), np.sin(angle)])


def _off(images: ImageSet, rng: np.random.Generator, nearest: float, furthest: float) -> Array:
    place = _place(images, rng)
    place[:2] = images.middle_px + _ring(rng, nearest, furthest)
    return place


def _pair(images: ImageSet, rng: np.random.Generator, nearest: float, furthest: float) -> Scene:
    first, second = _place(images, rng), _place(images, rng)
    second[:2] = first[:2] + _ring(rng, nearest, furthest)
    shape = (images.side_px, images.side_px)
    other = bead_image(images.light, second[0], second[1], second[2], shape, images.asymmetry) - 1
    light = images.electrons(first) + images.background_electrons * other
    return Scene(np.maximum(light, 0), np.stack((first, second)))


def _debris(images: ImageSet, rng: np.random.Generator) -> Scene:
    electrons = _flat(images)
    for _ in range(rng.integers(1, 4)):
        patch = dust_patch(rng.uniform(2, 7), rng)
        middle = electrons.shape[0] // 2 + rng.integers(-8, 9, 2)
        reach = patch.shape[0] // 2
        low, high = np.maximum(middle - reach, 0), np.minimum(middle + reach + 1, electrons.shape[0])
        (top, left), (bottom, right) = low - middle + reach, high - middle + reach
        electrons[low[0] : high[0], low[1] : high[1]] += images.background_electrons * patch[top:bottom, left:right]
    return Scene(np.maximum(electrons, 0), np.empty((0, 3)))


def _brighter(images: ImageSet, rng: np.random.Generator, times: float) -> Scene:
    scene = _scene(images, _place(images, rng))
    return Scene(scene.electrons * times, scene.answers)


def _beyond(images: ImageSet, rng: np.random.Generator, end: int, sign: int) -> Array:
    place = _place(images, rng)
    place[2] = images.planes_nm[end] + sign * rng.uniform(200, 800)
    return place


def _moving(images: ImageSet, rng: np.random.Generator, length_px: float) -> Scene:
    """A bead that moves evenly along a line during the exposure; right is the middle of its way."""
    place, way = _place(images, rng), _ring(rng, length_px, length_px)
    steps = np.linspace(-0.5, 0.5, 11)
    light = [images.electrons(place + np.append(step * way, 0.0)) for step in steps]
    return Scene(np.mean(light, axis=0), place[None])


def _stuck(images: ImageSet, rng: np.random.Generator, pixels: int, adu: float | None = None) -> Scene:
    scene = _scene(images, _place(images, rng))
    near = np.round(images.middle_px + rng.uniform(-15, 15, (pixels, 2))).astype(np.int64)
    return Scene(scene.electrons, scene.answers, near, adu)
