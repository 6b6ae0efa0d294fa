"""Draws beads of the twin beside profiles of real ones: `python docs/images/draw_optics.py FOLDER`.

The folder has `field_of_beads.jpg` and `lut_150_planes.png` of https://github.com/jcnossen/qtrk, see
`bead-profiles.LICENSE.txt`. Neither tells the kind of bead or the size of a pixel: these, and the
index and the cone of light for the frame, are chosen here; only heights are fitted.
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


def field_profiles(folder: Path) -> tuple[Array, list[Array]]:
    """Return the radial profiles of three beads of the frame and their pictures, 1 is the background."""
    frame = np.asarray(Image.open(folder / "field_of_beads.jpg").convert("L"))
    origins = np.array(PLACES_PX, np.int32) - 40
    tracks, _ = track_stack(frame[None], origins, TrackerOptions(window_px=80))
    y, x = np.indices(frame.shape)
    profiles, crops = [], []
    for track in tracks[0]:
        x_px, y_px = track[column_index("x_px")], track[column_index("y_px")]
        radius = np.hypot(x - x_px, y - y_px)
        profile = np.array([frame[abs(radius - each) < 0.75].mean() for each in range(RADIUS_PX)])
        background = np.median(profile[-6:])
        left, top = round(x_px) - RADIUS_PX + 1, round(y_px) - RADIUS_PX + 1
        side = 2 * RADIUS_PX - 1
        profiles.append(profile / background)
        crops.append(frame[top : top + side, left : left + side] / background)
    return np.array(profiles), crops


def table_profiles(folder: Path) -> tuple[Array, list[Array]]:
    """Return three planes of the measured look-up table and what is drawn of them, round, 1 is the background."""
    table = np.asarray(Image.open(folder / "lut_150_planes.png").convert("L")).astype(float)
    planes = table[list(PLANES)] / table[0, -15:].mean()
    reach = planes.shape[1] - 1
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    return planes, [np.interp(np.hypot(x, y), np.arange(reach + 1), plane, right=1.0) for plane in planes]


def draw(folder: Path) -> None:
    """Draw measured pictures above ours at the fitted heights, and our profiles over those that were measured."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - only when a picture is drawn

    figure = Figure(figsize=(10.5, 7.6), layout="constrained")
    halves = figure.subfigures(2, 1, squeeze=False)[:, 0]
    for half, optics, (measured, crops), title in (
        (halves[0], FIELD, field_profiles(folder), "beads of a real frame"),
        (halves[1], MEASURED_TABLE, table_profiles(folder), "planes of a measured look-up table"),
    ):
        table = intensity_table(optics, lowest_nm=-13000, highest_nm=-300, radius_px=140, z_step_nm=100)
        radii_px = np.arange(measured.shape[1])
        heights_nm = np.arange(-12900, -400, 50.0)
        ours = np.array([table.at(z)(radii_px.astype(float)) for z in heights_nm])
        weights = (radii_px + 0.5) / (radii_px + 0.5).sum()
        left, right = half.subfigures(1, 2, squeeze=False, width_ratios=(1.05, 1))[0]
        pictures = left.subplots(2, 3)
        plot = right.subplots()
        for place, (profile, crop, colour) in enumerate(zip(measured, crops, COLOURS, strict=True)):
            errors = ((ours - profile) ** 2 @ weights) ** 0.5
            best = int(errors.argmin())
            z_nm, seen, rings = float(heights_nm[best]), ours[best] - 1, profile - 1
            strength, own = float((rings**2 @ weights) ** 0.5), float((seen**2 @ weights) ** 0.5)
            misfit, likeness = errors[best] / strength, seen * rings @ weights / (own * strength)
            shift = 1.2 * place
            plot.plot(radii_px, profile + shift, color=colour, label=f"{z_nm / 1000:.1f} µm: misfit {misfit:.0%}")
            plot.plot(radii_px, ours[best] + shift, "k--", linewidth=0.9)
            side = 2 * len(radii_px) - 1
            picture = bead_image(table, side / 2 - 0.5, side / 2 - 0.5, z_nm, (side, side))
            for axes, shown, name in zip(pictures[:, place], (crop, picture), ("measured", "twin"), strict=True):
                axes.imshow(shown, cmap="gray", vmin=0.2, vmax=1.8)
                axes.set_title(f"{name}, {z_nm / 1000:.1f} µm" if name == "twin" else name, fontsize=8, color=colour)
                axes.axis("off")
            print(title, place, z_nm, f"misfit {misfit:.3f}, likeness {likeness:.3f}, rms {own / strength:.3f}")  # noqa: T201
        plot.set_title(f"{title}: intensity, shifted by 1.2 each; twin dashed", fontsize=9)
        plot.set(xlabel="radius [px]" if title.startswith("beads") else "radius [samples]", yticks=[])
        plot.set_ylim(top=plot.get_ylim()[1] + 1.5)
        plot.legend(frameon=False, fontsize=7, loc="upper right")
    figure.savefig(HERE / "bead-profiles.png", dpi=90)


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
