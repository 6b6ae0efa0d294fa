"""Draws beads of the twin beside profiles of real ones: `python docs/images/draw_optics.py FOLDER`.

The folder has `field_of_beads.jpg` and `lut_150_planes.png` of https://github.com/jcnossen/qtrk, see
`bead-profiles.LICENSE.txt`. Neither tells the kind of bead or the size of a pixel: what fits best is taken.
"""

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from beadline.simulation.optics import BeadOptics, bead_image, intensity_table
from beadline.tracking import TrackerOptions, track_stack
from beadline.tracks import column_index

HERE = Path(__file__).parent
Array = NDArray[np.float64]
COLOURS = ("#0072B2", "#D55E00", "#009E73")
FIELD = BeadOptics(1400.0, 1.68, 0.006, condenser_angle_rad=0.18, pixel_size_nm=140.0)
MEASURED_TABLE = BeadOptics(1400.0, 1.57, 0.006, pixel_size_nm=78.0)
PLACES_PX, PLANES, RADIUS_PX = ((664, 404), (766, 897), (607, 319)), (10, 75, 140), 36


def field_profiles(folder: Path) -> Array:
    """Return the radial profiles of three beads of the frame, 1 is the background."""
    frame = np.asarray(Image.open(folder / "field_of_beads.jpg").convert("L"))
    origins = np.array(PLACES_PX, np.int32) - 40
    tracks, _ = track_stack(frame[None], origins, TrackerOptions(window_px=80))
    y, x = np.indices(frame.shape)
    profiles = []
    for track in tracks[0]:
        radius = np.hypot(x - track[column_index("x_px")], y - track[column_index("y_px")])
        profiles.append([frame[abs(radius - each) < 0.75].mean() for each in range(RADIUS_PX)])
    profiles = np.array(profiles)
    return profiles / np.median(profiles[:, -6:], axis=1, keepdims=True)


def table_profiles(folder: Path) -> Array:
    """Return three planes of the measured look-up table, 1 is the background."""
    table = np.asarray(Image.open(folder / "lut_150_planes.png").convert("L")).astype(float)
    return table[list(PLANES)] / table[0, -15:].mean()


def draw(folder: Path) -> None:
    """Draw our pictures at the fitted heights, and our profiles over those that were measured."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - only when a picture is drawn

    figure = Figure(figsize=(9.5, 6.4), layout="constrained")
    for row, (optics, measured, title) in enumerate(
        (
            (FIELD, field_profiles(folder), "beads of a real frame"),
            (MEASURED_TABLE, table_profiles(folder), "planes of a measured look-up table"),
        )
    ):
        table = intensity_table(optics, lowest_nm=-13000, highest_nm=-300, radius_px=140, z_step_nm=100)
        radii_px = np.arange(measured.shape[1])
        heights_nm = np.arange(-12900, -400, 50.0)
        ours = np.array([table.at(z)(radii_px.astype(float)) for z in heights_nm])
        weights = np.sqrt(radii_px + 0.5)
        plot = figure.add_subplot(2, 2, 2 * row + 2)
        for place, (profile, colour) in enumerate(zip(measured, COLOURS, strict=True)):
            error = (((ours - profile) * weights) ** 2).sum(axis=1) / (weights**2).sum()
            best = int(error.argmin())
            rms, z_nm = float(np.sqrt(error[best])), float(heights_nm[best])
            shift = 1.2 * place
            plot.plot(radii_px, profile + shift, color=colour, label=f"{z_nm / 1000:.1f} µm, difference {rms:.2f} rms")
            plot.plot(radii_px, ours[best] + shift, "k--", linewidth=0.9)
            axes = figure.add_subplot(2, 6, 6 * row + place + 1)
            side = 2 * len(radii_px) - 1
            picture = bead_image(table, side / 2 - 0.5, side / 2 - 0.5, z_nm, (side, side))
            axes.imshow(picture, cmap="gray", vmin=0.2, vmax=1.8)
            axes.set_title(f"twin, {z_nm / 1000:.1f} µm", fontsize=8, color=colour)
            axes.axis("off")
            print(title, place, z_nm, round(rms, 3))  # noqa: T201 - for the text beside the picture
        plot.set_title(f"{title}: intensity, shifted by 1.2 each", fontsize=9)
        plot.set(xlabel="radius [px]", yticks=[])
        plot.set_ylim(top=plot.get_ylim()[1] + 1.5)
        plot.legend(frameon=False, fontsize=7, loc="upper right")
    figure.savefig(HERE / "bead-profiles.png", dpi=90)


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
