"""A session whose runs come into the catalogue when they are opened there: to bring one in takes seconds of a core."""

from pathlib import Path
from typing import Any, Self

from beadline.acquisition import Supervisor
from beadline.catalogue import Catalogue, Ingestion, ingester_handle
from beadline.session import Session

PATIENCE_S = 60.0


class WhenOpened(Ingestion):
    """Tells the ingester of each run as it begins if `at_once` is set, otherwise when somebody opens it."""

    at_once = False

    @classmethod
    def start(cls, supervisor: Supervisor, data: Path) -> Self:
        """Start the ingester in the foreground, as somebody waits for whatever it does here."""
        return cls(supervisor.start("ingester", ingester_handle.LOOP, {"data": str(data)}))

    def follow(self, folder: Path) -> None:
        if self.at_once:
            super().follow(folder)

    def wait_for(self, uid: str, timeout_s: float) -> int:
        return super().wait_for(uid, timeout_s) if self.at_once else 0

    def bring_in(self, folder: Path, uid: str) -> None:
        if self.state()["runs"].get(uid, {}).get("state") != "done":
            super().follow(folder)
            assert super().wait_for(uid, PATIENCE_S) == 0


class OpenedCatalogue(Catalogue):
    """Has the runs that somebody opens brought in."""

    ingestion: WhenOpened

    def __getitem__(self, run: Any) -> Any:
        record = self._record(run)
        self.ingestion.bring_in(record.folder, record.uid)
        return super().__getitem__(run)


def ingestion_of(session: Session) -> WhenOpened:
    """Return the handle of the ingester of the shared session."""
    assert isinstance(session._ingestion, WhenOpened)
    return session._ingestion
