"""The commands of `beadline`, but for the benches."""

import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from beadline.status import RunSummary

from . import benches
from .console import JsonOption, err, out, print_json, sayer
from .faults import faults
from .options import DataOption, SetOption, arguments_of
from .recovering import recover
from .resuming import resume
from .status import status

app = typer.Typer(
    help="Magnetic tweezers as a beamline.", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)
app.add_typer(benches.app, name="bench")
app.command()(faults)
app.command()(recover)
app.command(context_settings={"ignore_unknown_options": True})(resume)  # or -1 would be taken for an option
app.command()(status)

INTERRUPTED = 130
"""Exit code of a process that ended by Ctrl-C."""


def main() -> None:
    """Run the command line; a person's mistake ends in one sentence and exit code 2."""
    logging.basicConfig(format="%(message)s")
    logging.getLogger().handlers[0].setLevel(logging.WARNING)
    logging.getLogger("bluesky").setLevel(logging.CRITICAL)
    logging.getLogger("ophyd_async").setLevel(logging.CRITICAL)
    try:
        code = app(standalone_mode=False)  # typer returns the code of typer.Exit, and 130 after Ctrl-C
    except (typer.Abort, KeyboardInterrupt):
        code = INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the one place where errors become sentences for people
        usage = getattr(error, "format_message", None)
        if usage is None:
            _explain(error)
        elif sentence := usage():  # there is none when the help was shown for want of a command
            err.print(f"beadline: {sentence}", style="red", markup=False)
        sys.exit(2)
    if code == INTERRUPTED:
        err.print("Interrupted.")
    if code:
        sys.exit(code)


def _explain(error: Exception) -> None:
    from beadline.plans import root_cause  # noqa: PLC0415 - loads bluesky, which most commands need anyway

    err.print(f"beadline: {root_cause(error)}", style="red", markup=False)
    logging.getLogger("beadline").debug("in full:", exc_info=error)


@app.command()
def demo(
    *,
    data: DataOption = None,
    as_json: JsonOption = False,
    figure: Annotated[Path | None, typer.Option(help="The picture; by default in the data folder.")] = None,
    fast: Annotated[bool, typer.Option("--fast", help="Let time pass as fast as this computer can.")] = False,
) -> None:
    """Run a whole experiment on the simulated microscope and show the result."""
    from beadline.catalogue import data_folder  # noqa: PLC0415 - commands load what they need
    from beadline.session import PROFILE_ARGUMENTS, Demo, open_session  # noqa: PLC0415

    say = sayer(as_json)
    folder = data_folder(data)
    say(f"The simulated microscope starts; runs go to {folder}")
    arguments = PROFILE_ARGUMENTS | ({"clock": "lock-step"} if fast else {})
    with _timed() as elapsed, open_session("simulated", folder, say=say, arguments=arguments) as session:
        _refuse_findings(session)
        say(f"{elapsed():6.1f} s  start the workers and connect the devices")
        experiment = Demo(session, say)
        experiment.phases_s["start"] = round(elapsed(), 1)
        with _live(session, as_json):
            result = experiment.run(figure or folder / "demo.png")
        say(f"{elapsed():6.1f} s  in all")
    if as_json:
        print_json(asdict(result))
    else:
        _print_demo(result)
    if not result.valid:
        err.print(f"The result is void: frames came at {result.rate_hz:.2f} Hz, more than 1 % off.", style="red")
        raise typer.Exit(1)


@app.command()
def start(
    profile: Annotated[str, typer.Argument(help="A profile of beadline, or the path of yours.")] = "simulated",
    *,
    data: DataOption = None,
    settings: SetOption = None,
    trace: Annotated[bool, typer.Option("--trace", help="Print every message of every plan.")] = False,
) -> None:
    """Open an IPython session: RE, devices, plans and catalogue."""
    from beadline.catalogue import data_folder  # noqa: PLC0415 - commands load what they need
    from beadline.session import open_session, prompt  # noqa: PLC0415

    with open_session(
        profile, data_folder(data), say=sayer(as_json=True), trace=trace, arguments=arguments_of(settings)
    ) as session:
        prompt(session)


@app.command()
def runs(*, data: DataOption = None, as_json: JsonOption = False, limit: int = 50) -> None:
    """List the newest runs, also while one is being recorded."""
    from beadline.catalogue import Catalogue, reading_folder  # noqa: PLC0415 - commands load what they need

    with Catalogue(reading_folder(data)) as catalogue:
        listed = catalogue.runs(limit)
        if as_json:
            print_json([{**asdict(run), **catalogue.glimpse(run)} for run in listed])
        else:
            _print_runs(listed, catalogue.data)


