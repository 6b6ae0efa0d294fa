"""Where the gradients of an image point to or from a common centre, whatever the contrast of the rings."""

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

Float32 = NDArray[np.float32]


def pixel_noise(image: NDArray[np.number]) -> float:
    """Estimate the standard deviation of the noise of a pixel from the finest differences.

    Their median is not moved by beads, however crowded the field is. At least the rounding to whole numbers is assumed.
    """
    pixels = image.astype(np.float32)
    finest = pixels[1:, 1:] - pixels[1:, :-1] - pixels[:-1, 1:] + pixels[:-1, :-1]
    return max(1.4826 * float(np.median(np.abs(finest))) / 2, 0.29)


def radial_alignment(image: NDArray[np.number], radius_px: float) -> tuple[Float32, Float32]:
    """Return how radial the gradients around each pixel are, and how strong compared with the noise.

    Every gradient within the radius votes with its squared component along the line to the pixel, weighted with
    the inverse of its distance.

    Args:
        image: shape (rows, columns).
        radius_px: radius of the pattern of a bead [px].

    Returns:
        The radial share of the squared gradients, 0.5 for no order and 1 for a ring around the pixel, and their
        sum in units of the sum that noise alone would give; both of the shape of the image.
    """
    smooth = ndimage.gaussian_filter(image, 1.0, output=np.float32)
    along_y, along_x = np.array(np.gradient(smooth), np.float32)
    reach = int(np.ceil(radius_px))
    shape = [side + reach for side in image.shape]
    weight, cosine, sine = _kernels(radius_px)
    products = (along_x * along_x, 2 * along_x * along_y, along_y * along_y)
    sums = [_spectrum(each, shape) for each in products]
    patterns = [
        _spectrum(_wrapped(kernel, shape), shape)
        for kernel in (weight * cosine**2, weight * cosine * sine, weight * sine**2, weight)
    ]
    rows, columns = image.shape
    aligned = sums[0] * patterns[0] + sums[1] * patterns[1] + sums[2] * patterns[2]
    radial = _image(aligned, shape)[:rows, :columns]
    energy = _image((sums[0] + sums[2]) * patterns[3], shape)[:rows, :columns]
    # variance of both central differences of white noise after a Gaussian of 1 px
    noise = pixel_noise(image) ** 2 * (1 - np.exp(-1)) / (4 * np.pi) * weight.sum()
    share = (radial + noise / 4) / (np.maximum(energy, 0) + noise / 2)
    return share.astype(np.float32), (energy / noise).astype(np.float32)


def _kernels(radius_px: float) -> tuple[Float32, Float32, Float32]:
    reach = int(np.ceil(radius_px))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32)
    distance = np.hypot(x, y)
    distance[reach, reach] = 1
    weight = np.where(distance <= radius_px, 1 / distance, 0)
    weight[reach, reach] = 0
    return weight, x / distance, y / distance


def _spectrum(values: Float32, shape: list[int]) -> NDArray[np.complexfloating]:
    return np.asarray(fft.rfft2(values, [fft.next_fast_len(side, real=True) for side in shape]))


def _image(spectrum: NDArray[np.complexfloating], shape: list[int]) -> Float32:
    return np.asarray(fft.irfft2(spectrum, [fft.next_fast_len(side, real=True) for side in shape]))


def _wrapped(kernel: Float32, shape: list[int]) -> Float32:
    """Place a kernel in a larger array with its middle at the origin."""
    wide = np.zeros(shape, np.float32)
    side = kernel.shape[0]
    wide[:side, :side] = kernel
    return np.roll(wide, (-(side // 2), -(side // 2)), (0, 1))
