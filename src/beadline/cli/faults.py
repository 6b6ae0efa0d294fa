"""The command `beadline faults`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from .console import JsonOption, out, print_json, sayer


def faults(
    *,
    only: Annotated[
        list[str] | None, typer.Option(help="A row of the scoreboard, such as D1; may be repeated.")
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="All of each row, for a night; else its short form.")] = False,
    seed: int = 1,
    as_json: JsonOption = False,
    markdown: Annotated[Path | None, typer.Option(help="Write the table of results into this file.")] = None,
    report: Annotated[Path | None, typer.Option(help="Run nothing: take the results from this file of --json.")] = None,
) -> None:
    """Inject faults into a make-believe microscope and real processes, and tell whether they were survived."""
    from beadline.testing import faults_as_markdown, run_faults  # noqa: PLC0415 - commands load what they need

    if report is not None:
        result = json.loads(report.read_text(encoding="utf-8"))
    else:
        result = run_faults(only or (), full=full, seed=seed, say=sayer(as_json))
    if markdown is not None:
        markdown.write_text(faults_as_markdown(result), encoding="utf-8")
    if as_json:
        print_json(result)
    else:
        out.print(result["headline"], markup=False, highlight=False)
    if not all(case["survived"] for case in result["cases"]):
        raise typer.Exit(1)