@app.command(context_settings={"ignore_unknown_options": True})  # or -1 would be taken for an option
def show(
    uid: Annotated[str, typer.Argument(help="uid or its beginning, scan id, or -1 for the newest.")],
    *,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one run: what it was, its frames, its files."""
    from beadline.catalogue import Catalogue, reading_folder  # noqa: PLC0415 - commands load what they need

    with Catalogue(reading_folder(data)) as catalogue:
        description = catalogue.describe(uid)
        if as_json:
            print_json(description)
        else:
            out.print_json(json.dumps(description, default=str), ensure_ascii=True)


@app.command(context_settings={"ignore_unknown_options": True})
def figure(
    uid: Annotated[str, typer.Argument(help="uid or its beginning, scan id, or -1 for the newest.")],
    *,
    data: DataOption = None,
    out_file: Annotated[
        Path | None, typer.Option("--out", help="Draw one figure into this file; its ending says what kind of file.")
    ] = None,
    kind: Annotated[str | None, typer.Option(help="Which figure; by default all that fit the run.")] = None,
) -> None:
    """Draw the figures that fit a run, here or into a file, and print their paths."""
    from beadline.catalogue import Catalogue, reading_folder  # noqa: PLC0415 - commands load what they need
    from beadline.figures import figure_kinds, figures_of, write_figure  # noqa: PLC0415

    with Catalogue(reading_folder(data)) as catalogue:
        if out_file is not None and kind is None:
            kind = figure_kinds(catalogue, uid)[0]
        name = catalogue.folder(uid).name
        for each, drawn in figures_of(catalogue, uid, kind).items():
            path = Path(f"{name}-{each}.png") if out_file is None else out_file
            write_figure(drawn, path)
            out.print(str(path), markup=False, highlight=False)


# -- showing ------------------------------------------------------------------------------------------------


@contextmanager
def _timed() -> Iterator[Callable[[], float]]:
    import time  # noqa: PLC0415 - only here

    started = time.monotonic()
    yield lambda: time.monotonic() - started


@contextmanager
def _live(session: Any, as_json: bool) -> Iterator[None]:
    """Show frames and beads while plans run, on a terminal."""
    if as_json:
        yield
        return
    block = session.live_block(console=out)
    session.RE.context_managers.append(block.during_runs(session.progress))
    try:
        yield
    finally:
        block.close()


def _refuse_findings(session: Any) -> None:
    if session.findings:
        raise RuntimeError("; ".join(f"{each.where} is missing: {each.sentence}" for each in session.findings))


def _print_demo(result: Any) -> None:
    table = Table(title="beadline demo", title_justify="left")
    for heading in ("force [pN]", "extension found [nm]", "true [nm]"):
        table.add_column(escape(heading), justify="right")
    for row in result.forces:
        table.add_row(f"{row['asked_pn']:g}", f"{row['extension_nm']:.1f}", f"{row['expected_nm']:.1f}")
    table.add_row("step", f"{result.step_nm['found']:.1f}", f"{result.step_nm['expected']:.1f}")
    out.print(table)
    frames = result.frames
    out.print(
        f"{frames['produced']} frames at {result.rate_hz:.2f} Hz, {frames['recorded']} recorded, "
        f"{frames['tracked']} tracked, {frames['missed']} missed"
    )
    out.print(f"picture: {result.figure}", markup=False, highlight=False)
    out.print(f"look at the runs: beadline runs --data {result.data}", markup=False, highlight=False)


def _print_runs(listed: list[RunSummary], folder: Path) -> None:
    table = Table(title=escape(f"Runs in {folder}"), title_justify="left", box=None, pad_edge=False)
    for heading in ("scan", "uid", "plan", "started", "s", "state", "frames", "missed"):
        right = heading in ("scan", "s", "frames", "missed")
        least = 8 if heading == "uid" else None  # cut short it would be of no use
        table.add_column(heading, justify="right" if right else "left", no_wrap=True, min_width=least)
    for run in listed:
        started = datetime.fromtimestamp(run.started_s, UTC).astimezone().strftime("%Y-%m-%d %H:%M")
        length = "" if run.duration_s is None else f"{run.duration_s:.1f}"
        counts = {name: count for name, count in run.frames.items() if name != "missed"}
        frames = str(max(counts.values())) if counts else ""
        missed = str(run.frames.get("missed", ""))
        plan = escape(run.plan_name)
        table.add_row(str(run.scan_id), run.uid[:8], plan, started, length, run.state, frames, missed)
    out.print(table)
    for run in listed:
        if run.reason:
            out.print(f"{run.scan_id}: {' '.join(run.reason.splitlines())}", markup=False, highlight=False)
