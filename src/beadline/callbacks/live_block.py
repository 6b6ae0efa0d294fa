"""A status block in the terminal: frames, rates, what was missed, and where the chosen beads are."""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from beadline.acquisition import LatestTracks
from beadline.devices import Camera, Recorder, Tracker
from beadline.tracks import column_index, valid

REFRESH_HZ = 4
BARS = "▁▂▃▄▅▆▇█"


class LiveBlock:
    """Shows the camera and the newest tracks, with or without a run.

    It polls what the workers publish in shared memory and costs neither them nor the RunEngine anything.
    """

    def __init__(
        self,
        camera: Camera,
        tracker: Tracker,
        recorder: Recorder | None = None,
        *,
        beads: Sequence[int] | None = None,
        span: int = 400,
        console: Console | None = None,
    ) -> None:
        """Choose what to show.

        Args:
            camera: whose frames are counted.
            tracker: whose newest tracks are shown.
            recorder: whose frames are counted, if there is one.
            beads: ids of the beads to show; by default the first eight.
            span: how many of the newest frames are drawn.
            console: where to draw; by default the terminal.
        """
        self._camera = camera
        self._tracker = tracker
        self._recorder = recorder
        self._chosen = None if beads is None else tuple(beads)
        self._span = span
        self._console = console or Console()
        self._latest: LatestTracks | None = None
        self._headline: Callable[[], str] = lambda: ""

    def block(self) -> RenderableType:
        """Return what is to be drawn now."""
        try:
            beads = self._beads()
        except (RuntimeError, OSError, IndexError):
            beads = Text("the beads are being changed", style="dim")
        headline = self._headline()
        return Group(*([Text(headline, style="bold")] if headline else []), self._counters(), beads)

    def _counters(self) -> Text:
        board = self._camera.worker.board
        parts = [
            f"{self._camera.name} {board['host_rate_hz']:.1f} frames/s",
            f"frame {board['last_id']}",
            f"run {board['window_produced']} produced",
        ]
        missed = int(board["window_dropped"])
        for consumer in (self._tracker, self._recorder):
            if consumer is not None:
                parts.append(f"{consumer.name} {consumer.worker.board['delivered']}")
                missed += int(consumer.worker.board["missed"])
        text = Text("  ".join(part for part in parts if part))
        text.append(f"  missed {missed}", style="bold red" if missed else "green")
        return text

    def _beads(self) -> RenderableType:
        block = self._newest()
        if block is None:
            return Text("no beads chosen", style="dim")
        table = Table(box=None, pad_edge=False)
        for heading in ("bead", "x px", "y px", "z nm", f"z, last {len(block.frame_id)} frames"):
            table.add_column(heading, justify="right" if heading != f"z, last {len(block.frame_id)} frames" else "left")
        good = valid(block.flags)
        tracks = np.where(good[..., None], block.tracks, np.nan)
        for row, bead in self._rows():
            x, y, z = (tracks[-1, row, column_index(name)] for name in ("x_px", "y_px", "z_nm"))
            trace = sparkline(tracks[:, row, column_index("z_nm")])
            table.add_row(
                f"{bead.id}{'*' if bead.role == 'reference' else ''}", f"{x:.2f}", f"{y:.2f}", f"{z:.0f}", trace
            )
        return table

    def _rows(self) -> list[tuple[int, Any]]:
        tracked = list(enumerate(self._tracker.beads.tracked))
        if self._chosen is None:
            return tracked[:8]
        return [(row, bead) for row, bead in tracked if bead.id in self._chosen]

    def _newest(self) -> Any:
        if not self._tracker.beads.tracked:
            return None
        name = self._tracker.latest
        if self._latest is None or self._latest.name != name:
            self.close()
            self._latest = LatestTracks.attach(name)
        block = self._latest.newest(self._span)
        return block if len(block.frame_id) else None

    @contextmanager
    def shown(self, headline: Callable[[], str] = lambda: "") -> Any:
        """Draw the block while the body runs; on a terminal only."""
        self._headline = headline
        if not self._console.is_terminal or threading.current_thread() is not threading.main_thread():
            yield
            return
        with Live(console=self._console, refresh_per_second=REFRESH_HZ, transient=True, get_renderable=self.block):
            yield

    def during_runs(self, headline: Callable[[], str] = lambda: "") -> Callable[[Any], AbstractContextManager[None]]:
        """Return a RunEngine context manager that shows the block while plans run, below what `headline` says then."""
        return lambda _run_engine: self.shown(headline)

    def watch(self, duration_s: float | None = None) -> None:
        """Show the block without a run, until Ctrl-C or for a time [s]."""
        deadline = None if duration_s is None else time.monotonic() + duration_s
        try:
            with self.shown():
                while deadline is None or time.monotonic() < deadline:
                    time.sleep(1 / REFRESH_HZ)
        except KeyboardInterrupt:
            return

    def close(self) -> None:
        """Let go of the shared memory."""
        if self._latest is not None:
            self._latest.close()
            self._latest = None


def sparkline(values: np.ndarray[Any, Any], width: int = 40) -> str:
    """Draw a trace in one line of text, its smallest value lowest; gaps stay gaps."""
    if len(values) == 0 or not np.isfinite(values).any():
        return ""
    points = [chunk for chunk in np.array_split(values, min(width, len(values))) if len(chunk)]
    means = np.array([np.nanmean(chunk) if np.isfinite(chunk).any() else np.nan for chunk in points])
    low, high = np.nanmin(means), np.nanmax(means)
    scale = (len(BARS) - 1) / (high - low) if high > low else 0.0
    return "".join(" " if np.isnan(mean) else BARS[round((mean - low) * scale)] for mean in means)
