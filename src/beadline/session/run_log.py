"""What session and workers say while a run is open, beside its data."""

import logging
import threading
from pathlib import Path


class RunLog(logging.Handler):
    """Writes log records into `log.txt` of the open run; between runs it writes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        self._file: logging.FileHandler | None = None
        self._guard = threading.Lock()

    def open(self, folder: Path) -> None:
        """Begin the log of a run."""
        self.end()
        with self._guard:
            self._file = logging.FileHandler(folder / "log.txt", encoding="utf-8", delay=True)
            self._file.setFormatter(self.formatter)

    def emit(self, record: logging.LogRecord) -> None:
        with self._guard:
            if self._file is not None:
                if self._file.stream is None:
                    Path(self._file.baseFilename).touch(mode=0o600)
                self._file.emit(record)

    def end(self) -> None:
        """Finish the log; harmless when none is open."""
        with self._guard:
            if self._file is not None:
                self._file.close()
                self._file = None
