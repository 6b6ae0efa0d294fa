"""The findings of the bench as tables for a person."""

from collections.abc import Iterator
from typing import Any

from rich.markup import escape
from rich.table import Table


def experiment_tables(result: dict[str, Any]) -> Iterator[Table]:
    """Yield a table for each experiment of a result of `bench_experiments`, and that of the forces point by point."""
    for name, section in result["experiments"].items():
        table = Table(title=f"{name} ({section['cpu_s']:.0f} s)", title_justify="left")
        for heading in ("what", "asked", "found", "±", "n", "met"):
            table.add_column(heading, justify="left" if heading in {"what", "asked", "met"} else "right")
        for each in section["findings"]:
            met = {True: "yes", False: "[red]NO[/red]", None: ""}[each["met"]]
            numbers = (_number(each["found"]), _number(each["standard_error"]), str(each["n"]))
            table.add_row(escape(each["what"]), each["asked"], *numbers, met)
        yield table
        if name == "forces":
            yield _points(section["rows"])


def _points(rows: list[dict[str, Any]]) -> Table:
    table = Table(title="forces, point by point", title_justify="left")
    shown = {
        "bead": "bead", "bases": "bp", "force_pn": "pN", "axis": "axis", "rate_hz": "Hz", "duration_s": "s",
        "corner_hz": "corner Hz", "sampled_well": "sampled well", "tethers": "n", "bias_percent": "bias %",
        "standard_error_percent": "±", "scatter_percent": "scatter %", "within_one_sigma": "inside",
    }  # fmt: skip
    for heading in shown.values():
        table.add_column(escape(heading), justify="right")
    for row in rows:
        cells = [row[key] for key in shown]
        table.add_row(*(("yes" if each else "NO") if isinstance(each, bool) else _cell(each) for each in cells))
    return table


def _cell(value: Any) -> str:
    return value if isinstance(value, str) else _number(value)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}" if isinstance(value, float) else str(value)
