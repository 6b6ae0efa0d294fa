"""Options that several commands have."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

DataOption = Annotated[
    Path | None, typer.Option("--data", help="Folder of the runs; else $BEADLINE_DATA, else ~/beadline-data.")
]
SetOption = Annotated[list[str] | None, typer.Option("--set", help="An argument of the profile: name=value.")]


def arguments_of(settings: list[str] | None) -> dict[str, Any]:
    """Read name=value pairs; a value that is JSON is taken as such, anything else as text.

    Raises:
        ValueError: a pair that is none.
    """
    read: dict[str, Any] = {}
    for setting in settings or ():
        name, sign, value = setting.partition("=")
        if not sign or not name.isidentifier():
            raise ValueError(f"Cannot read --set {setting}: write name=value")
        try:
            read[name] = json.loads(value)
        except json.JSONDecodeError:
            read[name] = value
    return read
