"""The sets of simulated images on which the tracker is judged."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from beadline.simulation.optics import (
    SYMMETRIC,
    TYPICAL,
    Asymmetry,
    BeadOptics,
    IntensityTable,
    Sensor,
    bead_image,
    intensity_table,
    precision_bound,
)
from beadline.tracking import LookupTable, TrackerOptions, build_lookup_tables

Frames = NDArray[Any]
Places = NDArray[np.float64]

MARGIN_PX = 8
"""Room around a window, as beads are rarely at the edge of a frame."""
JITTER_PX = 1.5
"""A bead is at most so far from the middle of its window, along either axis."""
PLANE_NM, FRAMES_PER_PLANE = 100.0, 40
BACKGROUND_ADU, READ_NOISE_ELECTRONS = 130.0, 7.0
_TABLE_OFFSET_PX = (0.37, -0.21)
_BEYOND_NM, _REACH_PX = 900.0, 155.0
_MYONE, _M270 = BeadOptics(525.0, 1.60, 0.008), BeadOptics(1400.0, 1.57, 0.006)


@dataclass(frozen=True, eq=False)
class ImageSet:
    """A bead, a camera and a window.

    Attributes:
        name: of the set.
        light: what the bead looks like.
        window_px: side of the window [px].
        planes_nm: heights of the planes of its look-up table [nm], increasing, shape (planes,).
        sensor: the camera.
        background_electrons: light on a pixel away from the bead [electrons].
        asymmetry: of the bead.
    """

    name: str
    light: IntensityTable
    window_px: int
    planes_nm: NDArray[np.float64]
    sensor: Sensor
    background_electrons: float
    asymmetry: Asymmetry = SYMMETRIC

    @property
    def options(self) -> TrackerOptions:
        """How the tracker measures the set: with the defaults."""
        return TrackerOptions(window_px=self.window_px)

    @property
    def side_px(self) -> int:
        """Side of a frame that holds the window and its margin [px]."""
        return self.window_px + 2 * MARGIN_PX

    @property
    def middle_px(self) -> float:
        """Middle of the frame along either axis [px]."""
        return (self.side_px - 1) / 2

    @property
    def units_nm(self) -> NDArray[np.float64]:
        """What 1 of x, y and z is in nm, shape (3,)."""
        return np.array([self.light.pixel_size_nm, self.light.pixel_size_nm, 1.0])

    def places(self, count: int, rng: np.random.Generator) -> Places:
        """Return even random places of the bead in the frame: x, y [px] and z [nm], shape (count, 3).

        Heights leave out one plane at either end, and are at no plane.
        """
        across = self.middle_px + rng.uniform(-JITTER_PX, JITTER_PX, (count, 2))
        step = self.planes_nm[1] - self.planes_nm[0]
        plane = rng.integers(1, len(self.planes_nm) - 2, count)
        return np.column_stack((across, self.planes_nm[plane] + step * rng.uniform(0.02, 0.98, count)))

    def electrons(self, place: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the light on a frame with the bead at x, y, z, shape (side_px, side_px)."""
        x_px, y_px, z_nm = place
        shape = (self.side_px, self.side_px)
        return self.background_electrons * bead_image(self.light, x_px, y_px, z_nm, shape, self.asymmetry)

    def frames(self, places: Places, repeats: int, rng: np.random.Generator) -> Frames:
        """Return noisy frames, `repeats` of each place in turn, shape (places * repeats, side_px, side_px)."""
        each = [self.sensor.expose(np.repeat(self.electrons(place)[None], repeats, axis=0), rng) for place in places]
        return np.concatenate(each)

    def bounds_nm(self, places: Places) -> NDArray[np.float64]:
        """Return the least standard deviation of x, y and z from the pixels of the window [nm], shape (places, 3)."""
        shape = (self.window_px, self.window_px)
        found = [
            precision_bound(
                self.light,
                x - MARGIN_PX,
                y - MARGIN_PX,
                z,
                shape,
                self.sensor,
                self.background_electrons,
                self.asymmetry,
            )[:3]
            for x, y, z in places
        ]
        return np.array(found) * self.units_nm

    def windows(self, frames: Frames) -> Frames:
        """Return the windows of frames, shape (frames, window_px, window_px)."""
        return frames[:, MARGIN_PX:-MARGIN_PX, MARGIN_PX:-MARGIN_PX]

    @cached_property
    def sweep(self) -> Frames:
        """Windows of a sweep of the focus with the bead at one place, plane by plane; the same for the same set."""
        rng = np.random.default_rng(len(self.planes_nm))
        across = self.middle_px + np.array(_TABLE_OFFSET_PX)
        places = np.column_stack((np.broadcast_to(across, (len(self.planes_nm), 2)), self.planes_nm))
        light = [self.windows(self.electrons(place)[None]) for place in places]
        return np.concatenate([self.sensor.expose(np.repeat(each, FRAMES_PER_PLANE, axis=0), rng) for each in light])

    @property
    def plane_index(self) -> NDArray[np.int64]:
        """Plane of each frame of the sweep."""
        return np.repeat(np.arange(len(self.planes_nm)), FRAMES_PER_PLANE)

    @cached_property
    def lookup_table(self) -> LookupTable:
        """The look-up table that beadline builds from the sweep.

        Raises:
            RuntimeError: it refuses to.
        """
        optics = {"pixel_size_nm": self.light.pixel_size_nm}
        stack = np.ascontiguousarray(self.sweep[:, None])
        built = build_lookup_tables(stack, self.plane_index, self.planes_nm, self.options, optics, [0])
        if not built.tables:
            raise RuntimeError(f"The set {self.name!r} cannot be measured: {built.refused[0]}")
        return built.tables[0]


def camera(background_electrons: float) -> Sensor:
    """Return an 8-bit camera that is set so that the background reads 130 ADU and no ring is cut off."""
    return Sensor(background_electrons / BACKGROUND_ADU, READ_NOISE_ELECTRONS, 0.0)


def simulated_set(kind: str, background_electrons: float = 5500.0, asymmetry: Asymmetry = SYMMETRIC) -> ImageSet:
    """Return the set of a kind of bead: "MyOne" in 64 px or "M270" in 100 px, below the focal plane.

    The coma of an asymmetric bead is that of the ring at the edge of the window.

    Raises:
        ValueError: the kind is unknown.
    """
    kinds = {"MyOne": (_MYONE, 64, -7100.0, -1400.0), "M270": (_M270, 100, -11100.0, -2900.0)}
    if kind not in kinds:
        raise ValueError(f"There is no set of beads {kind!r}: choose one of {', '.join(kinds)}")
    optics, window_px, lowest, highest = kinds[kind]
    light = intensity_table(optics, lowest_nm=lowest - _BEYOND_NM, highest_nm=highest + _BEYOND_NM, radius_px=_REACH_PX)
    planes_nm = np.arange(lowest, highest + PLANE_NM / 2, PLANE_NM)
    if asymmetry != SYMMETRIC:
        asymmetry = replace(asymmetry, coma_radius_px=window_px / 2)
    name = f"{kind} {window_px} px {background_electrons:.0f} e{'' if asymmetry == SYMMETRIC else ' asymmetric'}"
    return ImageSet(name, light, window_px, planes_nm, camera(background_electrons), background_electrons, asymmetry)


def simulated_sets() -> Iterator[ImageSet]:
    """Yield the sets of the bench, the symmetric ones first."""
    for kind in ("MyOne", "M270"):
        for background in (5500.0, 500.0):
            yield simulated_set(kind, background)
    for kind in ("MyOne", "M270"):
        yield simulated_set(kind, 5500.0, TYPICAL)
