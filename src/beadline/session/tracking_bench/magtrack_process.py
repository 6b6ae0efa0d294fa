"""MagTrack as its users run it, in a process and an interpreter of its own, for comparison."""

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .image_sets import MARGIN_PX, Frames, ImageSet
from .measuring import Locate, Located

_WORKER = Path(__file__).with_name("magtrack_worker.py")


class MagTrack:
    """A running MagTrack; leave the context to end it."""

    def __init__(self, python: Path) -> None:
        """Start it.

        Args:
            python: an interpreter in which MagTrack is installed.

        Raises:
            RuntimeError: it does not start.
        """
        self._folder = tempfile.TemporaryDirectory(prefix="beadline-magtrack-")
        self._files = Path(self._folder.name)
        with (self._files / "errors.txt").open("w") as errors:
            self._process = subprocess.Popen(
                [str(python), "-c", _WORKER.read_text(encoding="utf-8")],
                cwd=self._files,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        try:
            self._read()
        except RuntimeError:
            self.close()
            raise

    def __enter__(self) -> "MagTrack":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process and remove its files."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait(timeout=30)
        self._folder.cleanup()

    def with_table_of(self, images: ImageSet) -> Locate:
        """Return MagTrack with a table made of the mean profiles of the same sweep as beadline's."""
        table = self._table(images)

        def locate(images: ImageSet, frames: Frames) -> Located:
            found = self.track(images.windows(frames), table)
            places = found[:3].T + np.array([MARGIN_PX, MARGIN_PX, 0])
            nothing = np.zeros(len(frames), np.bool_)
            return Located(places, None, nothing, nothing)

        return locate

    def rounds_of(self, images: ImageSet, windows: Frames) -> "MagTrackRounds":
        """Return what measures the same windows again and again."""
        stack = self._keep("round.npy", windows)
        return MagTrackRounds(self, stack, self._keep("round-table.npy", self._table(images)), len(windows))

    def track(self, windows: Frames, table: NDArray[np.float64] | None) -> NDArray[np.float64]:
        """Return rows of x, y [px], z [nm], NaN without a table, and the profile; a column per window."""
        out = self._files / "found.npy"
        kept = None if table is None else self._keep("table.npy", table)
        self.command(stack=self._keep("stack.npy", windows), table=kept, out=str(out))
        return np.load(out)

    def command(self, **command: str | None) -> float:
        """Let it track and return the time it took [s].

        Raises:
            RuntimeError: it ended.
        """
        if self._process.stdin is None or self._process.poll() is not None:
            raise RuntimeError(self._ended())
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        return self._read()["seconds"]

    def _table(self, images: ImageSet) -> NDArray[np.float64]:
        profiles = self.track(images.sweep, None)[3:]
        planes = profiles.reshape(len(profiles), len(images.planes_nm), -1).mean(axis=2)
        return np.vstack((images.planes_nm, planes))

    def _keep(self, name: str, array: NDArray[Any]) -> str:
        path = self._files / name
        np.save(path, array, allow_pickle=False)
        return str(path)

    def _read(self) -> dict[str, Any]:
        line = self._process.stdout.readline() if self._process.stdout is not None else ""
        if not line:
            raise RuntimeError(self._ended())
        return json.loads(line)

    def _ended(self) -> str:
        said = (self._files / "errors.txt").read_text().strip().splitlines()
        return f"MagTrack ended: {said[-1] if said else 'it said nothing'}; is it installed in that interpreter?"


class MagTrackRounds:
    """Measures the same windows again and again."""

    def __init__(self, magtrack: MagTrack, stack: str, table: str, count: int) -> None:
        self._magtrack, self._stack, self._table, self._count = magtrack, stack, table, count

    def us_per_localisation(self) -> float:
        """Return the CPU time of one round [µs]."""
        return 1e6 * self._magtrack.command(stack=self._stack, table=self._table, out=None) / self._count
