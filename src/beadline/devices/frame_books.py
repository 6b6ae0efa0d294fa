"""The books of a recording: what the camera produced, what reached each file, what was lost and where."""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from bluesky.protocols import Reading
from event_model import DataKey

from beadline.status import FrameCounts

from .camera import Camera
from .ring_detector import RingDetector

log = logging.getLogger("beadline.books")


@dataclass(frozen=True)
class Balance:
    """The counts of one consumer, and whether they add up.

    Attributes:
        counts: what it says of each frame.
        decimated: frames that are not one of every k it was to take.
        died: whether its worker is gone, so that only what it had published is known.
    """

    counts: FrameCounts
    decimated: int
    died: bool

    @property
    def unaccounted(self) -> int:
        """Frames that were asked for and are neither in its file nor left out for a known reason; 0 in good books.

        Negative when it has more frames than were asked for.
        """
        return self.counts.produced - self.counts.delivered - self.counts.missed - self.decimated

    def sentence(self, consumer: str) -> str:
        """Say that the books do not balance; empty when they do."""
        if self.unaccounted == 0:
            return ""
        what = "frames are unaccounted for" if self.unaccounted > 0 else "frames are too many"
        why = ", it died before it could tell" if self.died else ""
        return f"the books of {consumer} do not balance: {abs(self.unaccounted)} of {self.counts.produced} {what}{why}"


class FrameBooks:
    """Reads, at the end of a recording, one event with the counts of the camera and of each consumer.

    A plan makes one for its run. Lists of frame ids have the length they have, so each event describes itself.
    """

    parent = None

    def __init__(self, camera: Camera, consumers: Sequence[RingDetector], name: str = "frame_books") -> None:
        self.name = name
        self._camera = camera
        self._consumers = tuple(consumers)
        self._balances: dict[str, Balance] = {}

    def sentence(self) -> str:
        """Say what was lost, and by whom, and what does not add up; empty when all is well."""
        lost = [balance.counts.missed_sentence(name) for name, balance in self._balances.items()]
        for balance in list(self._balances.values())[:1]:
            lost.insert(0, balance.counts.dropped_sentence(self._camera.name))
        return "; ".join(filter(None, [*self._incomplete(), *lost, *self._unbalanced()]))

    def _incomplete(self) -> list[str]:
        """Say of each consumer whose worker has died, without ending the run, where its file ends."""
        return [
            f"{each.stream}_incomplete: {each.name} has {balance.counts.delivered} of {balance.counts.produced} frames "
            f"in its file, which ends where its worker did: {each.ended_early}"
            for each in self._consumers
            if each.ended_early and (balance := self._balances.get(each.name)) is not None
        ]

    def _unbalanced(self) -> list[str]:
        return list(filter(None, (balance.sentence(name) for name, balance in self._balances.items())))

    async def balance(self) -> None:
        """Ask camera and consumers for their counts; of one that is dead, what it had published is taken."""
        report = await self._camera.books.report()
        self._balances = await self._balance_with(report)
        excess = -min((balance.unaccounted for balance in self._balances.values()), default=0)
        if excess > 0 and not self._camera.worker.alive:
            # it died after it had handed on a frame and before it had counted it
            self._balances = await self._balance_with({**report, "produced": report["produced"] + excess})
        for sentence in self._unbalanced():
            log.warning(sentence)

    async def _balance_with(self, report: Mapping[str, Any]) -> dict[str, Balance]:
        """Balance each consumer with what the camera says."""
        balances: dict[str, Balance] = {}
        for consumer in self._consumers:
            counts = await consumer.counts()
            spared = bool(consumer.ended_early)
            died = bool(consumer.end) or not consumer.worker.alive
            # A camera that is gone cannot name the frames it lost; the consumer saw the gaps.
            dropped_ids = tuple(sorted({*report["dropped_ids"], *counts["dropped_ids"]}))
            balance = Balance(
                FrameCounts(
                    produced=report["produced"],
                    delivered=counts["delivered"],
                    dropped_ids=dropped_ids,
                    missed_ids=tuple(counts["missed_ids"]),
                    missed_unnamed=counts["missed"] - len(counts["missed_ids"]),
                    unasked=counts["unasked"],
                    repeated=report["repeated"],
                    out_of_order=report["out_of_order"],
                ),
                counts["decimated"],
                died,
            )
            if spared:  # and nobody took any frame after its end
                unnamed = balance.counts.missed_unnamed + max(balance.unaccounted, 0)
                balance = replace(balance, counts=replace(balance.counts, missed_unnamed=unnamed))
            balances[consumer.name] = balance
        return balances

    def _values(self) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, balance in self._balances.items():
            counts = balance.counts
            values[f"{name}-produced"] = counts.produced
            values[f"{name}-delivered"] = counts.delivered
            values[f"{name}-missed"] = counts.missed
            values[f"{name}-unasked"] = counts.unasked
            values[f"{name}-decimated"] = balance.decimated
            values[f"{name}-unaccounted"] = balance.unaccounted
            values[f"{name}-repeated"] = counts.repeated
            values[f"{name}-out_of_order"] = counts.out_of_order
            values[f"{name}-dropped_ids"] = np.array(counts.dropped_ids, dtype=np.int64)
            values[f"{name}-missed_ids"] = np.array(counts.missed_ids, dtype=np.int64)
        return values

    async def describe(self) -> dict[str, DataKey]:
        return {key: _data_key(key, value) for key, value in self._values().items()}

    async def read(self) -> dict[str, Reading[Any]]:
        await self.balance()
        now = time.time()  # noqa: TID251 - a time stamp of a document, not a deadline
        return {key: Reading(value=value, timestamp=now) for key, value in self._values().items()}


def _data_key(key: str, value: Any) -> DataKey:
    shape = list(np.shape(value))
    return DataKey(source=f"beadline://{key}", dtype="array" if shape else "integer", dtype_numpy="<i8", shape=shape)
