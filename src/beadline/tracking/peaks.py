"""Where a picture is the highest around."""

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]


def highest_around(image: Float32, side: int) -> NDArray[np.bool_]:
    """Return which pixels have no higher one in a square of `side` pixels around them, shape (rows, columns)."""
    rows, columns = image.shape
    padded = np.pad(image, (side // 2, side - 1 - side // 2), constant_values=-np.inf)
    highest = padded[:rows].copy()
    for shift in range(1, side):
        np.maximum(highest, padded[shift : shift + rows], out=highest)
    of_all = highest[:, :columns].copy()
    for shift in range(1, side):
        np.maximum(of_all, highest[:, shift : shift + columns], out=of_all)
    return np.asarray(image == of_all)
