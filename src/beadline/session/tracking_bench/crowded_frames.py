"""Whole frames full of beads, as a camera delivers them."""

import numpy as np
from numpy.typing import NDArray

from beadline.simulation.optics import bead_image

from .image_sets import Frames, ImageSet

_FRAME_PX, _SPACING_PX, _JITTER_PX = (1024, 1280), 20, 2.0


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
