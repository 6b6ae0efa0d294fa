"""A session: RunEngine, devices, journal and catalogue, wired together."""

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Self

from bluesky.preprocessors import SupplementalData
from bluesky.run_engine import RunEngine, call_in_bluesky_event_loop
from bluesky.utils import MsgGenerator
from ophyd_async.core import Device
from rich.console import Console

from beadline.acquisition import Supervisor
from beadline.callbacks import Journal, LiveBlock
from beadline.catalogue import (
    Catalogue,
    DataLock,
    Ingestion,
    check_data_folder,
    data_folder,
    next_scan_id,
    recover,
    use_as_default,
)
from beadline.devices import Camera, DiskReserve, Force, LockStepClock, Magnets, Motor, ResultWriter, Workbench
from beadline.documents import check_start_metadata
from beadline.plans import PlanSummary, on_instrument_time, plan_summary, with_abort_policy
from beadline.status import Finding

from .calibrations import Calibrations
from .conduct import Conduct
from .continuation import Continuation
from .interrupts import Interrupts
from .looked_after import LookedAfter
from .profile import Profile, load_profile
from .provenance import provenance
from .run_control import RunControl
from .run_log import RunLog
from .steady_engine import SteadyEngine
from .stopping import stop_axes
from .surroundings import Surroundings
from .termination import OrderlyEnd

log = logging.getLogger("beadline")
CATALOGUE_PATIENCE_S = 5.0


