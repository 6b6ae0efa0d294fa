"""Compiled loops for beads that are not round and for light that is not even.

They call no loop of another file, as a cached binary does not notice a change there.
"""

# pyright: reportMissingParameterType=false
# The types of compiled functions are their signatures, at the end.

import math
from typing import Any

import numpy as np
from numba import njit, types

_FAST = {"nogil": True, "cache": True, "error_model": "numpy", "fastmath": True}
SHAPE_COLUMNS = 8
_LEAST_LIGHT = np.float32(1e-6)


@njit(**_FAST)
def add_shaped_rings(signal, beads, shapes, table, samples_per_px, radius_px, work):
    """Add the relative intensity of each bead, less 1, to a picture; its rings are not circles.

    The picture is that of `optics.Asymmetry` to first order in its contrast.

    Args:
        signal: relative intensity, 0 is the background, shape (rows, columns).
        beads: x [px], y [px] and place in the table [planes] of each bead, shape (beads, 3).
        shapes: of each bead: ellipse along x and along the diagonal, displacement of rings along x and y [1/px],
            contrast along x and y, square of its radius [px²], strength, shape (beads, 8).
        table: relative intensity less 1, shape (planes, radii), 0 at the last radii.
        samples_per_px: radii per pixel.
        radius_px: of the disc a bead is drawn in [px].
        work: work space, shape (2, radii).
    """
    last = np.int64(table.shape[1] - 2)
    half, two, three = np.float32(0.5), np.float32(2), np.float32(3)
    profile, powers = work[0], work[1]
    for b in range(beads.shape[0]):
        plane = np.int64(math.floor(beads[b, 2]))
        if plane < 1 or plane + 2 >= table.shape[0]:
            continue
        f = beads[b, 2] - np.float32(plane)
        f2, f3 = f * f, f * f * f
        w0, w1 = half * (-f3 + two * f2 - f), half * (three * f3 - np.float32(5) * f2 + two)
        w2, w3 = half * (-three * f3 + np.float32(4) * f2 + f), half * (f3 - f2)
        strength = shapes[b, 7]
        for k in range(profile.shape[0]):
            ring = w0 * table[plane - 1, k] + w1 * table[plane, k] + w2 * table[plane + 1, k] + w3 * table[plane + 2, k]
            light = max(np.float32(1) + strength * ring, _LEAST_LIGHT)
            profile[k] = light - np.float32(1)
            powers[k] = light * math.log(light)
        x, y = beads[b, 0], beads[b, 1]
        e_x, e_y, c_x, c_y = shapes[b, 0], shapes[b, 1], shapes[b, 2], shapes[b, 3]
        s_x, s_y, square = shapes[b, 4], shapes[b, 5], shapes[b, 6]
        top, bottom = np.int64(math.ceil(y - radius_px)), np.int64(math.floor(y + radius_px))
        for row in range(max(top, 0), min(bottom + 1, signal.shape[0])):
            dy = np.float32(row) - y
            wide = math.sqrt(max(radius_px * radius_px - dy * dy, np.float32(0)))
            left, right = np.int64(math.ceil(x - wide)), np.int64(math.floor(x + wide))
            line = signal[row]
            for column in range(max(left, 0), min(right + 1, signal.shape[1])):
                dx = np.float32(column) - x
                r2 = dx * dx + dy * dy
                seen_x = dx + e_x * dx + e_y * dy - c_x * r2
                seen_y = dy + e_y * dx - e_x * dy - c_y * r2
                place = math.sqrt(seen_x * seen_x + seen_y * seen_y) * samples_per_px
                at = np.uint32(min(np.int32(place), np.int32(last)))
                part = min(place - np.float32(at), np.float32(1))
                after = at + np.uint32(1)
                side = (s_x * dx + s_y * dy) / math.sqrt(r2 + square)
                light = profile[at] + part * (profile[after] - profile[at])
                line[column] += light + side * (powers[at] + part * (powers[after] - powers[at]))


@njit(**_FAST)
def shade(signal, field):
    """Multiply a picture, of which 0 is the background, by a field of light, of which 1 is the average."""
    for row in range(signal.shape[0]):
        line, light = signal[row], field[row]
        for column in range(signal.shape[1]):
            line[column] = (np.float32(1) + line[column]) * light[column] - np.float32(1)


_f4 = types.float32
_A = types.Array(_f4, 2, "A")
_SIGNATURES: tuple[tuple[Any, tuple[Any, ...]], ...] = (
    (add_shaped_rings, (_f4[:, ::1], _f4[:, ::1], _f4[:, ::1], _f4[:, ::1], _f4, _f4, _f4[:, ::1])),
    (shade, (_f4[:, ::1], _A)),
)


def compile_shape_kernels() -> None:
    """Compile all loops, or load them from the cache."""
    for kernel, signature in _SIGNATURES:
        kernel.compile(signature)
