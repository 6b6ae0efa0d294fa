"""A simulated microscope in a time of its own, whose pictures are tracked at once: images in, positions out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from beadline import simulation
from beadline.analysis import subtract_references, touch_frames, touching_height_nm
from beadline.hardware import CameraSettings
from beadline.tracking import (
    LookupTable,
    Tracker,
    TrackerOptions,
    build_lookup_tables,
    next_origins,
    window_origins,
)
from beadline.tracks import FLAG_DTYPE, column_index, empty_tracks, valid

Floats = NDArray[np.float64]

WINDOWS_PX = {"MyOne": 64, "M270": 100}
REFERENCE_REACH_NM = 700.0
ZERO_FRAMES, ZERO_RATE_HZ, ZERO_SETTLE_S = 1000, 100.0, 20.0
LAMP_PERCENT, FASTEST_HZ = 60.0, 500.0
"""Brightness of the lamp at the greatest frame rate; exposures are a whole period, so that longer ones take less."""
_GAP_PX, _DRAWN_BEYOND_PX = 24, 16
_COLUMNS = [column_index(name) for name in ("x_px", "y_px", "z_nm")]
_SIGMAS = [column_index(name) for name in ("sigma_x_px", "sigma_y_px", "sigma_z_nm")]


@dataclass(frozen=True, eq=False)
class Recording:
    """Positions of the tethers as they were tracked, less what the references share.

    Attributes:
        x_nm: along the field at 0 turns, relative to an arbitrary place, shape (frames, tethers) [nm].
        y_nm: across it.
        z_nm: height above that of the bead when its look-up table was made.
        noise_nm: standard error that tracker and references tell, median over the frames, shape (3, tethers) [nm].
        frame_s: time from frame to frame [s].
        force_pn: true net force on each tether at the end, shape (tethers,) [pN].
        glass_nm: how the glass moved in the same directions, by the references, shape (frames, 3) [nm].
        lost: frames in which a bead had no valid position; these were filled from the frames beside them.
    """

    x_nm: Floats
    y_nm: Floats
    z_nm: Floats
    noise_nm: Floats
    frame_s: float
    force_pn: Floats
    glass_nm: Floats
    lost: NDArray[np.int64]


class _Time:
    """A clock that goes on when somebody sleeps."""

    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s

    def sleep(self, duration_s: float) -> None:
        self.now_s += max(duration_s, 1e-6)


class Laboratory:
    """One sample under the microscope; all that is asked of it is seen in its pictures.

    Attributes:
        settings: of the simulated world.
        truth: what is true now, see `beadline.simulation.microscope`.
        true_surface_nm: height of the surface in the tables of the tethers, shape (tethers,) [nm].
    """

    def __init__(self, tethers: int, bead: str, *, references: int = 3, margin_px: int = 0, **settings: Any) -> None:
        """Put beads on a grid, in windows that do not touch.

        Args:
            tethers: number of beads on molecules.
            bead: "MyOne" or "M270".
            references: number of beads stuck to the surface.
            margin_px: further room at the edges of the sensor, for a sample that drifts [px].
            settings: further fields of the simulated world.
        """
        self._window_px = WINDOWS_PX[bead]
        pitch = self._window_px + _GAP_PX
        edge = pitch // 2 + _GAP_PX + margin_px
        columns = int(np.ceil(np.sqrt(tethers + references)))
        rows = -(-(tethers + references) // columns)
        places = [[edge + pitch * (n % columns), edge + pitch * (n // columns)] for n in range(columns * rows)]
        chosen = {
            "width_px": 2 * edge + pitch * (columns - 1) + 1,
            "height_px": 2 * edge + pitch * (rows - 1) + 1,
            "tethers": tethers,
            "references": references,
            "positions_px": places[: tethers + references],
            "bead": bead,
            "patch_px": self._window_px + _DRAWN_BEYOND_PX,
            "reference_exposure_s": 1 / FASTEST_HZ,
            **settings,
        }
        self.settings = simulation.world_settings(**chosen)
        self._time = _Time()
        self._scope = simulation.microscope(clock=self._time, sleep=self._time.sleep, **chosen)
        self._pixels = np.empty((self.settings.height_px, self.settings.width_px), np.uint8)
        self._scope.grabber.open()
        self._options = TrackerOptions(window_px=self._window_px)
        self._tracker = Tracker(self._options, self.settings.beads)
        x_px, y_px = np.array(self.settings.positions_px).T
        self._home = self._origins = window_origins(x_px, y_px, self._window_px)

    @property
    def truth(self) -> dict[str, Any]:
        """What is true now."""
        return self._scope.actions["truth"]()

    def true_force_pn(self) -> Floats:
        """Return the net force on each tether [pN]."""
        return np.array(self.truth["force_pn"][: self.settings.tethers])

    def move(self, axis: str, target: float) -> None:
        """Move an axis and wait until it is there."""
        moved = self._scope.axes[axis]
        moved.move(target)
        while moved.state().moving:
            self._time.sleep(0.05)

    def pull(self, force_pn: float) -> None:
        """Move the magnets to where they pull a bead without scatter by a net force [pN]."""
        self.move("magnet_height", float(self.settings.law.height_mm(force_pn + self.settings.kind.weight_pn)))

    def wait(self, duration_s: float) -> None:
        """Let time pass."""
        self._time.sleep(duration_s)

    def make_tables(
        self,
        below_nm: float,
        above_nm: float = 500.0,
        *,
        step_nm: float = 75.0,
        frames: int = 10,
        rate_hz: float = 200.0,
        focal_factor: float | None = None,
        smoothing_nm: float | None = None,
    ) -> None:
        """Sweep the focus forth and back and make the look-up tables of all beads; their heights now are their 0.

        Half the frames of a plane are taken on either way, or a drift would be part of the scale of the heights:
        0.3 nm/s in a sweep of 90 nm/s are 0.3 %.

        Args:
            below_nm: how far down a tether's table reaches [nm]; that of a reference has `REFERENCE_REACH_NM`.
            above_nm: how far up [nm].
            step_nm: from plane to plane [nm].
            frames: at each, an even number.
            rate_hz: frames per second.
            focal_factor: by which travel of the objective is turned into height; None is the true one.
            smoothing_nm: see `beadline.tracking.build_lookup_tables`.

        Raises:
            RuntimeError: a bead got no table.
        """
        s, true_factor = self.settings, self.settings.focal_factor
        self.true_surface_nm = -np.array(self.truth["mean_extension_nm"][: s.tethers], dtype=np.float64)
        above = max(above_nm, REFERENCE_REACH_NM)
        z_nm = np.arange(-below_nm, above + step_nm / 2, step_nm)
        begin_um = self._scope.axes["focus"].state().position
        windows = np.empty((len(z_nm) * frames, s.beads, self._window_px, self._window_px), np.uint8)
        half = frames // 2
        for way, planes in enumerate((range(len(z_nm)), reversed(range(len(z_nm))))):
            for plane in planes:
                self.move("focus", begin_um - z_nm[plane] / 1000 / true_factor)
                self.wait(0.05)
                for row, pixels in enumerate(self._frames(half, rate_hz)):
                    windows[plane * frames + way * half + row] = self._cut(pixels)
        self.move("focus", begin_um)
        told_nm = z_nm * (1.0 if focal_factor is None else focal_factor / true_factor)
        reach = {True: (-below_nm, above_nm), False: (-REFERENCE_REACH_NM, REFERENCE_REACH_NM)}
        tables: list[LookupTable] = []
        for tethers, (low_nm, high_nm) in reach.items():
            used = np.flatnonzero((z_nm >= low_nm - 1) & (z_nm <= high_nm + 1))
            beads = range(s.tethers) if tethers else range(s.tethers, s.beads)
            built = build_lookup_tables(
                windows.reshape(len(z_nm), frames, *windows.shape[1:])[used][:, :, beads].reshape(
                    -1, len(beads), *windows.shape[2:]
                ),
                np.repeat(np.arange(len(used)), frames),
                told_nm[used],
                self._options,
                {"pixel_size_nm": s.pixel_size_nm},
                beads,
                smoothing_nm=smoothing_nm,
            )
            if built.refused:
                raise RuntimeError(f"Not every bead got a look-up table: {'; '.join(built.refused.values())}")
            tables += built.tables
        self._tracker = Tracker(self._options, s.beads, tables)

    def record(self, frames: int, rate_hz: float, *, each: Callable[[], object] = lambda: None) -> Recording:
        """Take pictures, track all beads in each, and subtract the references.

        Args:
            frames: how many.
            rate_hz: frames per second; the exposure is a whole period.
            each: is called after every picture.
        """
        tethers, beads = self.settings.tethers, self.settings.beads
        tracks, flags = empty_tracks(frames, beads), np.zeros((frames, beads), FLAG_DTYPE)
        for frame, pixels in enumerate(self._frames(frames, rate_hz)):
            each()
            self._tracker.track(pixels, self._origins, tracks[frame], flags[frame])
            self._follow(tracks[frame], flags[frame])
        scale_nm = np.array([self.settings.pixel_size_nm, self.settings.pixel_size_nm, 1.0])
        places = tracks[..., _COLUMNS].astype(np.float64) * scale_nm
        places[~valid(flags)] = np.nan
        lost = np.isnan(places).any(axis=-1).sum(axis=0)
        whole = _filled(places)
        noise = _median(tracks[..., _SIGMAS]) * scale_nm
        axes: list[Floats] = []
        for axis in range(3):
            references = whole[:, tethers:, axis]
            free = subtract_references(whole[:, :tethers, axis], references, 1 / rate_hz)
            # the place of the references counts, so that heights can be compared from one recording to the next
            axes.append(free.corrected_nm - references.mean())
            noise[:tethers, axis] = np.hypot(noise[:tethers, axis], free.added_noise_nm)
        self._hold_focus(float(np.mean(whole[-min(frames, 20) :, tethers:, 2])))
        glass = whole[:, tethers:].mean(axis=1)
        x_nm, y_nm, z_nm = axes
        own_noise, force_pn = noise[:tethers].T, self.true_force_pn()
        return Recording(x_nm, y_nm, z_nm, own_noise, 1 / rate_hz, force_pn, glass, lost[:tethers])

    def surface_nm(self, frames: int = ZERO_FRAMES) -> Floats:
        """Move the magnets up and return the height at which each tether touches the surface, shape (tethers,) [nm]."""
        self.move("magnet_height", self.settings.law.high_mm)
        self.wait(ZERO_SETTLE_S)
        average = touch_frames(1 / ZERO_RATE_HZ)
        return touching_height_nm(self.record(frames, ZERO_RATE_HZ).z_nm, average_frames=average)

    def _follow(self, tracks: NDArray[np.float32], flags: NDArray[np.uint16]) -> None:
        """Centre windows again on beads that moved; look for one that was lost where it is at rest on the glass."""
        new = next_origins(self._origins, tracks, flags, self._pixels.shape, self._window_px)
        lost = ~valid(flags)
        if lost.any():
            references = slice(self.settings.tethers, None)
            new[lost] = self._home[lost] + np.rint((new - self._home)[references].mean(axis=0)).astype(np.int32)
        self._origins = new

    def _hold_focus(self, risen_nm: float) -> None:
        """Follow the glass with the focus, as a lock on the references would."""
        if np.isfinite(risen_nm):
            now_um = self._scope.axes["focus"].state().position
            self.move("focus", now_um + risen_nm / 1000 / self.settings.focal_factor)

    def _frames(self, count: int, rate_hz: float) -> Iterator[NDArray[np.uint8]]:
        """Take pictures; each is valid until the next."""
        camera = self._scope.grabber
        camera.apply(CameraSettings(rate_hz, 1 / rate_hz))
        self._scope.lamps["lamp"].set_level_percent(LAMP_PERCENT * rate_hz / FASTEST_HZ)
        camera.start()
        try:
            for _ in range(count):
                if camera.grab(self._pixels, 1000 / rate_hz) is None:
                    raise RuntimeError("The simulated camera sends no frame")
                yield self._pixels
        finally:
            camera.stop()

    def _cut(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the windows of all beads, shape (beads, window_px, window_px)."""
        side = self._window_px
        return np.stack([pixels[y : y + side, x : x + side] for x, y in self._origins.tolist()])


def _median(sigmas: NDArray[np.float32]) -> Floats:
    """Return the median over the frames, NaN for a bead that was never measured, shape (beads, axes)."""
    never = np.isnan(sigmas).all(axis=0)
    return np.where(never, np.nan, np.nanmedian(np.where(never, 0.0, sigmas), axis=0))


def _filled(places: Floats) -> Floats:
    """Put what is missing on the line between its neighbours, shape (frames, beads, axes)."""
    filled = places.copy()
    for trace in filled.reshape(len(places), -1).T:
        seen = np.isfinite(trace)
        if seen.any() and not seen.all():
            trace[~seen] = np.interp(np.flatnonzero(~seen), np.flatnonzero(seen), trace[seen])
    return filled
