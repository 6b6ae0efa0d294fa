"""The commands `beadline bench ...`."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from .console import JsonOption, out, print_json, sayer

app = typer.Typer(help="Measure how fast beadline is here, and how right.", no_args_is_help=True)


@app.command()
def pipeline(
    *,
    as_json: JsonOption = False,
    frame_rate_hz: float = 1000.0,
    size: Annotated[str, typer.Option(help="Width and height of a frame in px, such as 1280x1024.")] = "512x512",
    beads: int = 10,
    duration_s: float = 10.0,
    bit_depth: Annotated[int, typer.Option(help="Bits of a pixel; above 8 the frames are u16.")] = 8,
    video: Annotated[str, typer.Option(help="What to record beside the tracks: full, rois or none.")] = "full",
) -> None:
    """Play pre-rendered frames through ring, tracker, recorder and catalogue, and count what was missed."""
    from beadline.session import bench_pipeline  # noqa: PLC0415 - commands load what they need

    size_px = _size_px(size)
    if video not in ("full", "rois", "none"):
        raise ValueError(f"Cannot record {video!r}: it is full, rois or none")
    result = bench_pipeline(
        frame_rate_hz,
        size_px,
        beads,
        duration_s,
        bit_depth=bit_depth,
        video=video,
        say=sayer(as_json),
    )
    _print(result, as_json=as_json)


@app.command()
def tracking(
    *,
    as_json: JsonOption = False,
    images: Annotated[int, typer.Option(help="In each set; 500 for a quick look.")] = 20000,
    magtrack: Annotated[Path | None, typer.Option(help="A Python that has MagTrack, to compare with.")] = None,
    measured_table: Annotated[Path | None, typer.Option(help="A picture of a measured look-up table.")] = None,
    field_image: Annotated[Path | None, typer.Option(help="A real frame for the shift test.")] = None,
    seed: int = 1,
) -> None:
    """Measure precision, speed, failures and finding of the tracker on simulated images."""
    from beadline.session import bench_tables, bench_tracking  # noqa: PLC0415 - commands load what they need

    result = bench_tracking(
        images,
        magtrack=magtrack,
        measured_table=measured_table,
        field_image=field_image,
        seed=seed,
        say=sayer(as_json),
    )
    if as_json:
        print_json(result)
    else:
        out.print(*bench_tables(result), sep="\n\n")


@app.command()
def experiments(
    *,
    as_json: JsonOption = False,
    only: Annotated[list[str] | None, typer.Option(help="One experiment, such as forces; may be repeated.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Few beads and frames: does it run?")] = False,
    seed: int = 1,
) -> None:
    """Do experiments on the simulated microscope, from pictures to results, and compare with the truth."""
    from beadline.session import bench_experiments, experiment_tables  # noqa: PLC0415 - commands load what they need

    result = bench_experiments(only or (), quick=quick, seed=seed, say=sayer(as_json))
    if as_json:
        print_json(result)
    else:
        out.print(*experiment_tables(result), sep="\n\n")


@app.command()
def twin(
    *,
    as_json: JsonOption = False,
    size: Annotated[str, typer.Option(help="Width and height of a frame in px, such as 1280x1024.")] = "1024x1024",
    beads: int = 100,
    frames: Annotated[int, typer.Option(help="In each of seven rounds.")] = 40,
    seed: int = 1,
) -> None:
    """Measure how fast the simulated microscope moves its tethers and draws its pictures, on one core."""
    from beadline.simulation import bench_twin  # noqa: PLC0415 - commands load what they need

    result = bench_twin(size_px=_size_px(size), beads=beads, frames=frames, seed=seed, say=sayer(as_json))
    _print(result, as_json=as_json)


@app.command()
def control(
    *,
    as_json: JsonOption = False,
    cancels: Annotated[int, typer.Option(help="How many plans are cancelled.")] = 200,
    full: Annotated[bool, typer.Option("--full", help="On the real clock, and longer.")] = False,
    seed: int = 1,
) -> None:
    """Measure how soon a cancel returns, whether pauses lose frames, and what two hundred questions a second cost."""
    from beadline.session import bench_control  # noqa: PLC0415 - commands load what they need

    result = bench_control(cancels, full=full, seed=seed, say=sayer(as_json))
    _print(result, as_json=as_json)


@app.command()
def soak(
    *,
    as_json: JsonOption = False,
    minutes: Annotated[float, typer.Option(help="In all: half on the real clock, half in lock-step.")] = 30.0,
    every_s: Annotated[float, typer.Option(help="From sample to sample.")] = 60.0,
) -> None:
    """Do runs one after the other, and tell whether memory, files, threads or shared memory grow."""
    from beadline.session import bench_soak  # noqa: PLC0415 - commands load what they need

    result = bench_soak(minutes, every_s=every_s, say=sayer(as_json))
    _print(result, as_json=as_json)


def _print(result: Any, *, as_json: bool) -> None:
    """Print what a bench found that has no table: for a program, or to be read."""
    if as_json:
        print_json(result)
    else:
        out.print_json(json.dumps(result))


def _size_px(size: str) -> tuple[int, int]:
    """Read the width and height of a frame."""
    width, _, height = size.partition("x")
    if not (width.isdigit() and height.isdigit()):
        raise ValueError(f"Cannot take {size!r} as the size of a frame: write width x height in px, as in 1280x1024")
    return int(width), int(height)
