import numpy as np
import pytest

from beadline.physics import (
    drag_pn_s_per_nm,
    parallel_wall_factor,
    rolling_modes,
    rotation_wall_factor,
    rotational_drag_pn_nm_s,
    thermal_energy_pn_nm,
    water_viscosity_pn_s_per_nm2,
    wlc_extension_nm,
)
from beadline.simulation.world import World

STILL = {"drift_nm_per_s": [0, 0, 0], "drift_walk_nm_per_root_s": 0, "focus_noise_nm": 0}
ALIKE = {"force_scatter": 0.0, "contour_scatter": 0.0}
PERIOD_S = 0.01


@pytest.fixture
def world(settings, clock):
    return lambda **plain: World(settings(**plain), clock)


def magnets_at(world, height_mm, clock):
    world.axes["magnet_height"].move(height_mm)
    clock.sleep(10)


def run(world, frames, clock, *, exposure_s=PERIOD_S, first=0):
    """Expose frames on schedule from now; return positions across and heights in nm, shape (frames, beads, 3)."""
    truths = [world.expose(first + i, clock() + i * PERIOD_S, exposure_s) for i in range(frames)]
    clock.sleep(frames * PERIOD_S)
    pixel_nm = world.settings.pixel_size_nm
    x, y = (np.array([getattr(each, name) for each in truths]) for name in ("x_px", "y_px"))
    anchors = world.sample.positions_px
    return np.stack(
        ((x - anchors[:, 0]) * pixel_nm, (y - anchors[:, 1]) * pixel_nm, [each.z_nm for each in truths]), axis=-1
    )


@pytest.mark.parametrize("exposure_s", [PERIOD_S, 0.002])
def test_the_spread_across_is_that_of_a_pendulum_blurred_by_the_exposure(world, clock, exposure_s):
    w = world(tethers=20, references=0, **STILL, **ALIKE)
    magnets_at(w, 3.3, clock)
    force_pn = float(w.forces_now_pn()[0])
    seen = run(w, 1500, clock, exposure_s=exposure_s)
    length_nm = float(wlc_extension_nm(force_pn, 2720.0))
    viscosity, height_nm = water_viscosity_pn_s_per_nm2(), 1400.0 + length_nm
    drag = float(drag_pn_s_per_nm(1400.0, viscosity) * parallel_wall_factor(1400.0, height_nm))
    turning = float(rotational_drag_pn_nm_s(1400.0, viscosity) * rotation_wall_factor(1400.0, height_nm))
    along = blurred_nm2(force_pn / length_nm, drag, exposure_s)
    across = blurred_nm2(*rolling_modes(force_pn, length_nm, 1400.0, drag, turning), exposure_s).sum()
    # 20 traces of 1500 frames, correlated over about two: the variance is known to 1.2 %
    assert seen[..., 0].var() == pytest.approx(along, rel=0.04)
    assert seen[..., 1].var() == pytest.approx(across, rel=0.04)


def blurred_nm2(stiffness, drag, exposure_s):
    """Return the variance that is left after averaging over an exposure (Wong and Halvorsen 2006)."""
    a = stiffness / drag * exposure_s
    return thermal_energy_pn_nm() / stiffness * (2 / a - 2 / a**2 * (1 - np.exp(-a)))


@pytest.mark.parametrize("height_mm", [2.0, 3.3, 6.0])
def test_the_mean_extension_is_that_of_the_chain(world, clock, height_mm):
    w = world(tethers=20, references=0, **STILL, **ALIKE)
    magnets_at(w, height_mm, clock)
    heights = run(w, 400, clock)[..., 2].mean(axis=0)
    force_pn = w.forces_now_pn()[0]
    # a bead that rolls about the field is lower by kT / 2 F
    expected = float(wlc_extension_nm(force_pn, 2720.0)) - thermal_energy_pn_nm() / (2 * force_pn)
    assert heights.mean() == pytest.approx(expected, abs=3 * heights.std() / np.sqrt(20))


