"""Pictures: from the truth about a frame to what the sensor counts."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from beadline.hardware import FrameArray

from . import kernels, shape_kernels
from .bead_shapes import bead_asymmetries, dirt_optics, glass_dirt, kernel_shapes
from .illumination import light_field
from .ring_table import RingTable, ring_table
from .world import START_LAMP_PERCENT, Exposure
from .world_settings import WorldSettings

_QUANTILES = 4096
_TOP_OF_8_BIT_ADU = 255.0


class Renderer:
    """Draws frames; compiles its loops and computes the rings when it is made."""

    def __init__(self, settings: WorldSettings) -> None:
        kernels.compile_kernels()
        s = self._settings = settings
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
        self._quantiles = _normal_quantiles()

    def draw(
        self, into: FrameArray, exposure: Exposure, key: np.uint64, corner_px: tuple[int, int], gain: float
    ) -> None:
        """Draw a part of the sensor.

        Args:
            into: counts, shape (rows, columns).
            exposure: the truth about the frame.
            key: random key of its noise.
            corner_px: x and y of the first pixel on the sensor.
            gain: of the camera.
        """
        if self._signal.shape != into.shape:
            self._signal = np.zeros(into.shape, np.float32)
        s, rings = self._settings, self._tables[0]
        beads = np.column_stack(
            (exposure.x_px - corner_px[0], exposure.y_px - corner_px[1], rings.plane(exposure.defocus_nm))
        ).astype(np.float32)
        for table, part in zip(self._tables, (slice(s.tethers), slice(s.tethers, None)), strict=True):
            self._add(table, beads[part], None if self._shapes is None else self._shapes[part])
        if self._dirt is not None and self._dirt_table is not None:
            dirt = self._dirt.seen(exposure, corner_px, s.pixel_size_nm)
            dirt[:, 2] = rings.plane(dirt[:, 2])
            self._add(self._dirt_table, dirt.astype(np.float32), self._dirt.shapes)
        if self._light is not None:
            left, top = corner_px
            shape_kernels.shade(self._signal, self._light[top : top + into.shape[0], left : left + into.shape[1]])
        lamp = exposure.lamp_percent / START_LAMP_PERCENT
        top_adu = 2.0**s.instrument.bit_depth - 1
        finer = top_adu / _TOP_OF_8_BIT_ADU
        kernels.expose(
            into,
            self._signal,
            np.float32(s.background_adu * finer * lamp * gain),
            np.float32(top_adu * gain / s.full_well_e),
            np.float32((s.read_noise_adu * finer) ** 2),
            np.float32(top_adu * min(gain, 1.0)),
            key,
            self._quantiles,
        )
        if self._light is not None or self._dirt is not None:
            self._signal[:] = 0
        else:
            self._clear(beads, rings.radius_px)

    def _add(self, table: RingTable, beads: NDArray[np.float32], shapes: NDArray[np.float32] | None) -> None:
        """Add the rings of some beads: x [px], y [px] and place in the table, shape (beads, 3)."""
        samples, radius_px = np.float32(table.samples_per_px), np.float32(table.radius_px)
        if shapes is None:
            kernels.add_rings(self._signal, beads, table.rings, samples, radius_px, self._profile)
        else:
            shape_kernels.add_shaped_rings(self._signal, beads, shapes, table.rings, samples, radius_px, self._work)

    def _clear(self, beads: NDArray[np.float32], radius_px: float) -> None:
        """Set the squares around all beads back to the background."""
        firsts = np.maximum(np.ceil(beads[:, :2] - radius_px), 0).astype(int)
        lasts = np.floor(beads[:, :2] + radius_px).astype(int)
        for (left, top), (right, bottom) in zip(firsts.tolist(), lasts.tolist(), strict=True):
            self._signal[top : max(bottom, -1) + 1, left : max(right, -1) + 1] = 0


def _normal_quantiles() -> NDArray[np.float32]:
    """Return equally likely values with the mean 0 and the variance 1 of a normal distribution."""
    quantiles = ndtri((np.arange(_QUANTILES) + 0.5) / _QUANTILES)
    return (quantiles / quantiles.std()).astype(np.float32)
