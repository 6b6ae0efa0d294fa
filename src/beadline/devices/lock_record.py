"""What a bead lock did, as it goes into the stream `bead_lock`."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from bluesky.protocols import Reading
from event_model import DataKey

KEPT_RECORDS = 36000
"""So many records are kept, and wait for a run to be written into: an hour at 10 Hz."""
_TYPES: dict[type, dict[str, str]] = {
    float: {"dtype": "number", "dtype_numpy": "<f8"},
    int: {"dtype": "integer", "dtype_numpy": "<i8"},
    str: {"dtype": "string"},
}
_UNITS = {"time_s": "s", "error_nm": "nm", "correction_nm": "nm", "position_um": "um"}


@dataclass(frozen=True)
class LockRecord:
    """One correction, or why there is none.

    Attributes:
        time_s: when, on the clock of the instrument [s].
        frame_id: the newest frame it is based on; -1 for none.
        bead: id of the first reference bead that was used; -1 for none.
        beads: number of reference beads that were used.
        axis: name of the axis.
        error_nm: measured position less the wanted one [nm]; NaN when it is not known.
        correction_nm: by how much the measured position was lowered [nm]; 0 when nothing moved.
        position_um: where the axis is now [µm].
        reason: "correction", "limited", "latched", or a sentence that says why nothing moves.
    """

    time_s: float
    frame_id: int
    bead: int
    beads: int
    axis: str
    error_nm: float
    correction_nm: float
    position_um: float
    reason: str

    def readings(self, name: str) -> dict[str, Reading[Any]]:
        """Return it as the readings of a device."""
        now = time.time()  # noqa: TID251 - a time stamp of a document, not a deadline
        return {f"{name}-{key}": Reading(value=value, timestamp=now) for key, value in asdict(self).items()}

    @classmethod
    def data_keys(cls, name: str) -> dict[str, DataKey]:
        """Describe these readings."""
        return {f"{name}-{key}": _data_key(f"{name}-{key}", key, kind) for key, kind in cls.__annotations__.items()}


def _data_key(name: str, key: str, kind: type) -> DataKey:
    units = {"units": _UNITS[key]} if key in _UNITS else {}
    return DataKey(**{"source": f"beadline://{name}", "shape": [], **_TYPES[kind], **units})


class LockRecords:
    """Keeps records, and hands each over once: to who listens, or who listens next."""

    def __init__(self) -> None:
        self.kept: deque[LockRecord] = deque(maxlen=KEPT_RECORDS)
        """The newest ones, oldest first."""
        self._to_tell: deque[LockRecord] = deque(maxlen=KEPT_RECORDS)
        self._listener: Callable[[LockRecord], None] | None = None
        self._last_reasons: dict[str, str] = {}

    def add(self, record: LockRecord) -> None:
        """Add a record, unless nothing moved for the same reason as the last time."""
        if record.correction_nm == 0 and record.reason in ("", self._last_reasons.get(record.axis)):
            return
        self._last_reasons[record.axis] = record.reason
        self.kept.append(record)
        self._to_tell.append(record)
        self._tell()

    def listen(self, listener: Callable[[LockRecord], None] | None) -> None:
        """Hand over to this listener from now on, and what has waited for one; None waits for the next."""
        self._listener = listener
        self._tell()

    def _tell(self) -> None:
        while self._listener is not None and self._to_tell:
            self._listener(self._to_tell.popleft())
