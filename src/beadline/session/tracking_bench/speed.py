"""How fast the tracker is: CPU time per localisation in interleaved rounds."""

import dataclasses
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from beadline.simulation.optics import bead_image
from beadline.tracking import LookupTable, TrackerOptions, track_stack

from .image_sets import Frames, ImageSet
from .magtrack_process import MagTrack
from .measuring import TAKES_THREADS

ROUNDS = 9
_FRAME_PX, _SPACING_PX, _JITTER_PX = (1024, 1280), 20, 2.0
_PREVIEW_OPTION = "preview"
_LEAST_S = 0.1


def bench_speed(
    images: ImageSet,
    beads: int,
    frames: int,
    rng: np.random.Generator,
    magtrack: MagTrack | None,
    rounds: int = ROUNDS,
) -> dict[str, Any]:
    """Track beads in whole frames in rounds, one after the other: default, preview, two threads, MagTrack.

    Times are CPU times, but the gain of two threads, which is a ratio of wall-clock times and shows only while a second
    core is free. Each bead has a look-up table of its own.
    """
    stack, origins = crowded_frames(images, beads, frames, rng)
    made = images.lookup_table
    tables = [dataclasses.replace(made, bead_id=bead) for bead in range(beads)]
    ways = _ways(stack, origins, images.options, tables)
    peer = None if magtrack is None else magtrack.rounds_of(images, cut_out(stack, origins, images.window_px))
    found: dict[str, list[float]] = {name: [] for name in [*ways, "two threads", "magtrack"]}
    count = beads * frames
    repeats = {name: _repeats(run) for name, run in ways.items()}
    for _ in range(rounds):
        for name, run in ways.items():
            found[name].append(1e6 / count * _spent_s(run, time.process_time, repeats[name]))
        if TAKES_THREADS:
            alone, both = (
                _spent_s(
                    _threaded(stack, origins, images.options, tables, threads), time.perf_counter, repeats["default"]
                )
                for threads in (1, 2)
            )
            found["two threads"].append(alone / both)
        if peer is not None:
            found["magtrack"].append(peer.us_per_localisation())
    return {"roi_px": images.window_px, "beads": beads, "frames": frames, "rounds": rounds, **_summary(found)}


def _ways(
    stack: Frames, origins: NDArray[np.int32], options: TrackerOptions, tables: list[LookupTable]
) -> dict[str, Callable[[], object]]:
    ways: dict[str, Callable[[], object]] = {"default": lambda: track_stack(stack, origins, options, tables)}
    if _PREVIEW_OPTION in {field.name for field in dataclasses.fields(options)}:
        preview = TrackerOptions.from_dict({**options.as_dict(), _PREVIEW_OPTION: True})
        ways["preview"] = lambda: track_stack(stack, origins, preview, tables)
    return ways


def _threaded(
    stack: Frames, origins: NDArray[np.int32], options: TrackerOptions, tables: list[LookupTable], threads: int
) -> Callable[[], object]:
    extra: dict[str, Any] = {"threads": threads}
    return lambda: track_stack(stack, origins, options, tables, **extra)


def _spent_s(run: Callable[[], object], clock: Callable[[], float], repeats: int) -> float:
    began = clock()
    for _ in range(repeats):
        run()
    return (clock() - began) / repeats


def _repeats(run: Callable[[], object]) -> int:
    """Return how often to run for a time that can be measured; the first run, which compiles, does not count."""
    run()
    return 1 + int(_LEAST_S / max(_spent_s(run, time.process_time, 1), 1e-3))


def _summary(rounds: dict[str, list[float]]) -> dict[str, Any]:
    def median(name: str) -> float | None:
        return statistics.median(rounds[name]) if rounds.get(name) else None

    def span(values: list[float]) -> list[float] | None:
        return [min(values), max(values)] if values else None

    ratios = [theirs / ours for ours, theirs in zip(rounds["default"], rounds["magtrack"], strict=False)]
    previews = [theirs / ours for ours, theirs in zip(rounds.get("preview", []), rounds["magtrack"], strict=False)]
    return {
        "us_per_localisation": median("default"),
        "us_per_localisation_range": span(rounds["default"]),
        "preview_us_per_localisation": median("preview"),
        "preview_us_per_localisation_range": span(rounds.get("preview", [])),
        "magtrack_us_per_localisation": median("magtrack"),
        "magtrack_us_per_localisation_range": span(rounds["magtrack"]),
        "ratio_to_magtrack": statistics.median(ratios) if ratios else None,
        "ratio_to_magtrack_range": span(ratios),
        "preview_ratio_to_magtrack": statistics.median(previews) if previews else None,
        "two_core_gain": median("two threads"),
        "two_core_gain_range": span(rounds["two threads"]),
    }


def crowded_frames(
    images: ImageSet, beads: int, frames: int, rng: np.random.Generator
) -> tuple[Frames, NDArray[np.int32]]:
    """Return whole frames with a grid of beads that jitter, and the origins of the windows.

    Frames have the shape (frames, rows, columns), origins (beads, 2).

    Raises:
        ValueError: the beads do not fit.
    """
    side = images.window_px
    pitch = side + _SPACING_PX
    columns, rows = (size // pitch for size in _FRAME_PX[::-1])
    if beads > columns * rows:
        raise ValueError(f"{beads} beads of {side} px do not fit into {_FRAME_PX} px: at most {columns * rows} do")
    origins = np.array([[_SPACING_PX // 2 + pitch * (bead % columns), _SPACING_PX // 2 + pitch * (bead // columns)]
                        for bead in range(beads)], np.int32)  # fmt: skip
    stack = np.empty((frames, *_FRAME_PX), np.uint8)
    edge = _SPACING_PX // 2
    shape = (pitch, pitch)
    for frame in stack:
        light = np.ones(_FRAME_PX)
        for x, y in origins - edge:
            across = edge + (side - 1) / 2 + rng.uniform(-_JITTER_PX, _JITTER_PX, 2)
            z_nm = rng.uniform(images.planes_nm[1], images.planes_nm[-2])
            light[y : y + pitch, x : x + pitch] = bead_image(
                images.light, across[0], across[1], z_nm, shape, images.asymmetry
            )
        frame[:] = images.sensor.expose(light * images.background_electrons, rng)
    return stack, origins


def cut_out(stack: Frames, origins: NDArray[np.int32], side: int) -> Frames:
    """Return all windows of all frames, shape (frames * beads, side, side)."""
    return np.stack([frame[y : y + side, x : x + side] for frame in stack for x, y in origins])
