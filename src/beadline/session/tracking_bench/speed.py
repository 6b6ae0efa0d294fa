"""How fast the tracker is: CPU time per localisation in interleaved rounds."""

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from beadline.tracking import LookupTable, Tracker, TrackerOptions, track_stack
from beadline.tracks import FLAG_DTYPE, empty_tracks

from .crowded_frames import crowded_frames, cut_out
from .image_sets import Frames, ImageSet
from .magtrack_process import MagTrack

ROUNDS = 9
_LEAST_S = 0.1


def bench_speed(
    images: ImageSet,
    beads: int,
    frames: int,
    rng: np.random.Generator,
    magtrack: MagTrack | None,
    rounds: int = ROUNDS,
) -> dict[str, Any]:
    """Track beads in whole frames in rounds: default, preview, frame by frame, two threads, MagTrack.

    Times are CPU times [µs] per localisation, without the preparation of the look-up tables, which a run does once;
    each bead has one of its own. The gain of two threads is a ratio of wall-clock times and shows only while a second
    core is free.
    """
    stack, origins = crowded_frames(images, beads, frames, rng)
    tables = [replace(images.lookup_table, bead_id=bead) for bead in range(beads)]
    work = _Work(stack, origins, images.options, tables)
    peer = None if magtrack is None else magtrack.rounds_of(images, cut_out(stack, origins, images.window_px))
    found: dict[str, list[float]] = {}
    for number in range(rounds + 1):
        figures = dict(work.round())
        if peer is not None:
            figures["magtrack"] = peer.us_per_localisation()
        if number:  # the first round compiles, and finds memory cold
            for name, value in figures.items():
                found.setdefault(name, []).append(value)
    return {"roi_px": images.window_px, "beads": beads, "frames": frames, "rounds": rounds, **_summary(found)}


@dataclass(frozen=True, eq=False)
class _Work:
    """Beads to track in frames."""

    stack: Frames
    origins: NDArray[np.int32]
    options: TrackerOptions
    tables: list[LookupTable]

    def round(self) -> Iterator[tuple[str, float]]:
        """Yield the figures of one round: µs per localisation, µs to prepare a table, and the gain of two threads."""
        count, beads = len(self.stack) * len(self.origins), len(self.origins)
        prepared_s = _spent_s(lambda: self._tracker(self.options), time.process_time)
        yield "prepare", 1e6 / beads * prepared_s
        yield "default", 1e6 / count * (_spent_s(lambda: self._track(self.options), time.process_time) - prepared_s)
        preview = replace(self.options, polish=False)
        prepared_s = _spent_s(lambda: self._tracker(preview), time.process_time)
        yield "preview", 1e6 / count * (_spent_s(lambda: self._track(preview), time.process_time) - prepared_s)
        tracker = self._tracker(self.options)
        yield "frame by frame", 1e6 / count * _spent_s(lambda: self._frame_by_frame(tracker), time.process_time)
        alone_s, both_s = (_spent_s(partial(self._track_on, threads), time.perf_counter) for threads in (1, 2))
        yield "two threads", alone_s / both_s

    def _tracker(self, options: TrackerOptions) -> Tracker:
        return Tracker(options, len(self.origins), self.tables)

    def _track(self, options: TrackerOptions) -> None:
        track_stack(self.stack, self.origins, options, self.tables)

    @cached_property
    def _on_threads(self) -> dict[int, Tracker]:
        """Trackers for one thread and for two, which keep their threads and memory from round to round as in a run."""
        return {n: Tracker(self.options, len(self.origins), self.tables, threads=n) for n in (1, 2)}

    def _track_on(self, threads: int) -> None:
        tracks = empty_tracks(len(self.stack), len(self.origins))
        self._on_threads[threads].track_frames(self.stack, self.origins, tracks, np.zeros(tracks.shape[:2], FLAG_DTYPE))

    def _frame_by_frame(self, tracker: Tracker) -> None:
        tracks, flags = empty_tracks(len(self.origins)), np.zeros(len(self.origins), FLAG_DTYPE)
        for frame in self.stack:
            tracker.track(frame, self.origins, tracks, flags)


def _spent_s(run: Callable[[], object], clock: Callable[[], float]) -> float:
    """Return the time of a run, the mean of as many as take 0.1 s."""
    began, runs = clock(), 0
    while runs == 0 or clock() - began < _LEAST_S:
        run()
        runs += 1
    return (clock() - began) / runs


def _summary(rounds: dict[str, list[float]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, key in (
        ("default", "us_per_localisation"),
        ("preview", "preview_us_per_localisation"),
        ("frame by frame", "frame_by_frame_us_per_localisation"),
        ("magtrack", "magtrack_us_per_localisation"),
        ("prepare", "prepare_us_per_table"),
        ("two threads", "two_core_gain"),
    ):
        found |= _median_and_range(key, rounds.get(name, []))
    for name, key in (("default", "ratio_to_magtrack"), ("preview", "preview_ratio_to_magtrack")):
        pairs = zip(rounds.get(name, []), rounds.get("magtrack", []), strict=False)
        found |= _median_and_range(key, [theirs / ours for ours, theirs in pairs])
    return found


def _median_and_range(key: str, values: list[float]) -> dict[str, Any]:
    """Return both, None if it was not measured."""
    if not values:
        return {key: None, f"{key}_range": None}
    return {key: statistics.median(values), f"{key}_range": [min(values), max(values)]}