def test_stuck_beads_do_not_move(world, clock):
    w = world(tethers=2, references=3, **STILL)
    magnets_at(w, 3.0, clock)
    assert not run(w, 20, clock)[:, 2:].any()


def test_drift_is_common_to_all_beads(world, clock):
    w = world(tethers=0, references=4, drift_nm_per_s=[10, -5, 20], drift_exponential_nm=100)
    seen = run(w, 200, clock)
    assert (np.ptp(seen, axis=1) < 1e-9).all()
    assert seen[-1, 0, :2] - seen[0, 0, :2] == pytest.approx([10 * 1.99, -5 * 1.99], abs=2)
    assert (w.newest.z_nm == 0).all()
    assert w.newest.defocus_nm[0] + 8100 == pytest.approx(20 * 1.995, abs=4)


def test_the_focal_plane_follows_the_objective_by_the_focal_factor(world, clock):
    w = world(tethers=0, references=1, **STILL)
    before = w.expose(0, clock(), PERIOD_S).defocus_nm[0]
    w.axes["focus"].move(53.0)
    clock.sleep(1)
    after = w.expose(1, clock(), PERIOD_S)
    assert after.focus_um == pytest.approx(53)
    # the objective rises, so the bead looks as if it sank
    assert after.defocus_nm[0] - before == pytest.approx(-0.878 * 3000)


def test_a_frame_is_exposed_at_its_own_time_however_late_it_is_drawn(world, clock):
    w = world(tethers=0, references=1, **STILL)
    w.axes["focus"].move(60.0)
    began_s = clock()
    clock.sleep(1)
    w.axes["focus"].move(50.0)
    clock.sleep(1)
    seen = [w.expose(i, began_s + i * PERIOD_S, PERIOD_S).focus_um for i in range(3)]
    expected = 60 - 10 * np.exp(-(np.arange(3) + 0.5) * PERIOD_S / 0.004)
    assert seen == pytest.approx(expected)


def test_little_force_lets_beads_down_to_the_surface_and_much_pulls_them_up(world, clock):
    w = world(tethers=20, references=0, **STILL)
    low = run(w, 200, clock)[..., 2]
    assert low.min() >= 0
    assert low.mean() < 150
    magnets_at(w, 3.3, clock)
    assert run(w, 100, clock, first=200)[50:, :, 2].mean() == pytest.approx(2580, rel=0.01)


def test_the_same_seed_makes_the_same_world_and_another_does_not(world, clock):
    now_s = clock()
    first, second, other = (world(tethers=3, references=1, seed=seed) for seed in (7, 7, 8))
    for each in (first, second, other):
        for i in range(5):
            each.expose(i, now_s + i * PERIOD_S, PERIOD_S)
    np.testing.assert_array_equal(first.newest.x_px, second.newest.x_px)
    np.testing.assert_array_equal(first.newest.defocus_nm, second.newest.defocus_nm)
    assert not np.array_equal(first.newest.defocus_nm, other.newest.defocus_nm)


def test_the_magnets_keep_to_where_the_force_law_holds(world):
    law = {"low_mm": 1.0, "high_mm": 8.0}
    info = world(force_law=law).axes["magnet_height"].open()
    assert (info.low, info.high) == (1.0, 8.0)


def test_a_world_without_beads_is_a_world(world, clock):
    assert world(tethers=0, references=0).expose(0, clock(), PERIOD_S).x_px.shape == (0,)


def test_drift_wanders_on_through_a_pause(settings, clock):
    walks = []
    for seed in range(20):
        still = {**STILL, "drift_walk_nm_per_root_s": 1.0}
        w = World(settings(tethers=0, references=1, seed=seed, **still), clock)
        before = np.array(w.expose(0, clock(), PERIOD_S).surface_nm)
        walks.append(np.array(w.expose(1, clock() + 3600.0, PERIOD_S).surface_nm) - before)
    # the variance of 60 numbers is known to 18 %
    assert np.var(walks) == pytest.approx(3600, rel=0.5)
