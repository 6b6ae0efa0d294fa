"""The command `beadline recover`."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from .console import JsonOption, out, print_json

Folder = Annotated[
    Path | None, typer.Option("--data", help="Folder of the runs; else $BEADLINE_DATA, else that of the last session.")
]


def recover(*, data: Folder = None, as_json: JsonOption = False) -> None:
    """Close the runs of a session that died, as the next session on their folder would; one line for each."""
    from beadline.catalogue import reading_folder  # noqa: PLC0415 - commands load what they need

    folder = reading_folder(data)
    done = recovered(folder)
    if as_json:
        print_json([asdict(each) for each in done])
        return
    for each in done:
        out.print(each.sentence(), markup=False, highlight=False)
    if not done:
        out.print(f"All runs in {folder} have an end", markup=False, highlight=False)


def recovered(folder: Path) -> list[Any]:
    """Close the runs of a session that died, while no other session has the folder; return what was done.

    Raises:
        OSError: a session has it.
    """
    from beadline.catalogue import DataLock  # noqa: PLC0415 - as above
    from beadline.catalogue import recover as recover_runs  # noqa: PLC0415

    lock = DataLock(folder)
    lock.acquire()
    try:
        return recover_runs(folder)
    finally:
        lock.release()
