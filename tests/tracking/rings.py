"""Images of rings, independent of the simulation: a chirped pattern, integrated over each pixel, with noise."""

import numpy as np


def ring_intensity(r_px, z_nm):
    """Relative intensity of a make-believe bead: a dark disc inside rings that open as it goes up."""
    u = 4.0 + z_nm / 1000.0
    phase = r_px**2 / (3.2 * u) - 0.9 * u
    envelope = np.exp(-((r_px / (3.0 + 1.9 * u)) ** 2))
    return 0.45 * envelope * np.cos(phase) / (1 + (r_px / (6 + u)) ** 4)


def ring_image(shape, x_px, y_px, z_nm, *, background=120.0, subpixels=5):
    """Expected image of one bead, pixel centres at whole numbers."""
    offsets = (np.arange(subpixels) + 0.5) / subpixels - 0.5
    image = np.zeros(shape)
    rows, columns = np.indices(shape, dtype=float)
    for dy in offsets:
        for dx in offsets:
            r = np.hypot(columns + dx - x_px, rows + dy - y_px)
            image += ring_intensity(r, z_nm)
    return background * (1 + image / subpixels**2)


def noisy(image, rng, *, electrons_per_adu=40.0, read_adu=0.3, dtype=np.uint8):
    shot = rng.poisson(image * electrons_per_adu) / electrons_per_adu
    return np.clip(np.rint(shot + rng.normal(0, read_adu, image.shape)), 0, np.iinfo(dtype).max).astype(dtype)
