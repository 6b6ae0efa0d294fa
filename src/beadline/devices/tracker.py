"""The tracker: from frames to bead positions, in a worker of its own."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from ophyd_async.core import StreamResourceInfo, soft_signal_r_and_setter

from beadline.tracks import COLUMN_NAMES, COLUMN_UNITS, FLAG_DTYPE, TRACK_DTYPE

from .bead_finder import BeadFinder
from .bead_table import Bead, BeadTable
from .brightness import Brightness
from .camera import Camera
from .datasets import dataset, stamps
from .live_signal import live_rw
from .ring_detector import RingDetector
from .table_builder import TableBuilder

COMPILE_PATIENCE_S = 300.0
"""How long the first start on a machine may take to compile [s]."""


class Tracker(RingDetector):
    """Tracks every frame the camera marks into `tracks.h5`, and the newest of the live stream for `Beads`."""

    loop = "beadline.acquisition.tracker_loop:TrackerLoop"
    stream = "tracks"
    may_end_early = True

    def __init__(
        self,
        camera: Camera,
        *,
        window_px: int = 64,
        options: Mapping[str, Any] | None = None,
        name: str = "",
    ) -> None:
        """Describe the tracker; nothing happens before it is connected.

        Args:
            camera: where the frames come from.
            window_px: side of the square window of a bead that has no other [px], even.
            options: further options of the tracker, see `beadline.tracking.TrackerOptions`.
            name: normally given by `init_devices`.
        """
        self._options = {**dict(options or {}), "window_px": window_px}
        self._latest = ""
        self._follow = True
        self.beads = BeadTable(self.configure_worker, self._check_windows, window_px)
        self.window_px, _ = soft_signal_r_and_setter(int, window_px, units="px")
        self.options, self._set_options = soft_signal_r_and_setter(str, json.dumps(self._options))
        self.follow = live_rw(bool, lambda: self._follow, self._set_follow)
        """Whether windows follow beads that move; where they were is recorded for each frame."""
        self.columns, _ = soft_signal_r_and_setter(Sequence[str], list(COLUMN_NAMES))
        self.column_units, _ = soft_signal_r_and_setter(Sequence[str], list(COLUMN_UNITS))
        self.lookup_tables, self._set_tables = soft_signal_r_and_setter(Sequence[str])
        self.finder = BeadFinder(self._find_beads, self._new_file)
        self.brightness = Brightness(self._measure_brightness)
        self.table_builder = TableBuilder(self._build_lookup_tables, self._new_file)
        super().__init__(camera, name=name)
        self.add_config_signals(
            self.beads.ids,
            self.beads.x_px,
            self.beads.y_px,
            self.beads.windows_px,
            self.beads.roles,
            self.window_px,
            self.options,
            self.follow,
            self.columns,
            self.column_units,
            self.lookup_tables,
            camera.frame_rate_hz,
            camera.exposure_s,
            camera.gain,
        )

    @property
    def latest(self) -> str:
        """Name of the shared ring with the newest tracks.

        Raises:
            RuntimeError: no beads are chosen.
        """
        if not self._latest:
            raise RuntimeError(f"{self.name} has no beads: choose them with find_beads first")
        return self._latest

    @property
    def tracker_options(self) -> dict[str, Any]:
        """Options the worker uses, as plain data."""
        return dict(self._options)

    def file_name(self) -> str:
        return "tracks.h5"

    def datasets(self, name: str) -> Sequence[StreamResourceInfo]:
        beads = len(self.beads.tracked)
        return [
            dataset(f"{name}-tracks", "/tracks", (beads, len(COLUMN_NAMES)), TRACK_DTYPE, ("bead", "column")),
            dataset(f"{name}-flags", "/flags", (beads,), FLAG_DTYPE, ("bead",)),
            dataset(f"{name}-window_origin_px", "/window_origin_px", (beads, 2), np.dtype("<i4"), ("bead", "xy")),
            *stamps(name),
        ]

    def file_attributes(self) -> dict[str, Any]:
        return {"options": self._options, "lookup_tables": self._table_hashes}

    _table_hashes: Sequence[str] = ()
    _ready = False

    async def configure_worker(self) -> None:
        """Tell the worker the beads, their tables and the options."""
        beads = self.beads.tracked
        self._ready = False
        if not beads:
            self._latest = ""
            return
        answer = await self.camera.clock.ask(
            self.worker.call,
            "configure",
            timeout_s=120,
            beads=[self._plain(bead) for bead in beads],
            options=self._options,
            pixel_size_nm=await self._pixel_size_nm(),
            optics=await self.optics(),
            follow=self._follow,
        )
        self._latest = str(answer["latest"])
        self._table_hashes = [str(each or "") for each in answer["table_hashes"]]
        self._set_tables(self._table_hashes)
        if self.camera.clock.lock_step:
            await self.ready()  # from the first frame on

    async def _set_follow(self, on: bool) -> None:
        self._follow = on
        if self.beads.tracked:
            await self.configure_worker()

    async def ready(self) -> None:
        """Wait until the chosen beads can be tracked: the first time, that is until the loops are compiled.

        Raises:
            RuntimeError: no beads are chosen.
        """
        if not self._ready:
            await self.camera.clock.ask(self.worker.call, "wait_until_ready", timeout_s=COMPILE_PATIENCE_S)
            self._ready = True

    async def open_file(self, data_key: str) -> Any:
        if not self.beads.tracked:
            raise RuntimeError(f"{self.name} has no beads to track: choose them with find_beads first")
        await self.wait_until_there()
        await self.configure_worker()
        await self.ready()
        return await super().open_file(data_key)

    def _new_file(self, name: str) -> Path:
        return self.camera.workbench.run_folder.file(name, asked_by=self.name)

    async def _find_beads(self, **search: Any) -> dict[str, Any]:
        return dict(await self.camera.clock.ask(self.worker.call, "find_beads", timeout_s=60, **search))

    async def _measure_brightness(self) -> dict[str, Any]:
        full_adu = self.camera.full_adu
        return dict(await self.camera.clock.ask(self.worker.call, "brightness", timeout_s=60, full_adu=full_adu))

    async def _build_lookup_tables(self, **request: Any) -> dict[str, Any]:
        request = {"options": self._options, "optics": await self.optics(), **request}
        return dict(await self.camera.clock.ask(self.worker.call, "build_lookup_tables", timeout_s=600, **request))

    async def optics(self) -> dict[str, Any]:
        """Return what a look-up table depends on besides the options."""
        focal_factor = await self.camera.focal_factor.get_value()
        return {"pixel_size_nm": await self._pixel_size_nm(), "focal_factor": float(focal_factor)}

    async def _pixel_size_nm(self) -> float | None:
        size = await self.camera.pixel_size_nm.get_value()
        return None if np.isnan(size) else float(size)

    def _plain(self, bead: Bead) -> dict[str, Any]:
        table = None if bead.lookup_table is None else {"path": str(Path(bead.lookup_table)), "bead_id": bead.id}
        return {
            "id": bead.id,
            "x_px": bead.x_px,
            "y_px": bead.y_px,
            "role": bead.role,
            "window_px": self.beads.window_px(bead),
            "table": table,
        }

    def _check_windows(self, beads: Sequence[Bead]) -> None:
        rows, columns = self.camera.frame_shape
        for bead in beads:
            half = self.beads.window_px(bead) / 2
            if not (half <= bead.x_px <= columns - half and half <= bead.y_px <= rows - half):
                raise ValueError(
                    f"Cannot track bead {bead.id} at ({bead.x_px:.1f}, {bead.y_px:.1f}) px: its window of "
                    f"{2 * half:.0f} px reaches outside the frame of {columns} x {rows} px; "
                    "choose another bead or a smaller window_px"
                )
