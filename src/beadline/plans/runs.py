"""A run around a plan: opened, closed in every case, with the reason in the stop document."""

from collections.abc import Callable, Generator
from typing import Any

from bluesky import Msg
from bluesky import plan_stubs as bps
from bluesky import preprocessors as bpp
from bluesky.utils import MsgGenerator, RunEngineControlException

from .arguments import plan
from .endings import add_to, or_set_aside, root_cause


@plan
def in_run(
    body: Generator[Msg, Any, Any], md: dict[str, Any] | None = None, remark: Callable[[], str] = lambda: ""
) -> MsgGenerator[str]:
    """Run the messages of `body` inside a run and return its uid.

    The stop document gives the error that ended the body, also when the closing baseline cannot be read after it.

    Args:
        body: what happens in the run.
        md: metadata for the start document.
        remark: tells at the end of a run that was not ended by an error what a reader of the stop document should know.
    """
    uid = yield from or_set_aside(body, bps.open_run(md))

    def failed(error: Exception) -> MsgGenerator[None]:
        if isinstance(error, RunEngineControlException):
            # Each kind of abort, stop or halt says what becomes of the run.
            yield from _close(error, getattr(error, "exit_status", "abort"), remark())
        else:
            yield from _close(error, "fail", root_cause(error))

    def succeeded() -> MsgGenerator[None]:
        yield from bps.close_run(reason=remark())

    yield from bpp.contingency_wrapper(body, except_plan=failed, else_plan=succeeded)
    return uid


def _close(error: Exception, exit_status: str, reason: str) -> MsgGenerator[None]:
    """Close the run of a plan that has ended by an error; what else fails meanwhile is added to the reason."""
    closing = Msg("close_run", exit_status=exit_status, reason=reason)
    try:
        yield closing
    except Exception as later:  # noqa: BLE001 - most likely what ended the run also prevents reading the baseline
        add_to(error, later)
        failed = f"at the end of the run this failed too: {root_cause(later)}"
        closing.kwargs["reason"] = "; ".join(filter(None, (reason, failed)))
        # Preprocessors leave a message alone which they have seen: this time nothing is put before it.
        try:
            yield closing
        except Exception as last:  # noqa: BLE001 - the first error stays the one that is raised
            add_to(error, last)
