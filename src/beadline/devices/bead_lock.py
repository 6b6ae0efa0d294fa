"""The bead lock: focus, and stage if wanted, hold reference beads where they were."""

import asyncio
import json
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from bluesky.protocols import Reading
from event_model import DataKey
from ophyd_async.core import AsyncStatus, Device, Reference, soft_signal_rw

from beadline.acquisition import LatestTracks, TrackBlock
from beadline.tracks import valid

from .camera import Camera
from .connecting import OpenFirst
from .lock_options import LockOptions
from .lock_record import LockRecord, LockRecords
from .locked_axis import Decision, LockedAxis
from .tracker import Tracker

log = logging.getLogger("beadline.lock")
POLL_S = 0.005
PATIENCE_S = 3.0


@dataclass(frozen=True)
class Locking:
    """What a lock is to do.

    Attributes:
        beads: ids of the reference beads; None takes all beads of that role that have a look-up table.
        options: how.
        stage: whether the stage follows the beads, too.
    """

    beads: Sequence[int] | None = None
    options: LockOptions = field(default_factory=LockOptions)
    stage: bool = False


class BeadLock(Device):
    """Moves the focus so that reference beads stay at the height they had, and the stage so that they stay in place.

    Set to a `Locking` it begins, set to None it ends. In between it works by itself, on the newest tracks and on the
    clock of the instrument, whatever plan runs and also between plans; only `hold_still` keeps it from moving. What it
    does is not a message of a plan, so none is replayed after a pause. Each correction goes to who monitors it; what
    happens without a run waits for the next one.
    """

    def __init__(self, tracker: Tracker, focus: Any, stage: tuple[Any, Any] | None = None, name: str = "") -> None:
        """Describe the lock; it moves nothing before it is set.

        Args:
            tracker: whose newest tracks it reads.
            focus: any positioner that counts in µm; upwards is towards the sample.
            stage: positioners along x and y that count in µm; the image moves up along an axis with them.
            name: normally given by `init_devices`.
        """
        self._tracker = Reference(tracker)
        self._focus, self._stage = Reference(focus), [Reference(each) for each in stage or ()]
        self.offset_nm = soft_signal_rw(float, 0.0, units="nm")
        """How far above their set-points the beads are held [nm]."""
        self.hold_still = False
        """While this is so nothing moves: a plan takes the frames of a step."""
        self.records = LockRecords()
        self._locking: Locking | None = None
        self._beads: list[int] = []
        self._places: list[int] = []
        self._axes: list[LockedAxis] = []
        self._work: AsyncStatus[None] | None = None
        self._fresh_after_s = self._due_s = 0.0
        self._at_rest = asyncio.Event()
        self._at_rest.set()
        super().__init__(name=name, connector=OpenFirst(tracker.connected))

    # -- what it is asked -----------------------------------------------------------------------------------

    @property
    def camera(self) -> Camera:
        """The camera whose frames it goes by."""
        return self._tracker().camera

    @property
    def axes(self) -> list[Any]:
        """The positioners it may move."""
        return [self._focus(), *(each() for each in self._stage)]

    @property
    def locking(self) -> Locking | None:
        """What it does now; None when it is off."""
        return self._locking

    @property
    def moving(self) -> bool:
        """Whether a correction is under way."""
        return not self._at_rest.is_set()

    async def rest(self) -> None:
        """Wait for the end of a correction that is under way."""
        await self._at_rest.wait()

    @AsyncStatus.wrap
    async def set(self, locking: Locking | None) -> None:
        """Begin to hold the beads where they are from now on, or end.

        Raises:
            ValueError: no such bead, one without a look-up table, or no stage to move.
        """
        beads, axes = [], []
        if locking is not None:
            beads = self._chosen(locking.beads)
            axes = await self._locked_axes(locking, len(beads))
            await self._tracker().ready()
        self.hold_still = True
        await self.rest()
        self.let_go()
        if locking is not None:
            tracked = [bead.id for bead in self._tracker().beads.tracked]
            self._beads, self._places = beads, [tracked.index(bead) for bead in beads]
            self._axes, self._locking = axes, locking
            self._begin()

    def let_go(self) -> None:
        """End at once; called on the event loop. A move that is under way goes on to its end."""
        self._cancel()
        self._locking, self._axes, self.hold_still = None, [], False

    def freeze(self, why: str) -> None:
        """Move nothing any more until it is set again, without waiting for anything; on any thread.

        A move that is under way goes on: stop the axes afterwards.

        Args:
            why: for people.
        """
        for each in tuple(self._axes):
            each.frozen = f"frozen: {why}"

    def _chosen(self, ids: Sequence[int] | None) -> list[int]:
        tracked = self._tracker().beads.tracked
        usable = [bead.id for bead in tracked if bead.lookup_table is not None]
        if ids is None:
            ids = [bead.id for bead in tracked if bead.role == "reference" and bead.id in usable]
        if wrong := sorted(set(ids) - set(usable)):
            raise ValueError(
                f"{self.name} cannot go by beads {wrong}: those with a look-up table are {usable}; "
                "make_lookup_table gives them one"
            )
        references = [bead.id for bead in tracked if bead.role == "reference"]
        if others := sorted(set(ids) - set(references)):
            raise ValueError(
                f"{self.name} cannot go by beads {others}: they are no references, which are {references}; a tether "
                "moves with the force. If they are stuck, use set_role first"
            )
        if not ids:
            raise ValueError(
                f"{self.name} has no reference bead with a look-up table: give beads the role 'reference' with "
                "set_role and a table with make_lookup_table"
            )
        return list(ids)

    async def _locked_axes(self, locking: Locking, beads: int) -> list[LockedAxis]:
        # Raising the objective makes beads look lower.
        nm_per_um = -1000.0 * await self.camera.focal_factor.get_value()
        axes = [LockedAxis(self._focus(), "z_nm", 1.0, nm_per_um, beads, locking.options)]
        if locking.stage:
            pixel_nm = await self.camera.pixel_size_nm.get_value()
            if not self._stage or not np.isfinite(pixel_nm):
                raise ValueError(f"{self.name} cannot move the stage: it has none, or the camera has no pixel_size_nm")
            axes += [
                LockedAxis(each(), column, pixel_nm, 1000.0, beads, locking.options)
                for each, column in zip(self._stage, ("x_px", "y_px"), strict=True)
            ]
        return axes

    # -- beginning, pausing, ending -------------------------------------------------------------------------

    def _begin(self) -> None:
        """Go on, with no sample from before this moment."""
        clock = self.camera.clock
        self._fresh_after_s = self._due_s = clock.now()
        for each in self._axes:
            each.rest()
        self._work = clock.takes_time(AsyncStatus(self._keep()))

    def _cancel(self) -> None:
        if self._work is not None:
            self._work.task.cancel()
            self._work = None

    async def pause(self) -> None:
        """Hold, or go on, as was chosen: called by the RunEngine when a plan is paused."""
        if self._locking is None:
            return
        hold = self._locking.options.on_pause == "hold"
        if hold:
            self._cancel()
        self._say_of_all("paused: holds" if hold else "paused: goes on")

    async def resume(self) -> None:
        """Go on after a pause; nothing is corrected before a whole window is newer than this moment."""
        if self._locking is None:
            return
        if self._locking.options.on_pause == "hold":
            self._begin()
        self._say_of_all("resumed")

    # -- the loop -------------------------------------------------------------------------------------------

    async def _keep(self) -> None:
        clock = self.camera.clock
        while self._locking is not None:
            try:
                await clock.sleep(max(POLL_S, self._due_s - clock.now()))
                if not self.hold_still:
                    await self._look(self._locking.options)
            except Exception as error:  # noqa: BLE001 - what fails here does not end the run: nothing moves, it is said
                self._say_of_all(f"holds: {error}")
                log.warning("%s holds: %s", self.name, error)
                if not self.camera.worker.alive:
                    return
                self._due_s = clock.now() + PATIENCE_S

    async def _look(self, options: LockOptions) -> None:
        """Correct once, if there is a whole window of fresh frames and anything to correct."""
        now_s = self.camera.clock.now()
        block, missing = await self._fresh(options.window)
        if missing:
            wait_s = missing / await self.camera.frame_rate_hz.get_value()
            self._due_s = now_s + wait_s
            if now_s - self._fresh_after_s > PATIENCE_S + wait_s:
                self._say_of_all("holds: no fresh frames; start the camera (live) and look at its frame rate")
            return
        self._due_s = now_s + options.interval_s
        decided = [(each, await self._decide(each, block)) for each in self._axes]
        moves = [each.move(what.target_um) for each, what in decided if what.target_um is not None]
        if moves:
            await self._make(moves, options.settle_s)
        for each, what in decided:
            self._say(each, what, block)

    async def _fresh(self, window: int) -> tuple[TrackBlock, int]:
        """Return the newest frames exposed after the last move, at most a window, and how many are missing to one."""
        exposure_s = await self.camera.exposure_s.get_value()
        self._tracker().worker.check()
        latest = LatestTracks.attach(self._tracker().latest)
        try:
            block = latest.since_time(self._fresh_after_s + exposure_s, window)
        finally:
            latest.close()
        return block, window - len(block.frame_id)

    async def _decide(self, axis: LockedAxis, block: TrackBlock) -> Decision:
        moved = axis.frozen or await axis.moved_by_others()
        if moved:
            self._fresh_after_s = self.camera.clock.now()
            return axis.stays(moved)
        tracks = np.where(valid(block.flags)[..., None], block.tracks.astype(np.float64), np.nan)[:, self._places]
        offset_nm = await self.offset_nm.get_value() if axis.axis is self._focus() else 0.0
        return axis.decide(tracks, float(block.host_time_s.mean()), offset_nm)

    async def _make(self, moves: Sequence[Any], settle_s: float) -> None:
        """Move, and take no frame for fresh that was exposed before the end of it."""
        clock = self.camera.clock
        self._at_rest.clear()
        try:
            with clock.behind_another():
                # shielded: a pause between two corrections leaves none half done
                await asyncio.shield(asyncio.gather(*moves))
            if settle_s:
                await clock.sleep(settle_s)
        finally:
            self._fresh_after_s = clock.now()
            self._at_rest.set()

    # -- what it says ---------------------------------------------------------------------------------------

    def _say(self, axis: LockedAxis, what: Decision, block: TrackBlock | None) -> None:
        used = [bead for bead, each in zip(self._beads, what.used, strict=True) if each]
        without = [str(bead) for bead in self._beads if bead not in used]
        failed = axis.frozen if what.correction_nm else ""
        reason = failed or what.reason
        if what.correction_nm and without and not failed:
            reason += f", without bead {', '.join(without)}"
        self.records.add(
            LockRecord(
                time_s=self.camera.clock.now(),
                frame_id=-1 if block is None else int(block.frame_id[-1]),
                bead=used[0] if used else -1,
                beads=len(used),
                axis=axis.axis.name,
                error_nm=what.error_nm,
                correction_nm=0.0 if failed else what.correction_nm,
                position_um=axis.position_um,
                reason=reason,
            )
        )

    def _say_of_all(self, reason: str) -> None:
        for each in self._axes:
            self._say(each, each.stays(reason), None)

    # -- as Bluesky reads it --------------------------------------------------------------------------------

    def subscribe(self, function: Callable[[dict[str, Reading[Any]]], None]) -> None:
        """Hand over each record to a function from now on, and what has waited; what `monitor` calls."""
        self.records.listen(lambda record: function(record.readings(self.name)))

    def clear_sub(self, function: Callable[[dict[str, Reading[Any]]], None]) -> None:
        """Hand nothing over any more; what happens from now on waits."""
        self.records.listen(None)

    async def describe(self) -> dict[str, DataKey]:
        return LockRecord.data_keys(self.name)

    async def read(self) -> dict[str, Reading[Any]]:
        """Return the newest record.

        Raises:
            RuntimeError: there is none yet.
        """
        if not self.records.kept:
            raise RuntimeError(f"{self.name} has nothing to read: it has corrected nothing yet")
        return self.records.kept[-1].readings(self.name)

    def _configuration(self) -> dict[str, Any]:
        locking = self._locking
        plain = {} if locking is None else {"stage": locking.stage, **locking.options.as_plain()}
        return {f"{self.name}-options": json.dumps(plain), f"{self.name}-beads": json.dumps(self._beads)}

    async def read_configuration(self) -> dict[str, Reading[Any]]:
        now = time.time()  # noqa: TID251 - a time stamp of a document, not a deadline
        return {key: Reading(value=value, timestamp=now) for key, value in self._configuration().items()}

    async def describe_configuration(self) -> dict[str, DataKey]:
        return {
            key: DataKey(source=f"beadline://{key}", dtype="string", dtype_numpy=f"|S{len(value)}", shape=[])
            for key, value in self._configuration().items()
        }
