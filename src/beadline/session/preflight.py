"""What is looked at before a run: one list of findings, of which some prevent it."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bluesky.run_engine import call_in_bluesky_event_loop

from beadline.devices import Camera, DiskReserve, Lamp, RingDetector, Tracker
from beadline.plans import Planned, bytes_per_frame, plan_summary, planned_by, root_cause
from beadline.status import Finding
from beadline.tracking import TrackerOptions, check_matches, load_lookup_tables

from .health_rules import BeadsLost

Check = Callable[[Planned], Sequence[Finding]]


class Preflight:
    """The checks of a session; may be called from any thread but that of the event loop."""

    def __init__(
        self,
        devices: Mapping[str, Any],
        absent: Mapping[str, Any],
        missing: Sequence[Finding],
        disk: DiskReserve | None,
        catalogue: Callable[[], Mapping[str, Any]],
        say: Callable[[str], Any],
    ) -> None:
        """Describe the checks.

        Args:
            devices: those that are there, by name.
            absent: those that could not be connected.
            missing: and why.
            disk: of the data folder.
            catalogue: says its `state` and how many documents it is `behind`.
            say: told in one line what prevents no run, once until it has been otherwise.
        """
        self._devices = devices
        self._absent = absent
        self._missing = {each.where: each.sentence for each in missing}
        self._disk = disk
        self._catalogue = catalogue
        self._say = say
        self._said: set[str] = set()
        self.checks: list[Check] = [
            self.devices_there,
            self.limits,
            self.tables,
            self.disk_room,
            self.catalogue_level,
            self.light,
            self.references,
        ]
        """In this order; add further ones."""

    def findings(self, planned: Planned) -> list[Finding]:
        """Return all that a person should know before a run; a check that fails is a finding that prevents none."""
        found: list[Finding] = []
        for check in self.checks:
            try:
                found += check(planned)
            except Exception as error:  # noqa: BLE001 - whatever prevents a look, the others are taken
                found.append(Finding(check.__name__, f"cannot be looked at: {error}", prevents_run=False))
        return found

    def tell(self, found: Sequence[Finding]) -> None:
        """Say what is new of what was found before a run."""
        sentences = [f"{each.where}: {each.sentence}" for each in found]
        for sentence in sentences:
            if sentence not in self._said:
                self._say(sentence)
        self._said = set(sentences)

    def check(self, plan: Generator[Any, Any, Any]) -> list[Finding]:
        """Return the same of a plan, and what going through its messages with made-up answers finds besides.

        Args:
            plan: fresh; it is used up.
        """
        found = self.findings(planned_by(plan))
        if any(each.prevents_run for each in found):
            plan.close()
            return found
        try:
            summary = plan_summary(plan)
        except Exception as error:  # noqa: BLE001 - whatever the plan itself refuses is a finding
            return [*found, Finding("plan", root_cause(error))]
        lacks = "" if self._disk is None else self._disk.lacks(summary.bytes)
        return [*found, *([Finding("disk", lacks.removeprefix("disk: "))] if lacks else [])]

    def devices_there(self, planned: Planned) -> list[Finding]:
        """Devices of the plan that are missing in this session, or whose workers are gone for good."""
        used = [*planned.values, *planned.cameras]
        found = [
            Finding(name, f"is missing in this session: {self._missing.get(name, 'it could not be connected')}")
            for name, device in self._absent.items()
            if any(device is each for each in used)
        ]
        for each in dict.fromkeys(each for each in used if isinstance(each, Camera | RingDetector)):
            if each.name in self._absent or each.worker.alive:
                continue
            workbench = each.workbench if isinstance(each, Camera) else each.camera.workbench
            if workbench.workers.status(each.worker.name).state not in ("waiting", "starting"):
                found.append(Finding(each.name, f"{each.worker.obituary()}; start the session anew"))
        return found

    def limits(self, planned: Planned) -> list[Finding]:
        """Positions that the axis of the plan refuses."""
        axis, positions = planned.moves
        found: list[Finding] = []
        for position in positions:
            try:
                call_in_bluesky_event_loop(_asked(axis, position))
            except (ValueError, RuntimeError) as error:
                found.append(Finding(axis.name, str(error)))
        return found

    def tables(self, planned: Planned) -> list[Finding]:
        """Beads without look-up table, and tables that are gone, damaged, or made with other options or optics.

        These prevent a recording, and none of the plans that make tables or choose other beads.
        """
        found: list[Finding] = []
        records = "consumers" in planned.arguments
        for tracker in [each for each in planned.consumers if isinstance(each, Tracker)]:
            beads = tracker.beads.tracked
            if records and not beads:
                found.append(Finding(tracker.name, "has no beads: choose them with find_beads first"))
            without = [bead.id for bead in beads if bead.lookup_table is None and bead.role != "ignored"]
            if without and "planes" not in planned.arguments:  # of a plan that makes them
                sentence = f"beads {without} have no look-up table, so x and y only; make_lookup_table gives them one"
                found.append(Finding(tracker.name, sentence, prevents_run=False))
            files = dict.fromkeys(Path(bead.lookup_table) for bead in beads if bead.lookup_table is not None)
            refused = [wrong for each in files if (wrong := _table_refused(tracker, each))]
            found += [Finding(tracker.name, each, prevents_run=records) for each in refused]
        return found

    def disk_room(self, planned: Planned) -> list[Finding]:
        """Room for what is planned, a tenth more, and the reserve."""
        if self._disk is None or not planned.consumers:
            return []
        rate_hz = float(call_in_bluesky_event_loop(planned.cameras[0].frame_rate_hz.get_value()))
        frames = planned.frames(rate_hz) or 0.0
        lacks = self._disk.lacks(frames * sum(bytes_per_frame(each) for each in planned.consumers))
        return [Finding("disk", lacks.removeprefix("disk: "))] if lacks else []

    def catalogue_level(self, planned: Planned) -> list[Finding]:
        """Whether the catalogue has all runs; a run never waits for it."""
        state = self._catalogue()
        if state["state"] == "degraded" or state["behind"]:
            sentence = f"is {state['state']}, {state['behind']} documents behind; the runs are in their folders"
            return [Finding("catalogue", sentence, prevents_run=False)]
        return []

    def light(self, planned: Planned) -> list[Finding]:
        """Lamps that are off."""
        return [
            Finding(name, "is off; a recording would be dark", prevents_run=False)
            for name, lamp in self._devices.items()
            if isinstance(lamp, Lamp) and planned.consumers and not _level_percent(lamp) > 0
        ]

    def references(self, planned: Planned) -> list[Finding]:
        """Reference beads that were seen in none of the newest frames."""
        trackers = [each for each in planned.consumers if isinstance(each, Tracker)]
        lost = [(tracker, BeadsLost(tracker).look()) for tracker in trackers]
        return [Finding(each.name, said, prevents_run=False) for each, said in lost if "(reference)" in said]


async def _asked(axis: Any, position: float) -> None:
    answer = axis.check_value(position)
    if hasattr(answer, "__await__"):
        await answer


def _level_percent(lamp: Lamp) -> float:
    return float(call_in_bluesky_event_loop(lamp.level_percent.get_value()))


def _table_refused(tracker: Tracker, path: Path) -> str:
    """Say why the tables of a file cannot be used for its beads; empty when they can."""
    options = TrackerOptions.from_dict(tracker.tracker_options)
    beads = {bead.id: bead for bead in tracker.beads.tracked if bead.lookup_table == path}
    try:
        optics = call_in_bluesky_event_loop(tracker.optics())
        tables = {table.bead_id: table for table in load_lookup_tables(path)}
        for number, bead in beads.items():
            if number not in tables:
                return f"{path} has no look-up table of bead {number}: it has {sorted(tables)}"
            check_matches(tables[number], replace(options, window_px=tracker.beads.window_px(bead)), optics)
    except (OSError, ValueError) as error:
        return str(error)
    return ""
