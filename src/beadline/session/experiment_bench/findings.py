"""What was asked of an experiment and what came out."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Finding:
    """One number an experiment is judged by.

    Attributes:
        what: was measured, with its unit.
        asked: where it has to be, in words.
        found: the number.
        standard_error: of it; None if it has none.
        n: of how many.
        met: whether it is where it has to be; None if nothing is asked of it.
    """

    what: str
    asked: str
    found: float
    standard_error: float | None
    n: int
    met: bool | None


@dataclass(frozen=True)
class Section:
    """Findings of one experiment, and the rows behind them.

    Attributes:
        findings: what it is judged by.
        rows: a table of plain data, one row for each condition or tether.
    """

    findings: list[Finding]
    rows: list[dict[str, Any]]

    def plain(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"findings": [asdict(each) for each in self.findings], "rows": self.rows}


def within(what: str, found: float, low: float, high: float, *, error: float | None = None, n: int) -> Finding:
    """Return a finding that has to be from `low` to `high`."""
    return Finding(what, f"{low:g} to {high:g}", float(found), error, n, bool(low <= found <= high))


def at_most(what: str, found: float, limit: float, *, error: float | None = None, n: int) -> Finding:
    """Return a finding that may not be above a limit."""
    return Finding(what, f"at most {limit:g}", float(found), error, n, bool(found <= limit))


def at_least(what: str, found: float, limit: float, *, error: float | None = None, n: int) -> Finding:
    """Return a finding that may not be below a limit."""
    return Finding(what, f"at least {limit:g}", float(found), error, n, bool(found >= limit))


def told(what: str, found: float, *, error: float | None = None, n: int) -> Finding:
    """Return a number of which nothing is asked."""
    return Finding(what, "", float(found), error, n, None)


def mean_and_error(values: Floats) -> tuple[float, float]:
    """Return the mean of independent values and its standard error; NaN for the error of one."""
    error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
    return float(values.mean()), float(error)


def median_and_error(values: Floats) -> tuple[float, float]:
    """Return the median of independent values and its standard error, as for a normal distribution."""
    middle = float(np.median(values))
    spread = 1.4826 * float(np.median(np.abs(values - middle)))
    return middle, float(spread * np.sqrt(np.pi / 2 / len(values)))


def share_error(share: float, n: int) -> float:
    """Return the standard error of a share of n independent cases."""
    return float(np.sqrt(max(share * (1 - share), 0.25 / n) / n))
