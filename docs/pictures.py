"""Draws the pictures of "How positions and heights are found" from the simulation: `python docs/pictures.py`."""

import io
from functools import cache
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image as Picture
from scipy.interpolate import CubicSpline

from beadline.simulation.optics import (
    SYMMETRIC,
    TYPICAL,
    Asymmetry,
    BeadOptics,
    IntensityTable,
    Sensor,
    bead_image,
    intensity_table,
)
from beadline.tracking import LookupTable, TrackerOptions, build_lookup_tables, track_stack
from beadline.tracks import Flag, column_index

IMAGES = Path(__file__).parent / "images"
SIDE, BACKGROUND_ELECTRONS = 64, 5500.0
HEIGHTS_NM = np.arange(-6000.0, -1999.0, 100.0)
SHOWN_NM = (-2500.0, -4000.0, -5500.0)
SENSOR = Sensor(BACKGROUND_ELECTRONS / 130, 7.0, 0.0)
Image = NDArray[np.float64]


@cache
def light() -> IntensityTable:
    """Return the light of the bead in all pictures, which takes seconds to compute."""
    return intensity_table(BeadOptics(525.0, 1.60, 0.008), lowest_nm=-6900, highest_nm=-1100, radius_px=155)


def bead(z_nm: float, x_px: float = 31.5, y_px: float = 31.5, asymmetry: Asymmetry = SYMMETRIC) -> Image:
    """Return the light of one bead, 1 far away from it."""
    return bead_image(light(), x_px, y_px, z_nm, (SIDE, SIDE), asymmetry)


def photographs(light: Image, count: int, rng: np.random.Generator) -> NDArray[np.unsignedinteger]:
    """Return noisy pictures."""
    return SENSOR.expose(np.repeat(light[None] * BACKGROUND_ELECTRONS, count, axis=0), rng)


def lookup_table(rng: np.random.Generator) -> LookupTable:
    """Return the table beadline builds from a sweep of the focus."""
    stack = np.concatenate([photographs(bead(z, 31.8, 31.3), 10, rng) for z in HEIGHTS_NM])
    planes = np.repeat(np.arange(len(HEIGHTS_NM)), 10)
    return build_lookup_tables(
        stack[:, None], planes, HEIGHTS_NM, TrackerOptions(), {"pixel_size_nm": 112.0}, [0]
    ).tables[0]


def draw_profiles(table: LookupTable, rng: np.random.Generator) -> None:
    """Draw windows at some heights, their radial profiles, and the look-up table that has them all."""
    figure = plt.figure(figsize=(8, 5.2), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=(1, 1.35))
    windows = above.subplots(1, len(SHOWN_NM))
    profiles, planes = below.subplots(1, 2)
    radius_px = np.arange(table.profiles.shape[1])
    for axes, z_nm, colour in zip(windows, SHOWN_NM, ("tab:blue", "tab:orange", "tab:green"), strict=True):
        axes.imshow(photographs(bead(z_nm), 1, rng)[0], cmap="gray", vmin=20, vmax=220)
        axes.set_title(f"{z_nm / 1000:.1f} µm", color=colour)
        axes.axis("off")
        profiles.plot(radius_px, table.profiles[np.abs(table.z_nm - z_nm).argmin()], colour)
        planes.axhline(z_nm / 1000, color=colour)
    profiles.set(xlabel="radius [px]", ylabel="intensity, the background is 0", xlim=(0, 40), title="radial profiles")
    extent = (-0.5, radius_px[-1] + 0.5, table.z_nm[0] / 1000, table.z_nm[-1] / 1000)
    planes.imshow(table.profiles, cmap="gray", origin="lower", aspect="auto", extent=extent, vmin=-0.8, vmax=0.8)
    planes.set(xlabel="radius [px]", ylabel="height [µm]", xlim=(0, 40), title="look-up table")
    save(figure, "profiles.png")


def draw_residuals(table: LookupTable, rng: np.random.Generator) -> None:
    """Draw some windows, the model that fits best, and what is left in units of the noise."""
    z_nm = -4030.0
    cases = {
        "the bead of the table": bead(z_nm, 32.1, 30.7),
        "another bead 42 px away": bead(z_nm, 32.1, 30.7) + bead(-3000.0, 71.0, 47.0) - 1,
        "another bead than in the table": bead(z_nm, 32.1, 30.7, TYPICAL),
    }
    figure, rows = plt.subplots(len(cases), 3, figsize=(6.4, 6.4), layout="constrained")
    for (name, light), axes in zip(cases.items(), rows, strict=True):
        frame = photographs(light, 1, rng)
        tracks, flags = track_stack(frame, np.zeros((1, 2), np.int32), tables=[table])
        track, flag = tracks[0, 0], Flag(int(flags[0, 0]))
        fitted = model(table, track)
        noise = np.sqrt(
            fitted / SENSOR.electrons_per_adu + (SENSOR.read_noise_electrons / SENSOR.electrons_per_adu) ** 2
        )
        for image, each in zip((frame[0], fitted), axes, strict=False):
            each.imshow(image, cmap="gray", vmin=20, vmax=220)
        shown = axes[2].imshow((frame[0] - fitted) / noise, cmap="RdBu_r", vmin=-8, vmax=8)
        axes[0].set_ylabel(name, fontsize=8)
        says = ", ".join(each.name for each in Flag if each in flag) or "no flag"
        axes[2].set_xlabel(f"chi2 {track[column_index('chi2')]:.1f}, {says}", fontsize=8)
        for each in axes:
            each.set(xticks=[], yticks=[])
    for axes, title in zip(rows[0], ("window", "model", "difference over noise"), strict=True):
        axes.set_title(title, fontsize=10)
    figure.colorbar(shown, ax=rows[:, 2], shrink=0.6)
    save(figure, "residuals.png")


def model(table: LookupTable, track: NDArray[np.float32]) -> Image:
    """Return the pixels that a track stands for [ADU]."""
    x_px, y_px, z_nm, gain, background = (
        float(track[column_index(name)]) for name in ("x_px", "y_px", "z_nm", "gain", "background_adu")
    )
    rows, columns = np.indices((SIDE, SIDE))
    profile = CubicSpline(table.z_nm, table.profiles)(z_nm)
    rings = CubicSpline(np.arange(len(profile)), profile)(np.hypot(columns - x_px, rows - y_px))
    return background + gain * table.quality["background_adu"] * rings


def save(figure: Figure, name: str) -> None:
    """Keep a figure in a small file."""
    room = io.BytesIO()
    figure.savefig(room, dpi=90)
    Picture.open(room).convert("RGB").quantize(256).save(IMAGES / name, optimize=True)


if __name__ == "__main__":
    generator = np.random.default_rng(1)
    made = lookup_table(generator)
    draw_profiles(made, generator)
    draw_residuals(made, generator)
