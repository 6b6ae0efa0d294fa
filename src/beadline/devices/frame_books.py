"""The books of a recording: what the camera produced, what reached each file, what was lost and where."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from bluesky.protocols import Reading
from event_model import DataKey

from beadline.status import FrameCounts

from .camera import Camera
from .ring_detector import RingDetector


class FrameBooks:
    """Reads, at the end of a recording, one event with the counts of the camera and of each consumer.

    A plan makes one for its run. Lists of frame ids have the length they have, so each event describes itself.
    """

    parent = None

    def __init__(self, camera: Camera, consumers: Sequence[RingDetector], name: str = "frame_books") -> None:
        self.name = name
        self._camera = camera
        self._consumers = tuple(consumers)
        self._counts: dict[str, FrameCounts] = {}

    @property
    def counts(self) -> Mapping[str, FrameCounts]:
        """Counts per consumer, as last read."""
        return dict(self._counts)

    def sentence(self) -> str:
        """Say what was lost, and by whom; empty when nothing was."""
        every = [counts.missed_sentence(name) for name, counts in self._counts.items()]
        if self._counts:
            every.insert(0, next(iter(self._counts.values())).dropped_sentence(self._camera.name))
        return "; ".join(sentence for sentence in every if sentence)

    @property
    def can_be_balanced(self) -> bool:
        """Whether everyone is there to tell their counts."""
        return all(consumer.worker.alive for consumer in self._consumers)

    async def balance(self) -> None:
        """Ask camera and consumers for their counts."""
        report = await self._camera.window_report()
        dropped = tuple(report["dropped_ids"])
        self._counts = {}
        for consumer in self._consumers:
            counts = await consumer.counts()
            self._counts[consumer.name] = FrameCounts(
                produced=report["produced"],
                delivered=counts["delivered"],
                dropped_ids=dropped,
                missed_ids=tuple(counts["missed_ids"]),
                unasked=counts["unasked"],
                repeated=report["repeated"],
                out_of_order=report["out_of_order"],
            )

    def _values(self) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, counts in self._counts.items():
            values[f"{name}-produced"] = counts.produced
            values[f"{name}-delivered"] = counts.delivered
            values[f"{name}-missed"] = counts.missed
            values[f"{name}-unasked"] = counts.unasked
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
