"""What commands say, and where: to people, or as JSON to a program."""

import json
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON value for a program to read.")]


def visible(text: str) -> str:
    """Return a text with everything written out that a terminal would obey and not show; lines stay lines."""
    return "".join(each if each.isprintable() or each == "\n" else repr(each)[1:-1] for each in text)


class ShowingConsole(Console):
    """A console that shows texts from metadata, files and errors, and obeys none of them."""

    def render_str(self, text: str, **how: Any) -> Text:
        """Render a text; see `rich`."""
        return super().render_str(visible(text), **how)


out = ShowingConsole(soft_wrap=True)
err = ShowingConsole(stderr=True, soft_wrap=True)


def sayer(as_json: bool) -> Callable[[str], None]:
    """Return what tells people how far it is; beside JSON, on the error stream."""
    console = err if as_json else out
    return lambda line: console.print(line, markup=False, highlight=False)


def print_json(value: Any) -> None:
    """Print one JSON value on a line of its own."""
    sys.stdout.write(json.dumps(value, default=str) + "\n")
