"""What has to be known after a restart: a small file that is there whole, old or new, whatever happens."""

import json
import os
from pathlib import Path
from typing import Any


class KeptFacts:
    """Plain data in a JSON file, read once, for its session is the only one that writes it; or in memory only."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._held: dict[str, Any] | None = None

    def read(self) -> dict[str, Any]:
        """Return what was written last, empty if nothing ever was.

        Raises:
            ValueError: the file is damaged.
        """
        if self._held is None:
            self._held = {} if self._path is None or not self._path.exists() else self._load(self._path)
        return dict(self._held)

    def _load(self, path: Path) -> dict[str, Any]:
        try:
            facts = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise self._damaged(str(error)) from error
        if not isinstance(facts, dict):
            raise self._damaged("it holds no table of names and values")
        return facts

    def _damaged(self, why: str) -> ValueError:
        return ValueError(
            f"Cannot read {self._path}: it is damaged ({why}); mend it, or move it away and find out anew what it said"
        )

    def write(self, facts: dict[str, Any]) -> None:
        """Keep this from now on; on the disk when it returns.

        Raises:
            OSError: the disk does not take it; what was kept before still is.
        """
        if self._path is not None:
            self._save(self._path, facts)
        self._held = dict(facts)

    @staticmethod
    def _save(path: Path, facts: dict[str, Any]) -> None:
        unfinished = path.with_name(f"{path.name}.new")
        unfinished.touch(mode=0o600)
        with unfinished.open("w", encoding="utf-8") as file:
            json.dump(facts, file, indent=1, allow_nan=False)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        if os.name == "posix":
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
