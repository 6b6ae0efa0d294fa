"""How bright a frame is: what is beside the beads, what is at the top of the camera's range, and how even the light."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def frame_brightness(frame: NDArray[Any], full_adu: float) -> dict[str, float]:
    """Return what a histogram of a frame is looked at for.

    Args:
        frame: pixels [ADU], shape (rows, columns).
        full_adu: the most a pixel of this camera can be [ADU].

    Returns:
        background_adu: the median, which is that beside the beads as long as they fill less than half of the frame;
        low_adu and high_adu: at which 1 % of the pixels are darker or brighter; brightest_adu; saturated: the share of
        the pixels at the top of the range; unevenness: of the medians of the four quarters, (greatest - least) / mean.
    """
    rows, columns = frame.shape
    halves = [(slice(None, size // 2), slice(size // 2, None)) for size in (rows, columns)]
    quarters = [float(np.median(frame[each, other])) for each in halves[0] for other in halves[1]]
    low, middle, high = (float(each) for each in np.percentile(frame, [1, 50, 99]))
    return {
        "background_adu": middle,
        "low_adu": low,
        "high_adu": high,
        "brightest_adu": float(frame.max()),
        "saturated": float(np.mean(frame >= full_adu)),
        "unevenness": float(np.ptp(quarters) / max(np.mean(quarters), 1e-9)),
    }
