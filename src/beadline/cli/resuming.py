"""The command `beadline resume`."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from .console import JsonOption, print_json, sayer
from .options import DataOption, SetOption, arguments_of
from .recovering import recovered


def resume(
    uid: Annotated[str, typer.Argument(help="uid or its beginning, scan id, or -1 for the newest.")],
    *,
    profile: Annotated[
        str | None,
        typer.Option(help="Of beadline, or the path of yours; by default that of the run, if it is ours."),
    ] = None,
    data: DataOption = None,
    settings: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Do the steps that are left of an interrupted run, as a new run that names the old one."""
    from beadline.catalogue import Catalogue, reading_folder  # noqa: PLC0415 - commands load what they need
    from beadline.session import interrupted_run, load_profile, open_session  # noqa: PLC0415

    say, folder = sayer(as_json), reading_folder(data)
    for each in recovered(folder):  # a run that lost its session has no end yet
        say(each.sentence())
    with Catalogue(folder) as records:
        interrupted = interrupted_run(records, uid)
    chosen = profile or _ours(interrupted.start)
    interrupted.check(load_profile(chosen))  # before a session is opened
    left = interrupted.steps_asked - interrupted.steps
    say(f"{interrupted.name}: {interrupted.steps} of {interrupted.steps_asked} steps are there, {left} are left")
    with open_session(chosen, folder, say=say, arguments=arguments_of(settings)) as session:
        status = session.resume_run(interrupted.start["uid"]).wait()
    say(status.sentence())
    if as_json:
        print_json(asdict(status))


def _ours(start: Any) -> str:
    """Return the name of the run's profile if it came with beadline: what a data folder names is not run as a program.

    Raises:
        ValueError: it did not.
    """
    from beadline.session import shipped_profiles  # noqa: PLC0415 - as above

    path = Path(str(start.get("beadline", {}).get("profile", {}).get("path", "?")))
    if path.stem not in shipped_profiles():
        raise ValueError(f"The run was made with the profile {path}: say which one to use, with --profile")
    return path.stem
