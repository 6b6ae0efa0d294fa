"""Averages of a moving bead, with errors that know that neighbouring frames are alike.

Source:
    Blocking: Flyvbjerg & Petersen, J. Chem. Phys. 91 (1989) 461.
"""

import numpy as np
from numpy.typing import ArrayLike

LEAST_BLOCKS = 8


def mean_with_error(values: ArrayLike) -> tuple[float, float]:
    """Return the mean of a trace and its standard error, in the unit of the trace.

    The trace is averaged over pairs again and again; the error is the greatest of those that the blocks tell, as long
    as there are at least 8 of them. A motion slower than an eighth of the trace is not seen.

    Args:
        values: of frames in their order, NaN where there is none, shape (frames,).

    Returns:
        Both NaN without a value; the error NaN with fewer than 8.
    """
    seen = np.asarray(values, dtype=np.float64)
    seen = seen[np.isfinite(seen)]
    if not len(seen):
        return float("nan"), float("nan")
    mean, errors, blocks = float(seen.mean()), [float("nan")], seen
    while len(blocks) >= LEAST_BLOCKS:
        errors.append(float(blocks.std(ddof=1) / np.sqrt(len(blocks))))
        pairs = len(blocks) // 2
        blocks = blocks[: 2 * pairs].reshape(pairs, 2).mean(axis=1)
    return mean, float(np.fmax.reduce(errors))
