"""Pictures: from the truth about a frame to what the sensor counts."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from beadline.hardware import FrameArray

from . import kernels
from .ring_table import ring_table
from .world import START_LAMP_PERCENT, Exposure
from .world_settings import WorldSettings

_QUANTILES = 4096
_TOP_OF_8_BIT_ADU = 255.0


class Renderer:
    """Draws frames; compiles its loops and computes the rings when it is made."""

    def __init__(self, settings: WorldSettings) -> None:
        kernels.compile_kernels()
        self._settings = settings
        kinds = (settings.kind, settings.reference_kind)
        self._tables = [ring_table(kind, settings.pixel_size_nm, settings.patch_px) for kind in kinds]
        self._profile = np.empty(self._tables[0].rings.shape[1], np.float32)
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
        for table, some in zip(self._tables, (beads[: s.tethers], beads[s.tethers :]), strict=True):
            samples, radius_px = np.float32(table.samples_per_px), np.float32(table.radius_px)
            kernels.add_rings(self._signal, some, table.rings, samples, radius_px, self._profile)
        top_adu = 2.0**s.instrument.bit_depth - 1
        finer = top_adu / _TOP_OF_8_BIT_ADU
        kernels.expose(
            into,
            self._signal,
            np.float32(s.background_adu * finer * exposure.lamp_percent / START_LAMP_PERCENT * gain),
            np.float32(top_adu * gain / s.full_well_e),
            np.float32((s.read_noise_adu * finer) ** 2),
            np.float32(top_adu * min(gain, 1.0)),
            key,
            self._quantiles,
        )
        self._clear(beads, rings.radius_px)

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