class Session(Conduct, LookedAfter):
    """What a person holds: `RE`, the devices by name, and `catalogue`.

    One session owns a data folder; leaving it stops the workers in order.
    """

    devices: Mapping[str, Any]

    def __init__(
        self,
        profile: Profile,
        data: Path,
        *,
        say: Callable[[str], None] = log.info,
        trace: bool = False,
        arguments: dict[str, Any] | None = None,
        as_default: bool = True,
    ) -> None:
        """Open the data folder, start the workers and connect the devices.

        Args:
            profile: the microscope.
            data: where runs are kept.
            say: told in one line each what a person should know.
            trace: say every message of every plan.
            arguments: keyword arguments for the profile's `microscope`.
            as_default: make this the folder that `beadline runs`, tiled and databroker read by default.

        Raises:
            OSError: the data folder cannot be written, or another session has it.
        """
        self.data = check_data_folder(data)
        self.profile = profile
        self._say = say
        self._arguments = dict(arguments or {})
        self._run_log = RunLog()
        self._last_uid: str | None = None
        self._closing = threading.RLock()
        self._orderly_end = OrderlyEnd(self._end)
        self._surroundings = Surroundings(self.wait_for_catalogue)
        self._continuation = Continuation(self._chosen_beads)
        self._lock = DataLock(self.data)
        self._lock.acquire()
        self._supervisor: Supervisor | None = None
        self._journal: Journal | None = None
        self._catalogue: Catalogue | None = None
        try:
            self._open(trace=trace, as_default=as_default)
        except BaseException:
            self.close()
            raise

    def _open(self, *, trace: bool, as_default: bool) -> None:
        log.addHandler(self._run_log)
        log.setLevel(logging.INFO)
        for recovered in recover(self.data):
            self._say(recovered.sentence())
        if as_default:
            use_as_default(self.data)
        self._supervisor = Supervisor(log=log.info)
        self.workbench = Workbench(self._supervisor, data=self.data, disk=DiskReserve(self.data))
        self.result_writer = ResultWriter(self.workbench, name="result")
        with ThreadPoolExecutor(1, "start the ingester") as meanwhile:
            ingestion = meanwhile.submit(Ingestion.start, self._supervisor, self.data)
            self._connect_devices(trace=trace)
            self._ingestion = ingestion.result()
        self._look_after()

    def _connect_devices(self, *, trace: bool) -> None:
        """Make the RunEngine and the devices, and connect them."""
        self._journal = Journal(self.data, on_open=self._run_opened, on_close=self._run_closed)
        self.RE = SteadyEngine(
            provenance(self.profile),
            context_managers=[self._catalogue_level],
            scan_id_source=lambda _: next_scan_id(self.data),
            md_validator=check_start_metadata,
        )
        self.RE.subscribe(self._journal)
        if trace:
            setattr(self.RE, "msg_hook", lambda message: self._say(str(message)))  # noqa: B010 - typed as None
        made = self.profile.devices(self.workbench, **self._arguments)
        self.findings = self._connect(made)
        absent = {finding.where for finding in self.findings}
        self.devices = MappingProxyType({name: device for name, device in made.items() if name not in absent})
        self._check_each_run(made, self._say)
        self.RE.preprocessors.append(SupplementalData(baseline=self._baseline()))
        magnets = [device for device in self.devices.values() if isinstance(device, Magnets)]
        self.calibrations = Calibrations(lambda: self.records, magnets, lambda: self.RE.md, self._say)
        self.RE.preprocessors.append(self.calibrations.with_law)
        for device in magnets:
            self.RE.preprocessors.append(partial(with_abort_policy, magnets=device))
        self._control = RunControl(self.RE, self._surroundings.background)
        interrupts = Interrupts(self.RE, self._control, lambda: stop_axes(self.devices.values()), self._say)
        self.RE.context_managers.insert(1, interrupts.during_plans)
        for camera in self.cameras:
            if isinstance(camera.clock, LockStepClock):
                self.RE.preprocessors.append(partial(on_instrument_time, clock=camera.clock))

    # -- devices --------------------------------------------------------------------------------------------

    def _connect(self, made: dict[str, Any]) -> tuple[Finding, ...]:
        """Connect all devices at once; the session starts without those that fail, and says so."""
        ours = {name: device for name, device in made.items() if isinstance(device, Device)}

        async def connect_all() -> list[BaseException | None]:
            return await asyncio.gather(*(each.connect(timeout=30) for each in ours.values()), return_exceptions=True)

        errors = call_in_bluesky_event_loop(connect_all(), timeout=120)
        findings = tuple(
            Finding(name, _first_sentence(error)) for name, error in zip(ours, errors, strict=True) if error is not None
        )
        for finding in findings:
            self._say(f"{finding.where} is missing: {finding.sentence}")
        return findings

    def _baseline(self) -> list[Any]:
        """Axes whose positions are read at the start and the end of every run."""
        kinds = (Motor, Magnets, Force)
        return [device for device in self.devices.values() if isinstance(device, kinds)]

    def __getattr__(self, name: str) -> Any:
        devices = self.__dict__.get("devices", {})
        if name in devices:
            return devices[name]
        for finding in self.__dict__.get("findings", ()):
            if finding.where == name:
                raise AttributeError(f"{name} is missing in this session: {finding.sentence}")
        raise AttributeError(f"The session has no {name!r}: its devices are {', '.join(devices) or 'not connected'}")

    def live_block(self, beads: Sequence[int] | None = None, *, console: Console | None = None) -> LiveBlock:
        """Return a status block of the camera and the newest tracks: `watch()` it without a run.

        Args:
            beads: ids of the beads to show; by default the first eight.
            console: where to draw; what else is printed there meanwhile goes above the block. By default the terminal.
        """
        return LiveBlock(self.camera, self.tracker, self.devices.get("recorder"), beads=beads, console=console)

    @property
    def cameras(self) -> Sequence[Camera]:
        """All cameras of the microscope."""
        return [device for device in self.devices.values() if isinstance(device, Camera)]

    # -- runs -----------------------------------------------------------------------------------------------

    def _run_opened(self, folder: Path, start: dict[str, Any]) -> None:
        self.workbench.run_folder.open(folder)
        self._run_log.open(folder)
        self._last_uid = start["uid"]
        self._open_run = start
        self._continuation.run_opened(start)
        self._ingestion.follow(folder)

    def _run_closed(self, folder: Path, stop: dict[str, Any]) -> None:
        self._open_run = None
        self.workbench.run_folder.close()
        self._run_log.end()
        self._continuation.run_closed()
        self.calibrations.look_at(folder)
        if stop.get("exit_status") == "success" and stop.get("reason"):
            self._say(f"the run is complete, but: {stop['reason']}")

    @contextmanager
    def _catalogue_level(self, run_engine: RunEngine) -> Any:
        """Wait, when a plan has ended, until the catalogue has its runs; say so if it takes too long."""
        try:
            yield
        finally:
            if self._last_uid is not None and run_engine.state == "idle":
                behind = self.wait_for_catalogue(self._last_uid, CATALOGUE_PATIENCE_S)
                self._last_uid = None
                if behind:
                    self._say(f"catalogue: still takes in {behind} documents; the run itself is complete")

    def wait_for_catalogue(self, uid: str, timeout_s: float) -> int:
        """Wait at most so long [s] until the catalogue has a whole run; return how many documents it is behind."""
        self._surroundings.catalogue_behind = behind = self._ingestion.wait_for(uid, timeout_s)
        return behind

    def run(self, plan: MsgGenerator[Any]) -> str:
        """Run a plan as `RE` does, and return the uid of its last run.

        Raises:
            RuntimeError: the plan made no run.
        """
        uids = self.RE(plan)
        if not isinstance(uids, tuple) or not uids:
            raise RuntimeError("The plan made no run")
        return str(uids[-1])

    def plan_summary(self, plan: MsgGenerator[Any]) -> PlanSummary:
        """Say what a plan would do if it were run now, see `beadline.plans.plan_summary`."""
        self.calibrations.choose()
        return plan_summary(plan, self.data)

    def subscribe(self, callback: Callable[[str, dict[str, Any]], Any]) -> int:
        """Subscribe a callback to the documents of all runs; its failure never reaches a run."""
        return self.RE.subscribe(self._surroundings.guard(callback))

    def ingestion_state(self) -> dict[str, Any]:
        """Return how far the catalogue is: state, documents behind, and each run."""
        return self._ingestion.state()

    @property
    def records(self) -> Catalogue:
        """The same, without waiting for the catalogue to be open: what is read from the folders of the runs."""
        if self._catalogue is None:
            self._catalogue = Catalogue(self.data)
        return self._catalogue

    @property
    def catalogue(self) -> Catalogue:
        """All runs of the data folder, read-only."""
        self._ingestion.wait_until_open()
        return self.records

    # -- the end --------------------------------------------------------------------------------------------

    def close(self) -> None:
        """End what still runs, stop the workers in order and give the data folder back; harmless when done."""
        with self._closing, ExitStack() as last_first:
            last_first.callback(self._orderly_end.give_back)
            last_first.callback(self._lock.release)
            last_first.callback(self._run_log.end)
            last_first.callback(log.removeHandler, self._run_log)
            if self._supervisor is not None:
                last_first.callback(self._supervisor.stop)
            if self._journal is not None:
                last_first.callback(self._journal.close)
            last_first.callback(self._surroundings.close)
            if self._catalogue is not None:
                last_first.callback(self._catalogue.close)
            last_first.callback(self._look_away)
            control = self.__dict__.get("_control")
            if control is not None:
                last_first.callback(control.close, "the session was closed")
            self._catalogue = self._journal = self._supervisor = None

    def _end(self, reason: str) -> None:
        self._control.close(reason)
        self.close()

    def __enter__(self) -> Self:
        self._orderly_end.take()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_session(
    profile: str | Path = "simulated", data: Path | str | None = None, **options: Any
) -> AbstractContextManager[Session]:
    """Open a session, for a script.

    Args:
        profile: name of a profile that comes with beadline, or the path of one.
        data: where runs are kept; by default as `beadline.catalogue.data_folder` says.
        options: further arguments of `Session`.
    """
    return Session(load_profile(profile), Path(data) if data else data_folder(None), **options)


def _first_sentence(error: BaseException) -> str:
    return str(error).split("\n", 1)[0] or type(error).__name__
