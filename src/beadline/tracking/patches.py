"""Many small squares cut out of a picture at once."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def patches(image: NDArray[Any], left: NDArray[np.integer], top: NDArray[np.integer], side: int) -> NDArray[np.float32]:
    """Return squares of a picture, one row of pixels each.

    Args:
        image: shape (rows, columns).
        left: first column of each square, shape (squares,).
        top: first row of each square.
        side: rows and columns of a square [px].

    Returns:
        Shape (squares, side * side); where a square reaches over the edge, it has the pixels at the edge.
    """
    rows, columns = image.shape
    steps = np.arange(side)
    y = np.clip(top[:, None] + steps, 0, rows - 1)
    x = np.clip(left[:, None] + steps, 0, columns - 1)
    places = (y * columns)[:, :, None] + x[:, None, :]
    return image.ravel().take(places).reshape(len(left), side * side).astype(np.float32, copy=False)
