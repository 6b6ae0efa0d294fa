"""What a person does with plans of a session beside calling `RE`: start, continue, cancel, and see how they go."""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bluesky import plan_stubs as bps

from beadline.callbacks import Journal
from beadline.catalogue import Catalogue
from beadline.devices import Tracker
from beadline.status import AxisStop, PlanStatus

from .beads_of_a_run import beads_of
from .calibrations import Calibrations
from .continuation import Continuation
from .interrupted_runs import interrupted_run
from .profile import Profile
from .resuming import check_settings, rest_of
from .run_control import RunControl
from .run_handle import RunHandle
from .stopping import stop_axes
from .surroundings import Surroundings

log = logging.getLogger("beadline")


class Conduct:
    """The part of a session that runs plans on a thread of their own, and reaches every plan from any thread."""

    data: Path
    profile: Profile
    calibrations: Calibrations
    devices: Mapping[str, Any]
    _journal: Journal | None
    _control: RunControl
    _continuation: Continuation
    _surroundings: Surroundings

    @property
    def records(self) -> Catalogue:
        """The runs, as their folders tell them."""
        raise NotImplementedError

    def start(
        self, plan_function: Callable[..., Any], *args: Any, md: dict[str, Any] | None = None, **kwargs: Any
    ) -> RunHandle:
        """Run a plan on a thread of its own: `handle = session.start(record, camera, [tracker], duration_s=60)`.

        Returns at once. What the plan refuses before it does anything is raised here.

        Args:
            plan_function: returns the plan.
            args: its arguments.
            md: metadata for its runs, beside those that the plan gives.
            kwargs: its further arguments.

        Raises:
            RuntimeError: another plan is not over, or the session is closed.
            Exception: what the plan raises for arguments it refuses.
        """
        self._refuse_if_closed()
        watch = self._control.start(plan_function, *args, md=md or {}, **kwargs)
        return RunHandle(self._control, watch, self._surroundings.drain)

    def continue_run(
        self, plan_function: Callable[..., Any], *args: Any, md: dict[str, Any] | None = None, **kwargs: Any
    ) -> RunHandle:
        """Start a plan whose runs name the last run of this session as the one they continue; otherwise as `start`.

        Beads, tables and references are those of that run: their ids mean the same in both.

        Raises:
            RuntimeError: there is no run to continue, or the beads are others than at its end.
        """
        self._refuse_if_closed()
        return self.start(plan_function, *args, md={**(md or {}), **self._continuation.metadata()}, **kwargs)

    def resume_run(self, run: Any, *, md: dict[str, Any] | None = None) -> RunHandle:
        """Start what is left of an interrupted run of steps, as a new run that names the old one (`continues`).

        For runs of `step_record`, `staircase`, `hat_curve`, `force_extension` and `force_calibration`, also of a
        session that has died. A step that was not completed is taken again. A tracker without beads takes those of the
        run, where it saw them last.

        Args:
            run: as the catalogue takes it: uid or its beginning, scan id, -1 for the last.
            md: metadata for the new run.

        Raises:
            KeyError: there is no such run.
            ValueError: nothing is left of it, nobody can tell what, or this session is not as it was then.
            RuntimeError: another plan is not over, or the session is closed.
        """
        self._refuse_if_closed()
        self._control.refuse_if_busy("the rest of a run")
        interrupted = interrupted_run(self.records, run)
        interrupted.check(self.profile)
        rest = rest_of(interrupted, self.devices)
        for tracker in rest.trackers:
            if not tracker.beads.value:
                beads = beads_of(self.records, interrupted, tracker.name)
                self.start(bps.abs_set, tracker.beads, beads, wait=True).wait()
        self.calibrations.choose()
        check_settings(interrupted, rest)
        return self.start(rest.plan_function, md={**(md or {}), **rest.metadata}, **rest.arguments)

    @property
    def plan_status(self) -> PlanStatus | None:
        """How the present plan goes, or the last one went, also one that was started with `RE`; None before."""
        return self._control.status()

    def progress(self) -> str:
        """Say in a line how the present plan goes, also one that was started with `RE`; empty before the first."""
        status = self._control.status()
        return "" if status is None else status.sentence()

    def cancel(self, reason: str = "cancelled") -> bool:
        """Cancel the present plan, however it was started; see `RunHandle.cancel`. For callbacks and other threads."""
        watch = self._control.watch
        return watch is not None and self._control.cancel(watch, reason)

    def stop_all(self) -> tuple[AxisStop, ...]:
        """Cancel what runs and stop every axis at once, without waiting for plan or RunEngine, whatever they do.

        A bead lock that is on moves nothing any more until it is set again.

        Returns:
            Where each axis is, and what went wrong with it. What `magnets.on_abort` asks for follows, if a plan ran.
        """
        self.cancel("stop all")
        stops = stop_axes(self.devices.values())
        for each in stops:
            if each.error:
                log.error("stop all: %s", each.sentence())
        return stops

    def _refuse_if_closed(self) -> None:
        if self._journal is None:
            raise RuntimeError(f"Cannot start a plan: the session on {self.data} is closed; open a new one")

    def _chosen_beads(self) -> dict[str, Any]:
        """Return the beads of each tracker."""
        trackers = [device for device in self.devices.values() if isinstance(device, Tracker)]
        return {tracker.name: tuple(tracker.beads.value) for tracker in trackers}
