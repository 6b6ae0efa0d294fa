"""What a run says about its beads, as arrays: positions frame by frame, and the steps it was made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from beadline.analysis import subtract_references
from beadline.catalogue import Catalogue
from beadline.documents import Document
from beadline.tracks import Flag, valid

Floats = NDArray[np.float64]

DIRECTIONS = ("x", "y", "z")
LONGEST_GAP = 1000
"""So many rows a gap has at most: what looks for gaps sees them, and a pause of an hour does not fill the memory."""


@dataclass(frozen=True)
class RunDocuments:
    """The documents of a run, by what they are for.

    Attributes:
        start: the start document.
        stop: the stop document; empty while the run goes on.
        events: data of the events of each stream, in their order.
        configuration: of all devices, by key; of the first descriptor that has it.
    """

    start: Mapping[str, Any]
    stop: Mapping[str, Any]
    events: Mapping[str, Sequence[Mapping[str, Any]]]
    configuration: Mapping[str, Any]

    @classmethod
    def of(cls, documents: Sequence[Document]) -> "RunDocuments":
        """Sort the documents of a run."""
        start: Mapping[str, Any] = {}
        stop: Mapping[str, Any] = {}
        streams: dict[str, str] = {}
        events: dict[str, list[Mapping[str, Any]]] = {}
        configuration: dict[str, Any] = {}
        for kind, document in documents:
            match kind:
                case "start":
                    start = document
                case "stop":
                    stop = document
                case "descriptor":
                    streams[document["uid"]] = document["name"]
                    for device in document.get("configuration", {}).values():
                        configuration = {**device["data"], **configuration}
                case "event":
                    events.setdefault(streams[document["descriptor"]], []).append(document["data"])
        return cls(start, stop, events, configuration)

    @property
    def plan(self) -> str:
        """Name of its plan."""
        return str(self.start.get("plan_name", ""))

    def column(self, stream: str, key: str) -> Floats:
        """Return one number of each event of a stream, shape (events,)."""
        return np.array([float(event[key]) for event in self.events.get(stream, ())], dtype=np.float64)

    def has(self, stream: str, key: str) -> bool:
        """Whether the events of a stream have a number."""
        return any(key in event for event in self.events.get(stream, ()))


@dataclass(frozen=True)
class RunTracks:
    """Positions of the beads of a run; NaN where a track is not fit for averages, and where frames are missing.

    Rows are frames of consecutive ids: one that is missing, by a pause or because it was dropped, has a row of NaN, so
    that nothing is computed across the gap as if its ends were neighbours. A longer gap than `LONGEST_GAP` has as many.

    Attributes:
        documents: of the run.
        frame_id: of the frames, shape (frames,).
        time_s: of the frames since the first, shape (frames,) [s].
        beads: their ids.
        roles: their roles.
        positions_nm: by direction, x, y, z, shape (frames, beads) [nm].
        noise_nm: what the pixels alone make of the error of x and y, shape (beads,) [nm].
        beyond_table: whether its height was outside the look-up table, shape (frames, beads).
        lateral_unit: of x, y and their noise: "px" where the size of a pixel is not known.
    """

    documents: RunDocuments
    frame_id: NDArray[np.int64]
    time_s: Floats
    beads: tuple[int, ...]
    roles: tuple[str, ...]
    positions_nm: Mapping[str, Floats]
    noise_nm: Floats
    beyond_table: NDArray[np.bool_]
    lateral_unit: str = "nm"

    @classmethod
    def read(cls, catalogue: Catalogue, run: Any) -> "RunTracks":
        """Read a run.

        Raises:
            FileNotFoundError: it has no tracks.
            ValueError: no frame was tracked.
        """
        dataset = catalogue.tracks_dataset(run)
        which = f"run {dataset.attrs['scan_id']} ({dataset.attrs['uid'][:8]})"
        if not dataset.sizes["time"]:
            raise ValueError(f"Cannot draw {which}: it has no tracked frame yet")
        pixel_nm = float(dataset.attrs["pixel_size_nm"])
        lateral, pixel_nm = ("nm", pixel_nm) if np.isfinite(pixel_nm) else ("px", 1.0)
        tracks = dataset["tracks"].where(valid(dataset["flags"].values)[..., None])
        columns = {"x": f"x_{lateral}", "y": f"y_{lateral}", "z": "z_nm"}
        positions = {
            name: np.asarray(tracks.sel(column=each).values, dtype=np.float64) for name, each in columns.items()
        }
        ids, rows = without_jumps(dataset["frame_id"].values.astype(np.int64))
        beyond = np.zeros((len(ids), dataset.sizes["bead"]), bool)
        beyond[rows] = (dataset["flags"].values & np.uint16(Flag.Z_RANGE)) > 0
        sigma = tracks.sel(column=["sigma_x_px", "sigma_y_px"]).values.astype(np.float64)
        return cls(
            RunDocuments.of(catalogue.documents(run)),
            ids,
            np.interp(ids, ids[rows], dataset["time"].values.astype(np.float64)),
            tuple(int(bead) for bead in dataset["bead"].values),
            tuple(str(role) for role in dataset["role"].values),
            {name: _spread(each, rows, len(ids)) for name, each in positions.items()},
            pixel_nm * np.sqrt(_mean_over_frames(sigma**2).mean(axis=-1)),
            beyond,
            lateral,
        )

    @property
    def frame_s(self) -> float:
        """Time from frame to frame [s], by the camera's clock."""
        return float(self.time_s[-1] / (self.frame_id[-1] - self.frame_id[0])) if len(self.frame_id) > 1 else np.nan

    @property
    def exposure_s(self) -> float | None:
        """Exposure of a frame [s], as the camera was set; None if the run does not say."""
        found = [value for key, value in self.documents.configuration.items() if key.endswith("-exposure_s")]
        return float(found[0]) if found else None

    @property
    def tables(self) -> dict[int, str]:
        """SHA-256 of the look-up table of each bead that has one."""
        found = [value for key, value in self.documents.configuration.items() if key.endswith("-lookup_tables")]
        hashes = [str(each) for each in found[0]] if found else []
        return {bead: each for bead, each in zip(self.beads, hashes, strict=False) if each}

    def places(self, role: str) -> NDArray[np.int64]:
        """Return which places of the beads have a role."""
        return np.flatnonzero([each == role for each in self.roles])

    @property
    def without_drift(self) -> bool:
        """Whether a stuck bead tells how the heights drift."""
        return bool(np.isfinite(self.positions_nm["z"][:, self.places("reference")]).any())

    @cached_property
    def level_nm(self) -> Floats:
        """Heights over the mean height of the stuck beads, shape (frames, beads) [nm].

        So drift cancels, that between two runs too. Without a stuck bead these are heights over the focal plane.
        """
        heights = self.positions_nm["z"]
        if not self.without_drift:
            return heights
        references = heights[:, self.places("reference")]
        references = references[:, np.isfinite(references).any(axis=0)]
        without = subtract_references(heights, references, self.frame_s)
        return without.corrected_nm - without.weights @ np.nanmean(references, axis=0)

    def steady_nm(self, direction: str) -> Floats:
        """Return x or y without the motion that all stuck beads share, shape (frames, beads) [nm]."""
        stuck = self.places("reference")
        positions = self.positions_nm[direction]
        seen = np.isfinite(positions[:, stuck]).any(axis=0)
        if not seen.any():
            return positions
        return subtract_references(positions, positions[:, stuck[seen]], self.frame_s).corrected_nm

    @property
    def steady_noise_nm(self) -> Floats:
        """Error of x and y by the pixels [nm], with that of the stuck beads `steady_nm` takes along, shape (beads,)."""
        stuck = self.noise_nm[self.places("reference")]
        stuck = stuck[np.isfinite(stuck)]
        return np.hypot(self.noise_nm, np.sqrt(np.sum(stuck**2)) / len(stuck)) if len(stuck) else self.noise_nm

    def steps(self) -> list[slice]:
        """Return the frames of each step of the run; of a run without steps, all frames."""
        first, last = (self.documents.column("steps", f"step-{name}_frame") for name in ("first", "last"))
        if not len(first):
            return [slice(0, len(self.frame_id))]
        return [
            slice(int(low), int(high))
            for low, high in zip(
                np.searchsorted(self.frame_id, first), np.searchsorted(self.frame_id, last, side="right"), strict=True
            )
        ]


def without_jumps(frame_id: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return ids with those between that are missing, at most `LONGEST_GAP` of each gap, and the rows of the first.

    Args:
        frame_id: of the frames, shape (frames,).
    """
    missing = np.clip(np.diff(frame_id) - 1, 0, LONGEST_GAP)
    rows = np.arange(len(frame_id)) + np.concatenate(([0], np.cumsum(missing)))
    ids = np.repeat(frame_id, np.append(missing + 1, 1))
    return ids + np.arange(len(ids)) - np.repeat(rows, np.append(missing + 1, 1)), rows


def _spread(values: Floats, rows: NDArray[np.int64], number: int) -> Floats:
    """Return values in their rows among others that are NaN, shape (number, …)."""
    spread = np.full((number, *values.shape[1:]), np.nan)
    spread[rows] = values
    return spread


def _mean_over_frames(values: Floats) -> Floats:
    """Return means over the first axis; NaN, and no warning, where there is no value."""
    seen = np.isfinite(values)
    number = seen.sum(axis=0)
    return np.where(number > 0, np.where(seen, values, 0.0).sum(axis=0) / np.maximum(number, 1), np.nan)
