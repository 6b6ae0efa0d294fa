"""Runs the example of a day and keeps the pictures of its report: `python docs/images/draw_day.py [FOLDER]`.

With the FOLDER of a day that has been run, only its pictures are kept.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

HERE = Path(__file__).parent
EXAMPLE = HERE.parents[1] / "examples" / "a_day.py"
KEPT = ("screening", "calibration", "hats", "force-extension", "motion", "noise")
WIDTH_PX = 1100


def keep(report: Path) -> None:
    """Put the pictures of a report beside this script, smaller."""
    for name in KEPT:
        with Image.open(report / f"{name}.png") as picture:
            height_px = round(picture.height * WIDTH_PX / picture.width)
            small = picture.convert("RGB").resize((WIDTH_PX, height_px), Image.Resampling.LANCZOS)
            small.quantize(256, Image.Quantize.FASTOCTREE).save(HERE / f"day-{name}.png", optimize=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        keep(Path(sys.argv[1]) / "a-day")
    else:
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([sys.executable, str(EXAMPLE), folder], check=True)
            keep(Path(folder) / "a-day")
