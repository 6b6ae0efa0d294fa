"""Does the tracker see of a stuck bead of the simulated microscope what it shows: white noise of the light?"""

import numpy as np
import pytest

from beadline.hardware import CameraSettings
from beadline.simulation import microscope
from beadline.tracking import TrackerOptions, build_lookup_tables, track_stack
from beadline.tracks import Flag, column_index

SIDE, WINDOW, FRAMES = 112, 80, 600
STILL = {"drift_nm_per_s": (0, 0, 0), "drift_walk_nm_per_root_s": 0.0, "focus_noise_nm": 0.0}
WORLD = {"width_px": SIDE, "height_px": SIDE, "tethers": 0, "references": 1, "positions_px": [[55.3, 56.2]], **STILL}
ORIGIN = np.array([[(SIDE - WINDOW) // 2] * 2], np.int32)
LAMPS = (20.0, 60.0)
UNITS_NM = np.array([112.0, 112.0, 1.0])


class Scope:
    """A simulated microscope whose time only waiting moves."""

    def __init__(self, lamp_percent):
        self.now_s = 0.0
        self.scope = microscope(clock=lambda: self.now_s, sleep=self.sleep, **WORLD, full_well_e=5000.0)
        self.camera = self.scope.grabber
        self.camera.open()
        self.camera.apply(CameraSettings(200.0, 0.004))
        self.scope.lamps["lamp"].set_level_percent(lamp_percent)
        self.sleep(1.0)

    def sleep(self, duration_s):
        self.now_s += max(duration_s, 1e-6)

    def frames(self, count):
        pixels = np.empty((count, SIDE, SIDE), np.uint8)
        self.camera.start()
        for each in pixels:
            assert self.camera.grab(each, 1.0) is not None
        self.camera.stop()
        return pixels

    def table(self):
        """Sweep the focus and build the look-up table; heights are those of the bead."""
        travel_um, frames = np.arange(-1.0, 1.05, 0.1), []
        focus = self.scope.axes["focus"]
        centre_um = focus.state().position
        for travel in travel_um:
            focus.move(centre_um + travel)
            while focus.state().moving:
                self.sleep(0.05)
            frames.append(self.frames(9)[1:])
        focus.move(centre_um + 0.037)
        while focus.state().moving:
            self.sleep(0.05)
        edge = ORIGIN[0, 0]
        windows = np.concatenate(frames)[:, None, edge : edge + WINDOW, edge : edge + WINDOW]
        planes = np.repeat(np.arange(len(travel_um)), 8)
        optics = {"pixel_size_nm": 112.0, "focal_factor": 0.878}
        options = TrackerOptions(window_px=WINDOW)
        built = build_lookup_tables(np.ascontiguousarray(windows), planes, -878 * travel_um, options, optics, [0])
        assert not built.refused
        return built.tables[0]


@pytest.fixture(scope="module")
def stuck():
    """Return the tracks of a stuck bead by lamp."""
    found = {}
    for lamp in LAMPS:
        scope = Scope(lamp)
        table = scope.table()
        tracks, flags = track_stack(scope.frames(FRAMES), ORIGIN, TrackerOptions(window_px=WINDOW), [table])
        assert not (flags & ~np.uint16(Flag.BLURRED)).any()
        found[lamp] = tracks[:, 0]
    return found


def columns(tracks, *names):
    return tracks[:, [column_index(name) for name in names]].astype(float)


@pytest.mark.parametrize("lamp", LAMPS)
def test_the_noise_of_a_stuck_bead_is_white(stuck, lamp):
    xyz = columns(stuck[lamp], "x_px", "y_px", "z_nm")
    xyz -= xyz.mean(axis=0)
    # the correlation of neighbours varies by 1/√frames, 0.04; of 3 axes and 5 lags none may be 4 of that away
    for lag in range(1, 6):
        likeness = (xyz[lag:] * xyz[:-lag]).mean(axis=0) / (xyz**2).mean(axis=0)
        assert abs(likeness).max() < 4 / np.sqrt(FRAMES)
    # and the mean over 30 frames varies by √30 less; 20 means know that to 16 %
    means = xyz.reshape(-1, 30, 3).mean(axis=1)
    np.testing.assert_allclose(means.std(axis=0) / xyz.std(axis=0) * np.sqrt(30), 1, atol=0.48)


@pytest.mark.parametrize("lamp", LAMPS)
def test_the_noise_of_a_stuck_bead_is_what_its_light_explains(stuck, lamp):
    measured = columns(stuck[lamp], "x_px", "y_px", "z_nm").std(axis=0)
    told = np.median(columns(stuck[lamp], "sigma_x_px", "sigma_y_px", "sigma_z_nm"), axis=0)
    # 600 frames know a standard deviation to 3 %; the tracker tells its own within 10 % on the bench of the tracker
    np.testing.assert_allclose(measured / told, 1, atol=0.15)


def test_noise_falls_with_the_root_of_the_light(stuck):
    dark, bright = (columns(stuck[lamp], "x_px", "y_px", "z_nm").std(axis=0) * UNITS_NM for lamp in LAMPS)
    background = 120 * np.array(LAMPS) / 60
    # shot noise of 255/5000 e per ADU, read noise, and rounding, relative to the light: 1.76 rather than √3
    relative = np.sqrt(background * 255 / 5000 + 0.3**2 + 1 / 12) / background
    # either standard deviation is known to 3 %
    np.testing.assert_allclose(dark / bright, relative[0] / relative[1], rtol=0.13)
    assert 0.1 < bright[0] < 3
    assert 0.1 < bright[2] < 5


def test_heights_between_the_planes_are_right_and_the_centre_is_where_the_bead_is(stuck):
    for lamp in LAMPS:
        x_px, y_px, z_nm = columns(stuck[lamp], "x_px", "y_px", "z_nm").mean(axis=0)
        # a table of 8 frames a plane is off by less than 2 nm between its planes
        assert z_nm == pytest.approx(-878 * 0.037, abs=2)
        assert (x_px, y_px) == pytest.approx((55.3, 56.2), abs=0.01)
