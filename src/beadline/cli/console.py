"""What commands say, and where: to people, or as JSON to a program."""

import json
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer
from rich.console import Console

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON value for a program to read.")]

out = Console(soft_wrap=True)
err = Console(stderr=True, soft_wrap=True)


def sayer(as_json: bool) -> Callable[[str], None]:
    """Return what tells people how far it is; beside JSON, on the error stream."""
    console = err if as_json else out
    return lambda line: console.print(line, markup=False, highlight=False)


def print_json(value: Any) -> None:
    """Print one JSON value on a line of its own."""
    sys.stdout.write(json.dumps(value, default=str) + "\n")
