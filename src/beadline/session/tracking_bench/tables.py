"""The results of the tracking bench as tables for a person."""

from collections.abc import Iterator
from typing import Any

from rich.markup import escape
from rich.table import Table

from .measuring import AXES


def bench_tables(result: dict[str, Any]) -> Iterator[Table]:
    """Yield the tables of a result of `bench_tracking`."""
    yield _sets(result["sets"])
    yield _speed(result["speed"])
    yield _failures(result["failures"])
    yield _finder(result["finder"])
    if "shift_test" in result:
        yield _shifts(result["shift_test"])


def _sets(sets: list[dict[str, Any]]) -> Table:
    table = _table("Precision, in units of the Cramer-Rao bound, with half the interval of 95 %", "set", "rmse x", "y",
                   "z", "bias x, y, z", "told/real x", "y", "z", "sub-pixel [nm]", "lost")  # fmt: skip
    for each in sets:
        rows = [(each["name"], each), *([("  MagTrack", each["magtrack"])] if "magtrack" in each else [])]
        for name, figures in rows:
            table.add_row(
                name,
                *_with_intervals(figures["rmse_over_crlb"], figures["rmse_over_crlb_95"]),
                _three(figures["bias_over_crlb"]),
                *_with_intervals(figures["sigma_ratio_of"], figures["sigma_ratio_of_95"]),
                _three(figures["systematic_nm"]) if "systematic_nm" in figures else "",
                f"{figures['failures'] / figures['images']:.1%}",
            )
    return table


def _speed(speeds: list[dict[str, Any]]) -> Table:
    table = _table("Speed, CPU time per localisation", "window [px]", "µs", "range", "preview µs", "frame by frame µs",
                   "MagTrack µs", "times MagTrack", "two cores")  # fmt: skip
    for each in speeds:
        low, high = each["us_per_localisation_range"]
        table.add_row(
            str(each["roi_px"]),
            _number(each["us_per_localisation"]),
            f"{_number(low)} to {_number(high)}",
            _number(each["preview_us_per_localisation"]),
            _number(each["frame_by_frame_us_per_localisation"]),
            _number(each["magtrack_us_per_localisation"]),
            _number(each["ratio_to_magtrack"]),
            _number(each["two_core_gain"]),
        )
    return table


def _failures(cases: list[dict[str, Any]]) -> Table:
    table = _table("Images that are hard to measure", "case", "images", "flagged", "noted", "wrong and not flagged")
    for each in cases:
        shares = (f"{each['flagged']:.1%}", f"{each['noted']:.1%}", f"{each['wrong_unflagged']:.2%}")
        table.add_row(each["case"], str(each["images"]), *shares)
    return table


def _finder(finder: dict[str, Any]) -> Table:
    table = _table("Finding beads", "field", "isolated", "recall", "precision", "CPU s")
    for each in finder["fields"]:
        table.add_row(
            f"{each['beads']} beads {each['set']}",
            str(each["isolated"]),
            _number(each["recall"]),
            _number(each["precision"]),
            _number(each["seconds"]),
        )
    table.add_row("all", "", _number(finder["recall"]), _number(finder["precision"]), _number(finder["seconds"]))
    return table


def _shifts(test: dict[str, Any]) -> Table:
    table = _table("A real frame, shifted", "way", "rms [1/1000 px]", "median bead", "beads")
    ways = {"without_table": "without tables", "with_template": "with templates", "with_table": "with tables"}
    for way, name in ways.items():
        table.add_row(name, _number(test[way]["rms_mpx"]), _number(test[way]["median_mpx"]), str(test["beads"]))
    table.add_row("rounding alone", _number(test["rounding_mpx"]), "", "")
    return table


def _table(title: str, first: str, *headings: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    table.add_column(escape(first))
    for heading in headings:
        table.add_column(escape(heading), justify="right")
    return table


def _three(values: dict[str, float | None]) -> str:
    return " ".join("-" if values[axis] is None else f"{values[axis]:.2f}" for axis in AXES)


def _with_intervals(
    values: dict[str, float | None] | None, intervals: dict[str, list[float | None]] | None
) -> Iterator[str]:
    """Yield a cell for each axis."""
    for axis in AXES:
        value, (low, high) = (
            (None, (None, None)) if values is None or intervals is None else (values[axis], intervals[axis])
        )
        yield "-" if value is None or low is None or high is None else f"{value:.3f} ±{(high - low) / 2:.3f}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"
