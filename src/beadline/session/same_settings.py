"""What is set otherwise than it was in a run."""

from collections.abc import Mapping
from typing import Any

import numpy as np

PLACES = ("-beads-x_px", "-beads-y_px")
WINDOWS = "-beads-windows_px"


def differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Say which settings of a detector are others than in a run.

    A bead that has moved by less than half of its window is at the same place.

    Args:
        then: its settings by name, as the documents of the run keep them.
        now: the same, as they are.
    """
    found: list[str] = []
    for name, value in then.items():
        if name not in now:
            found.append(f"{name} is there no more")
        elif not _same(name, value, now):
            found.append(f"{name} was {_shown(value)} and is {_shown(now[name])}")
    return found


def _same(name: str, then: Any, now: Mapping[str, Any]) -> bool:
    old, new = np.asarray(then), np.asarray(now[name])
    if old.shape != new.shape:
        return False
    place = next((each for each in PLACES if name.endswith(each)), None)
    if place is not None:
        half_px = np.asarray(now[name.removesuffix(place) + WINDOWS]) / 2
        return bool((np.abs(old - new) < half_px).all())
    if old.dtype.kind == "f":
        return bool(np.array_equal(old, new, equal_nan=True))
    return bool(np.array_equal(old, new))


def _shown(value: Any) -> str:
    text = str(value.tolist() if hasattr(value, "tolist") else value)
    return text if len(text) <= 60 else f"{text[:57]}..."
