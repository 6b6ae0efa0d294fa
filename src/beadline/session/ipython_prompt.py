"""The prompt: IPython with everything one needs at hand."""

from functools import partial
from typing import Any

import IPython
from bluesky import plan_stubs, plans
from traitlets.config import Config

import beadline.plans as beadline_plans
from beadline.devices import Bead, Gains, Locking, LockOptions

from .microscope_session import Session
from .saving import save_calibration, save_finding


def namespace(session: Session) -> dict[str, Any]:
    """Return the names of the prompt: session, RE, devices, plans, bp, bps, catalogue, figures_of, …."""

    def draw(run: Any = -1, kind: str | None = None) -> dict[str, Any]:
        """Draw the figures that fit a run, by kind; `figures_of(-1)["traces"].savefig("traces.png")`."""
        from beadline.figures import figures_of  # noqa: PLC0415 - the prompt comes without what draws

        return figures_of(session.catalogue, run, kind)

    def calibrate(run: Any = -1) -> Any:
        """Return force against magnet height from a run of `force_calibration`; save it if you trust it."""
        from beadline.figures import calibration_of  # noqa: PLC0415 - as above

        return calibration_of(session.records, run)

    ours = {name: getattr(beadline_plans, name) for name in beadline_plans.__all__}
    return {
        **ours,
        **session.devices,
        "Bead": Bead,
        "Gains": Gains,
        "Locking": Locking,
        "LockOptions": LockOptions,
        "bp": plans,
        "bps": plan_stubs,
        "session": session,
        "RE": session.RE,
        "catalogue": session.catalogue,
        "figures_of": draw,
        "calibration_of": calibrate,
        "plan_summary": session.plan_summary,
        "save_calibration": partial(save_calibration, session),
        "save_finding": partial(save_finding, session),
        "use_calibration": session.calibrations.use,
        "live_block": session.live_block,
    }


def prompt(session: Session) -> None:
    """Give the prompt to a person until they leave it."""
    config = Config()
    config.TerminalInteractiveShell.banner1 = _banner(session)
    config.TerminalInteractiveShell.confirm_exit = False
    config.InteractiveShell.xmode = "Minimal"  # an error is its sentence; %xmode Context shows where it came from
    config.InteractiveShellApp.exec_lines = [
        "from bluesky.run_engine import autoawait_in_bluesky_event_loop as _autoawait; _autoawait(); del _autoawait"
    ]
    if {"camera", "tracker"} <= set(session.devices):
        session.RE.context_managers.append(session.live_block().during_runs(session.progress))
    IPython.start_ipython(argv=[], user_ns=namespace(session), config=config)


def _banner(session: Session) -> str:
    names = ", ".join(session.devices)
    return (
        f"beadline · {session.profile.path.stem} · runs go to {session.data}\n"
        f"devices: {names}\n"
        "try: RE(find_beads(camera, tracker)); RE(record(camera, [tracker], duration_s=5)); catalogue[-1]\n"
    )
