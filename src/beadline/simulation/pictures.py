"""Pictures: from the truth about a frame to what the sensor counts."""

import numpy as np
from numpy.typing import NDArray

from beadline.hardware import FrameArray

from . import kernels, shape_kernels
from .bead_shapes import bead_asymmetries, dirt_optics, glass_dirt, kernel_shapes
from .illumination import light_field
from .ring_table import RingTable, ring_table
from .world import START_LAMP_PERCENT, Exposure
from .world_settings import WorldSettings

_TOP_OF_8_BIT_ADU = 255.0
_BAND_ROWS, _BITS_OF_A_BYTE = 32, 8


class Renderer:
    """Draws frames; compiles its loops and computes the rings when it is made."""

    def __init__(self, settings: WorldSettings) -> None:
        s = self._settings = settings
        kernels.compile_kernels(bytes_per_pixel=(1 if s.instrument.bit_depth == _BITS_OF_A_BYTE else 2,))
        self._tables = [ring_table(s.bead_optics(kind), s.patch_px) for kind in (s.kind, s.reference_kind)]
        self._profile = np.empty(self._tables[0].rings.shape[1], np.float32)
        self._shapes = kernel_shapes(bead_asymmetries(s), np.ones(s.beads)) if s.light.asymmetry else None
        self._dirt = glass_dirt(s) if s.light.glass_dirt else None
        self._light = light_field(s)
        if self._shapes is not None or self._dirt is not None or self._light is not None:
            shape_kernels.compile_shape_kernels()
            self._work = np.empty((2, len(self._profile)), np.float32)
        self._dirt_table = None if self._dirt is None else ring_table(dirt_optics(s), s.patch_px)
        self._signal = np.zeros((0, 0), np.float32)

    def draw(
        self,
        into: FrameArray,
        exposure: Exposure,
        key: np.uint64,
        corner_px: tuple[int, int],
        gain: float,
        longer: float = 1.0,
    ) -> None:
        """Draw a part of the sensor.

        Args:
            into: counts, shape (rows, columns).
            exposure: the truth about the frame.
            key: random key of its noise.
            corner_px: x and y of the first pixel on the sensor.
            gain: of the camera.
            longer: duration of the exposure over the reference; as many times as much light is collected.
        """
        s, rings = self._settings, self._tables[0]
        beads = np.column_stack(
            (exposure.x_px - corner_px[0], exposure.y_px - corner_px[1], rings.plane(exposure.defocus_nm))
        ).astype(np.float32)
        kinds = (beads[: s.tethers], beads[s.tethers :])
        lamp = exposure.lamp_percent / START_LAMP_PERCENT
        top_adu = 2.0**s.instrument.bit_depth - 1
        finer = top_adu / _TOP_OF_8_BIT_ADU
        light = (
            np.float32(s.background_adu * finer * lamp * longer * gain),
            np.float32(top_adu * gain / s.full_well_e),
            np.float32((s.read_noise_adu * finer) ** 2),
            np.float32(top_adu * min(gain, 1.0)),
            key,
        )
        if self._shapes is None and self._dirt is None and self._light is None:
            samples, radius_px = np.float32(rings.samples_per_px), np.float32(rings.radius_px)
            tables = (kinds[0], rings.rings, kinds[1], self._tables[1].rings)
            kernels.draw(into, self._signal_of(_BAND_ROWS, into), *tables, samples, radius_px, self._profile, *light)
            return
        signal = self._signal_of(into.shape[0], into)
        signal[:] = 0
        for table, some, part in zip(self._tables, kinds, (slice(s.tethers), slice(s.tethers, None)), strict=True):
            self._add(table, some, None if self._shapes is None else self._shapes[part])
        if self._dirt is not None and self._dirt_table is not None:
            dirt = self._dirt.seen(exposure, corner_px, s.pixel_size_nm)
            dirt[:, 2] = rings.plane(dirt[:, 2])
            self._add(self._dirt_table, dirt.astype(np.float32), self._dirt.shapes)
        if self._light is not None:
            left, top = corner_px
            shape_kernels.shade(signal, self._light[top : top + into.shape[0], left : left + into.shape[1]])
        kernels.expose(into, 0, signal, *light)

    def _signal_of(self, rows: int, into: FrameArray) -> NDArray[np.float32]:
        """Return work space of some rows as wide as a picture."""
        shape = (rows, into.shape[1])
        if self._signal.shape != shape:
            self._signal = np.zeros(shape, np.float32)
        return self._signal

    def _add(self, table: RingTable, beads: NDArray[np.float32], shapes: NDArray[np.float32] | None) -> None:
        """Add the rings of some beads: x [px], y [px] and place in the table, shape (beads, 3)."""
        samples, radius_px = np.float32(table.samples_per_px), np.float32(table.radius_px)
        if shapes is None:
            kernels.add_rings(self._signal, 0, beads, table.rings, samples, radius_px, self._profile)
        else:
            shape_kernels.add_shaped_rings(self._signal, beads, shapes, table.rings, samples, radius_px, self._work)
