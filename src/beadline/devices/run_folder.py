"""Where the open run keeps its files."""

from pathlib import Path


class RunFolder:
    """Tells devices the folder of the open run; refuses when no run is open.

    The journal opens it on the start document and closes it on the stop document.
    """

    def __init__(self) -> None:
        self._path: Path | None = None

    def open(self, path: Path) -> None:
        """Say that a run is open and where its files belong."""
        self._path = path

    def close(self) -> None:
        """Say that no run is open."""
        self._path = None

    def file(self, name: str, *, asked_by: str) -> Path:
        """Return the path of a new file of the open run.

        Raises:
            RuntimeError: no run is open, or the file exists already.
        """
        if self._path is None:
            raise RuntimeError(f"Cannot prepare {asked_by}: no run is open; open_run comes before prepare")
        path = self._path / name
        if path.exists():
            raise RuntimeError(
                f"Cannot prepare {asked_by}: {name} exists already in this run; a run has one {name}, open a new run"
            )
        return path
