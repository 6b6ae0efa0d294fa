"""What a formula refuses, in one kind of sentence."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def require_above_zero(what: str, unit: str, **values: ArrayLike) -> None:
    """Refuse numbers that are not finite and above zero.

    Args:
        what: whose numbers they are, to begin the sentence: "A chain".
        unit: of all of them.
        values: each by its name.

    Raises:
        ValueError: one of them is zero, negative or not finite.
    """
    for name, value in values.items():
        given = np.asarray(value, dtype=np.float64)
        good = np.isfinite(given) & (given > 0)
        if not good.all():
            number, zero = _with_unit(f"{_first_bad(given, good):g}", unit), _with_unit("0", unit)
            raise ValueError(f"{what} cannot have {name} = {number}: it must be finite and above {zero}")


def require_within(cannot: str, values: Floats, low: Floats | float, high: Floats | float, unit: str) -> None:
    """Refuse numbers outside a range, whose ends belong to it.

    Args:
        cannot: what cannot be done there, to begin the sentence: "The torque is not known".
        values: what was asked for.
        low: least value allowed; broadcasts with `values`.
        high: greatest value allowed; broadcasts with `values`.
        unit: of values and range.

    Raises:
        ValueError: a value is outside, or not a number.
    """
    good = (values >= low) & (values <= high)
    if not good.all():
        first, least, most = (_first_bad(np.asarray(each), good) for each in (values, low, high))
        span = _with_unit(f"{least:.4g} to {most:.4g}", unit)
        raise ValueError(f"{cannot} at {_with_unit(f'{first:.4g}', unit)}: it is from {span}")


def _first_bad(values: Floats, good: NDArray[np.bool_]) -> float:
    return float(np.broadcast_to(values, good.shape)[~good].flat[0])


def _with_unit(number: str, unit: str) -> str:
    return f"{number} {unit}".rstrip()
