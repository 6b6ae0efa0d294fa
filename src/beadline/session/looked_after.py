"""How a session looks after itself: before each run, once a second, and when somebody asks."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from bluesky.run_engine import RunEngine
from bluesky.utils import MsgGenerator

from beadline.catalogue import Ingestion
from beadline.devices import Workbench
from beadline.plans import checked_first
from beadline.status import Finding, SessionStatus

from .health import Health, session_status
from .health_rules import rules_for
from .preflight import Preflight
from .profile import Profile
from .rules import LogSink, Rules


class LookedAfter:
    """The part of a session that finds what prevents a run, and tells what a person should look at."""

    data: Path
    profile: Profile
    devices: Mapping[str, Any]
    findings: Sequence[Finding]
    workbench: Workbench
    RE: RunEngine
    health: Health
    """Its `rules.rules` and `rules.sinks` may be added to."""
    _ingestion: Ingestion
    _preflight: Preflight
    _open_run: Mapping[str, Any] | None = None

    def check(self, plan: MsgGenerator[Any]) -> list[Finding]:
        """Return all that a person should know before a plan is run, which every run is asked by itself, too.

        Args:
            plan: a fresh plan; it is used up.
        """
        return self._preflight.check(plan)

    def session_status(self) -> SessionStatus:
        """Return how the session is: what `beadline status` shows."""
        return session_status(
            profile=self.profile.path.stem,
            state=str(self.RE.state),
            start=self._open_run,
            catalogue=self._ingestion.glance(),
            disk=self.workbench.disk,
            workers=self.workbench.workers.statuses(),
            alerts=self.health.rules.alerts,
        )

    def _check_each_run(self, made: Mapping[str, Any], say: Callable[[str], Any]) -> None:
        """Have the plans of the RunEngine checked first; `made` are all devices, also those that are missing."""
        absent = {name: device for name, device in made.items() if name not in self.devices}

        def catalogue() -> Mapping[str, Any]:
            return self._ingestion.glance()

        self._preflight = Preflight(self.devices, absent, self.findings, self.workbench.disk, catalogue, say)
        first = partial(checked_first, findings=self._preflight.findings, tell=self._preflight.tell)
        self.RE.preprocessors.insert(0, first)  # the others hide what the plan was made with

    def _look_after(self) -> None:
        """Begin to look once a second."""
        rules = Rules(rules_for(self.devices, self.workbench.disk), [LogSink()])
        self.health = Health(self.data, rules, self.session_status)
        self.health.start()

    def _look_away(self) -> None:
        """Look a last time; harmless when it never began."""
        if "health" in self.__dict__:
            self.health.close()
            del self.health
