"""The command `beadline status`."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from .console import JsonOption, out, print_json

COLUMNS = ("worker", "state", "gen", "pid", "up s", "fps", "queue", "p50 ms", "p99 ms", "CPU %", "MB")


def status(
    *,
    data: Annotated[
        Path | None, typer.Option("--data", help="Folder of the runs; else $BEADLINE_DATA, else ~/beadline-data.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show how the session of a data folder is, from another terminal."""
    from beadline.catalogue import read_status, reading_folder  # noqa: PLC0415 - commands load what they need

    folder = reading_folder(data)
    found = read_status(folder, time.time())  # noqa: TID251 - compared with a label in a file
    if as_json:
        print_json(found)
    else:
        _print(found, folder)
    if not found["live"]:
        raise typer.Exit(1)


def _print(found: dict[str, Any], folder: Path) -> None:
    for line in _lines(found, folder):
        out.print(line, markup=False, highlight=False)
    if not found["live"]:
        return
    table = Table(box=None, pad_edge=False)
    for number, heading in enumerate(COLUMNS):
        table.add_column(escape(heading), justify="left" if number < 2 else "right", no_wrap=True)
    for worker in found["workers"]:
        table.add_row(*(escape(each) for each in _row(worker)))
    out.print(table)
    for worker in found["workers"]:
        if worker["last_error"]:
            out.print(f"{worker['name']}: {worker['last_error']}", markup=False, highlight=False)
    for alert in found["alerts"]:
        out.print(f"since {_clock(alert['since_s'])}: {alert['sentence']}", style="red", markup=False, highlight=False)


def _lines(found: dict[str, Any], folder: Path) -> list[str]:
    what = found["state"] if found["live"] else "ended"
    late = f", silent for {found['age_s']:.0f} s" if found["late"] else ""
    lines = [f"session {found['pid']} on {found['host']}: {what}{late}  {found['profile']}  {folder}"]
    run = found["run"]
    if run is not None:
        lines.append(f"run {run['scan_id']} {run['uid'][:8]} {run['plan_name']} since {_clock(run['started_s'])}")
    free = "unknown" if found["free_bytes"] is None else f"{found['free_bytes'] / 1e9:.1f} GB"
    catalogue = found["catalogue"]
    behind = f", {catalogue['behind']} documents behind" if catalogue["behind"] else ""
    lines.append(
        f"disk: {free} free, {found['reserve_bytes'] / 1e9:.1f} GB in reserve   catalogue: {catalogue['state']}{behind}"
    )
    return lines


def _row(worker: dict[str, Any]) -> list[str]:
    vitals = worker["vitals"] or {}
    latency = vitals.get("latency_ms") or {}
    memory = vitals.get("memory_bytes")
    return [
        worker["name"],
        worker["state"],
        str(worker["generation"]),
        str(worker["pid"] or ""),
        f"{worker['uptime_s']:.0f}",
        _number(vitals.get("rate_hz"), 1),
        _number(vitals.get("queue"), 0),
        _number(latency.get("p50"), 1),
        _number(latency.get("p99"), 1),
        _number(vitals.get("cpu_percent"), 0),
        _number(None if memory is None else memory / 1e6, 0),
    ]


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def _clock(unix_s: float) -> str:
    return datetime.fromtimestamp(unix_s, UTC).astimezone().strftime("%H:%M:%S")
