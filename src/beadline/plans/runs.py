"""A run around a plan: opened, closed in every case, with the reason in the stop document."""

from collections.abc import Callable, Generator
from typing import Any

from bluesky import Msg
from bluesky import plan_stubs as bps
from bluesky import preprocessors as bpp
from bluesky.utils import FailedStatus, MsgGenerator, RunEngineControlException, plan


@plan
def in_run(
    body: Generator[Msg, Any, Any], md: dict[str, Any] | None = None, remark: Callable[[], str] = lambda: ""
) -> MsgGenerator[str]:
    """Run the messages of `body` inside a run and return its uid.

    Args:
        body: what happens in the run.
        md: metadata for the start document.
        remark: tells at the end of a successful run what a reader of the stop document should know.
    """
    uid = yield from bps.open_run(md)

    def failed(error: Exception) -> MsgGenerator[None]:
        if isinstance(error, RunEngineControlException):
            # Each kind of abort, stop or halt says what becomes of the run.
            yield from bps.close_run(exit_status=getattr(error, "exit_status", "abort"), reason=remark())
        else:
            yield from bps.close_run(exit_status="fail", reason=root_cause(error))

    def succeeded() -> MsgGenerator[None]:
        yield from bps.close_run(reason=remark())

    yield from bpp.contingency_wrapper(body, except_plan=failed, else_plan=succeeded)
    return uid


def root_cause(error: BaseException) -> str:
    """Return the sentence of the error that ended a plan; a failed status only says that something failed."""
    while isinstance(error, FailedStatus) and error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, KeyError) and error.args:
        return str(error.args[0])  # as text it would be in quotes
    return str(error) or type(error).__name__
