"""Where the gradients of a picture point to or from a common centre, whatever the contrast of the rings."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from .patches import patches

Float32 = NDArray[np.float32]

_ROUNDING_ADU = 0.29
_SMOOTHING_PX = 1.0


def pixel_noise(image: NDArray[np.number]) -> float:
    """Estimate the standard deviation of the noise of a pixel [ADU] from the finest differences.

    Their median is not moved by beads, however crowded the field is. At least the rounding to whole numbers is assumed.
    One pair of rows in three is looked at.
    """
    rows = len(image) // 2 * 2
    below = image[1:rows:6].astype(np.float32) - image[0:rows:6].astype(np.float32)
    finest = np.abs(below[:, 1:] - below[:, :-1]).ravel()
    middle = finest.size // 2
    return max(1.4826 * float(np.partition(finest, middle)[middle]) / 2, _ROUNDING_ADU)


def halved(image: NDArray[np.unsignedinteger]) -> Float32:
    """Return the picture with the mean of four pixels in each; an odd last row or column is left out."""
    rows, columns = image.shape[0] // 2 * 2, image.shape[1] // 2 * 2
    pairs = np.add(image[0:rows:2, :columns], image[1:rows:2, :columns], dtype=np.uint32)
    return (pairs[:, ::2] + pairs[:, 1::2]).astype(np.float32) / np.float32(4)


def gradients(image: Float32) -> tuple[Float32, Float32]:
    """Return the gradients of the smoothed picture along x and along y, 0 at its edges."""
    smooth = np.asarray(ndimage.gaussian_filter(image, _SMOOTHING_PX, truncate=3), np.float32)
    along_x, along_y = np.zeros_like(smooth), np.zeros_like(smooth)
    along_x[:, 1:-1] = (smooth[:, 2:] - smooth[:, :-2]) / 2
    along_y[1:-1] = (smooth[2:] - smooth[:-2]) / 2
    return along_x, along_y


def spread_around(image: Float32, side_px: float) -> Float32:
    """Return the standard deviation in a square around each pixel."""
    side = round(side_px) | 1
    level = image - image.mean()
    mean, squares = (ndimage.uniform_filter(each, side) for each in (level, level * level))
    return np.sqrt(np.maximum(squares - mean * mean, 0))


def radial_alignment(
    along_x: Float32, along_y: Float32, radii_px: Sequence[float], noise: float
) -> list[tuple[Float32, Float32]]:
    """Return how radial the gradients around each pixel are, and how strong compared with the noise.

    Every gradient within a radius votes with its squared component along the line to the pixel, weighted with
    the inverse of its distance.

    Args:
        along_x: gradients from `gradients`, shape (rows, columns).
        along_y: the same along y.
        radii_px: radii of the discs that are looked at [px].
        noise: standard deviation of the noise of a pixel of the picture.

    Returns:
        For each radius: the radial share of the squared gradients, 0.5 for no order and 1 for a ring around the pixel,
        and their sum in units of the sum that noise alone would give; both of the shape of the picture.
    """
    rows, columns = along_x.shape
    reach = int(np.ceil(max(radii_px)))
    shape = (fft.next_fast_len(rows + reach, real=True), fft.next_fast_len(columns + reach, real=True))
    xx, xy, yy = (fft.rfft2(each, shape) for each in (along_x * along_x, along_x * along_y, along_y * along_y))
    maps: list[tuple[Float32, Float32]] = []
    for radius_px in radii_px:
        radially, all_round, total = _patterns(shape, radius_px)
        radial = np.asarray(fft.irfft2(xx * radially[0] + xy * radially[1] + yy * radially[2], shape))[:rows, :columns]
        energy = np.asarray(fft.irfft2((xx + yy) * all_round, shape))[:rows, :columns]
        random = _of_noise(noise) * total
        share = (radial + random / 4) / (np.maximum(energy, 0) + random / 2)
        maps.append((share.astype(np.float32), (energy / random).astype(np.float32)))
    return maps


def alignment_at(
    along_x: Float32, along_y: Float32, x_px: NDArray[Any], y_px: NDArray[Any], radius_px: float, noise: float
) -> NDArray[np.float64]:
    """Return the same share as `radial_alignment` at some places only, which need not be at a pixel.

    Args:
        along_x: gradients, shape (rows, columns).
        along_y: the same along y.
        x_px: the places along a row [px], shape (places,).
        y_px: the same along a column [px].
        radius_px: radius of the disc that is looked at [px].
        noise: standard deviation of the noise of a pixel of the picture.
    """
    reach = int(np.ceil(radius_px))
    column, row = np.rint(x_px).astype(np.int64), np.rint(y_px).astype(np.int64)
    by_x, by_y = (patches(each, column - reach, row - reach, 2 * reach + 1) for each in (along_x, along_y))
    v, u = (axis.ravel() for axis in np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32))
    off_x, off_y = ((place - pixel).astype(np.float32)[:, None] for place, pixel in ((x_px, column), (y_px, row)))
    right, down = u - off_x, v - off_y
    distance = np.sqrt(np.maximum(right * right + down * down, np.float32(1e-6)))
    weight = np.where((distance <= radius_px) & (distance > 0.5), 1 / distance, np.float32(0))
    radial = (weight * ((by_x * right + by_y * down) / distance) ** 2).sum(axis=1)
    energy = (weight * (by_x**2 + by_y**2)).sum(axis=1)
    random = _of_noise(noise) * weight.sum(axis=1)
    return ((radial + random / 4) / (energy + random / 2)).astype(np.float64)


def _of_noise(noise: float) -> float:
    """Return the variance of both central differences of white noise after a Gaussian of 1 px."""
    return noise**2 * (1 - np.exp(-1)) / (4 * np.pi)


@lru_cache(maxsize=4)
def _patterns(shape: tuple[int, int], radius_px: float) -> tuple[tuple[Any, Any, Any], Any, float]:
    """Return the spectra of the weights of the radial components and of all, and the sum of the weights."""
    reach = int(np.ceil(radius_px))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32)
    distance = np.hypot(x, y)
    distance[reach, reach] = 1
    weight = np.where(distance <= radius_px, 1 / distance, np.float32(0))
    weight[reach, reach] = 0
    cosine, sine = x / distance, y / distance
    kernels = (weight * cosine**2, 2 * weight * cosine * sine, weight * sine**2)
    along_x, mixed, along_y = (fft.rfft2(_wrapped(kernel, shape)) for kernel in kernels)
    return (along_x, mixed, along_y), along_x + along_y, float(weight.sum())


def _wrapped(kernel: Float32, shape: tuple[int, int]) -> Float32:
    """Place a kernel in a larger array with its middle at the origin."""
    wide = np.zeros(shape, np.float32)
    side = kernel.shape[0]
    wide[:side, :side] = kernel
    return np.roll(wide, (-(side // 2), -(side // 2)), (0, 1))
