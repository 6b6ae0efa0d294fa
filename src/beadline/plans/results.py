"""Keep what an analysis has found, in a small run of its own that names the runs it comes from."""

from typing import Any

from bluesky import plan_stubs as bps
from bluesky.utils import MsgGenerator

from beadline.devices import ResultWriter
from beadline.documents import Result

from .arguments import plan
from .frames import read_event
from .runs import in_run


@plan
def save_result(writer: ResultWriter, result: Result, md: dict[str, Any] | None = None) -> MsgGenerator[str]:
    """Keep a result as `result.json` of a run, and return the uid of that run.

    The start document says what it is, its SHA-256, and the runs it is derived from; the one event of the stream
    `results` says where it is. Moves nothing.

    Args:
        writer: writes the file.
        result: what was found, with the uids of the runs it comes from.
        md: metadata for the run.
    """
    plan_md = {
        "plan_name": "save_result",
        "result": result.as_metadata(),
        "derived_from": list(result.derived_from),
        **(md or {}),
    }

    def body() -> MsgGenerator[None]:
        yield from bps.abs_set(writer, result, wait=True)
        yield from read_event("results", [writer])

    return (yield from in_run(body(), plan_md))
