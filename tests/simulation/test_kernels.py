import numpy as np
import pytest
from numba import njit

from beadline.physics import (
    WLC_COEFFICIENTS,
    drag_pn_s_per_nm,
    parallel_wall_factor,
    perpendicular_wall_factor,
    rotational_drag_pn_nm_s,
    wlc_extension_nm,
    wlc_force_pn,
)
from beadline.simulation import kernels
from beadline.simulation.random_numbers import normals

KT, PERSISTENCE_NM = 4.1164, 50.0


def move(key, places, means, forces, *, dead_s=0.0, exposure_s=0.01, coefficients=None, rolling=None, **others):
    """Move tethers whose beads do not roll, unless told otherwise."""
    count = len(places)
    kernels.move_tethers(
        np.uint64(key),
        places,
        means,
        others.get("near_s", np.empty(count)),
        dead_s,
        exposure_s,
        forces,
        np.zeros((count, 4, 8)) if coefficients is None else coefficients,
        np.tile([1.0, 0.0, 0.0, 0.0], (count, 1)) if rolling is None else rolling,
        others.get("chains", np.zeros((count, 8))),
        np.array(WLC_COEFFICIENTS),
        others.get("low_pn", 0.1),
        np.zeros(count),
        others.get("near_nm", 0.0),
        others.get("held", np.zeros(count, bool)),
        others.get("field", np.array([1.0, 0.0])),
    )


def test_the_loops_draw_the_same_random_numbers_as_the_rest():
    key, coefficients, means = 12345, np.zeros((2, 4, 8)), np.empty((2, 3))
    coefficients[:, :3, 7] = 1  # the third number of each axis is the average over the exposure
    move(key, np.full((2, 4), 500.0), means, np.ones(2), coefficients=coefficients)
    np.testing.assert_allclose(means[0], normals(key, 9)[2::3], rtol=1e-12)
    assert not np.isin(means[1], normals(key, 9)).any()


def test_a_bead_that_is_held_stays_where_it_is():
    places, means = np.full((1, 4), 30.0), np.empty((1, 3))
    move(1, places, means, np.ones(1), held=np.ones(1, bool))
    assert means.tolist() == [[30.0, 30.0, 30.0]]
    assert (places == 30).all()


def wander(force_pn, *, tethers, frames, contour_nm=680.0, radius_nm=525.0, frame_s=0.02, rolls=False):
    """Let tethers wander and return heights and distances across, averages over a very short exposure."""
    drag = float(drag_pn_s_per_nm(radius_nm, 0.89e-9))
    turning = float(rotational_drag_pn_nm_s(radius_nm, 0.89e-9)) if rolls else np.inf
    row = [contour_nm, KT / PERSISTENCE_NM, KT, radius_nm, drag, turning, radius_nm, 0.0]
    chains = np.tile(row, (tethers, 1))
    places = np.zeros((tethers, 4))
    places[:, 2] = 100.0
    means, forces = np.zeros((tethers, 3)), np.full(tethers, force_pn)
    seen = []
    for frame in range(frames):
        move(1000 + frame, places, means, forces, dead_s=frame_s, exposure_s=1e-7, chains=chains, low_pn=1e9)
        seen.append(means.copy())
    return np.array(seen)


def boltzmann(force_pn, contour_nm=680.0):
    """Return mean height and variance along one lateral axis of a chain above a wall, by integration in space.

    The weight of an extension is that of the loops; what it is worth is measured below.
    """
    relative = (np.arange(2000) + 0.5) / 2000 * 0.995
    force = wlc_force_pn(relative * contour_nm, contour_nm)
    # held ends neither swing nor come and go
    energy = np.cumsum(force) * contour_nm * 0.995 / 2000 - KT * np.log(force / relative * np.gradient(force) ** 0.5)
    cosine = (np.arange(200) + 0.5) / 200
    r, c = relative[:, None] * contour_nm, cosine
    exponent = (force_pn * r * c - energy[:, None]) / KT
    weight = r**2 * np.exp(exponent - exponent.max())
    weight /= weight.sum()
    return (weight * r * c).sum(), (weight * r**2 * (1 - c**2) / 2).sum()


@pytest.mark.parametrize("force_pn", [-0.03, 0.05, 0.15])
def test_a_wandering_tether_is_boltzmann_distributed_above_the_wall(force_pn):
    seen = wander(force_pn, tethers=60, frames=500)[50:]
    height_nm, variance_nm2 = boltzmann(force_pn)
    heights = seen[:, :, 2].mean(axis=0)
    error_nm = heights.std() / np.sqrt(len(heights))
    # three standard errors of independent tethers, and 1 % for the finite steps
    assert heights.mean() == pytest.approx(height_nm, abs=3 * error_nm + 0.01 * height_nm)
    variances = (seen[:, :, :2] ** 2).mean(axis=0)
    error_nm2 = variances.std() / np.sqrt(variances.size)
    assert variances.mean() == pytest.approx(variance_nm2, abs=3 * error_nm2 + 0.01 * variance_nm2)


@njit
def pulls(extensions_nm, contour_nm, wlc):
    """Return the force with which the chain of the loops pulls on a bead at each distance [pN]."""
    return np.array([kernels._radial_force(r, contour_nm, KT / PERSISTENCE_NM, KT, wlc) for r in extensions_nm])


@pytest.mark.parametrize(("contour_nm", "error"), [(2720.0, 0.001), (680.0, 0.01)], ids=["8 kb", "2 kb"])
def test_the_chain_of_the_loops_is_as_long_under_constant_force_as_the_worm_like_chain(contour_nm, error):
    # nothing of the loops but their force: its work in space, all directions, no wall
    r = (np.arange(40000) + 0.5) / 40000 * 0.995 * contour_nm
    work = np.cumsum(pulls(r, contour_nm, np.array(WLC_COEFFICIENTS))) * (r[1] - r[0])
    for force_pn in (0.02, 0.05, 0.1, 0.2, 0.5):
        a = force_pn * r / KT
        exponent = a - work / KT
        # ∫ exp(a cos) d cos is sinh(a)/a, and the mean cosine of Langevin is coth(a) - 1/a
        weight = r**2 * (1 - np.exp(-2 * a)) / a * np.exp(exponent - exponent.max())
        extension_nm = (weight * r * (1 / np.tanh(a) - 1 / a)).sum() / weight.sum()
        assert extension_nm == pytest.approx(float(wlc_extension_nm(force_pn, contour_nm)), rel=error)


@pytest.mark.parametrize(("gap_nm", "duration_s"), [(20.0, 2e-6), (100.0, 2e-5), (1000.0, 2e-5)])
def test_a_wandering_bead_diffuses_as_faxen_and_brenner_say(gap_nm, duration_s):
    count, radius_nm = 20000, 525.0
    drag = float(drag_pn_s_per_nm(radius_nm, 0.89e-9))
    places, means = np.zeros((count, 4)), np.zeros((count, 3))
    places[:, 2] = gap_nm
    # a chain of a centimetre does not pull
    chains = np.tile([1e7, KT / PERSISTENCE_NM, KT, radius_nm, drag, np.inf, radius_nm, 0.0], (count, 1))
    move(77, places, means, np.zeros(count), dead_s=duration_s, exposure_s=0.0, chains=chains, low_pn=1e9)
    along = KT / drag / float(parallel_wall_factor(radius_nm, radius_nm + gap_nm))
    up = KT / drag / float(perpendicular_wall_factor(radius_nm, radius_nm + gap_nm))
    for axis, expected in ((0, along), (1, along), (2, up)):
        # the variance of 20000 beads is known to 1 %
        assert places[:, axis].var() / (2 * duration_s) == pytest.approx(expected, rel=0.03)


def test_a_wandering_tether_is_as_long_as_its_chain_under_constant_force():
    seen = wander(0.4, tethers=60, frames=250, contour_nm=2720.0)[100:]
    heights = seen[:, :, 2].mean(axis=0)
    # terms of second order in kT / (force · extension), which is 0.5 %, and finite steps
    expected = float(wlc_extension_nm(0.4, 2720.0))
    assert heights.mean() == pytest.approx(expected, abs=3 * heights.std() / np.sqrt(60) + 0.001 * expected)


def test_a_wandering_tether_stays_above_the_wall_and_below_its_contour():
    for force_pn in (-0.5, 0.0, 20.0):
        seen = wander(force_pn, tethers=5, frames=20)
        assert seen[:, :, 2].min() >= 0
        assert np.linalg.norm(seen, axis=-1).max() <= 680


def flat(background=120.0, *, key=1, adu_per_electron=0.0255, read_variance=0.09, shape=(256, 256), bits=8):
    into = np.zeros(shape, np.uint8 if bits == 8 else np.uint16)
    kernels.expose(
        into, 0, np.zeros(shape, np.float32), np.float32(background), np.float32(adu_per_electron),
        np.float32(read_variance), np.float32(2**bits - 1), np.uint64(key),
    )  # fmt: skip
    return into.astype(float)


@pytest.mark.parametrize("background", [30.0, 120.0, 200.0])
def test_noise_has_the_variance_of_shot_noise_read_noise_and_rounding(background):
    picture = flat(background)
    assert picture.mean() == pytest.approx(background, abs=0.05)
    assert picture.var() == pytest.approx(background * 0.0255 + 0.09 + 1 / 12, rel=0.02)


def test_noise_is_normal_to_its_tails():
    # a standard deviation of 500 ADU, so that rounding does not matter
    sigmas = (flat(30000.0, adu_per_electron=0.0, read_variance=500.0**2, shape=(700, 700), bits=16) - 30000) / 500
    for power, expected, variance in ((2, 1, 2), (3, 0, 15), (4, 3, 96), (6, 15, 10170)):
        assert (sigmas**power).mean() == pytest.approx(expected, abs=4 * np.sqrt(variance / sigmas.size))
    assert (abs(sigmas) > 3).mean() == pytest.approx(0.0027, rel=0.15)


def test_the_noise_of_frames_has_nothing_in_common_at_any_shift():
    first, second = (flat(key=key) - 120 for key in (0x123456789ABCDEF, 0x123456789ABCDF0))
    for other in (first, second):
        likeness = np.fft.ifft2(np.fft.fft2(first) * np.conj(np.fft.fft2(other))).real / (first.std() * other.std())
        if other is first:
            likeness[0, 0] = 0
        # 65536 shifts of sums of 65536 products: the largest is below 6 standard deviations
        assert abs(likeness).max() < 6 * 256


def test_counts_stay_in_the_range_of_the_camera():
    assert flat(400.0).min() == 255
    assert flat(0.0, read_variance=0.0).max() == 0


@pytest.mark.parametrize("bits", [10, 12, 16])
def test_more_bits_count_finer(bits):
    assert flat(1.1 * 2**bits, bits=bits).min() == 2**bits - 1
    assert flat(0.4 * 2**bits, bits=bits, adu_per_electron=0.0, read_variance=0.0).max() == round(0.4 * 2**bits)


def test_rings_reach_over_the_edge_of_the_picture_without_harm():
    table = np.ones((8, 16 * 8 + 2), np.float32)
    profile = np.empty(table.shape[1], np.float32)
    signal = np.zeros((32, 40), np.float32)
    beads = np.array([[0, 0, 3], [39, 31, 3], [-20, 5, 3], [100, 100, 3], [20, 16, -5], [20, 16, 7]], np.float32)
    kernels.add_rings(signal, 0, beads, table, np.float32(16), np.float32(8), profile)
    assert signal[:6, :6].min() == 1
    assert signal[8, 8] == signal[16, 20] == 0
    rows, columns = np.indices((9, 9))
    assert signal.sum() == 2 * (np.hypot(rows, columns) <= 8).sum()


def test_the_rings_of_neighbours_add():
    table = np.full((8, 16 * 8 + 2), 0.25, np.float32)
    profile = np.empty(table.shape[1], np.float32)
    signal = np.zeros((32, 40), np.float32)
    kernels.add_rings(
        signal, 0, np.array([[15, 16, 3.5], [19, 16, 3.5]], np.float32), table, np.float32(16), np.float32(8), profile
    )
    assert signal[16, 17] == 0.5
    assert signal[16, 8] == 0.25


def test_heights_between_planes_are_interpolated_smoothly():
    planes = np.arange(12.0)
    table = np.repeat((planes**2)[:, None], 16 * 8 + 2, axis=1).astype(np.float32)
    profile = np.empty(table.shape[1], np.float32)
    for place in (3.0, 3.25, 4.9):
        signal = np.zeros((20, 20), np.float32)
        kernels.add_rings(
            signal, 0, np.array([[10, 10, place]], np.float32), table, np.float32(16), np.float32(8), profile
        )
        assert signal[10, 10] == pytest.approx(place**2, rel=1e-5)


def test_a_bead_is_near_the_surface_for_as_long_as_the_barometric_law_says():
    drag = float(drag_pn_s_per_nm(1400.0, 0.89e-9))
    chains = np.tile([2720.0, KT / PERSISTENCE_NM, KT, 1400.0, drag, np.inf, 1400.0, 0.0], (200, 1))
    places, near_s = np.zeros((200, 4)), np.empty(200)
    places[:, 2] = 40.0
    move(7, places, np.zeros((200, 3)), np.full(200, -0.1), dead_s=10.0, chains=chains, near_s=near_s, near_nm=50.0)
    # 10 s of 200 beads that cross the 40 nm of the law in half a second: 4000 looks, 0.008, and steps of 15 nm
    assert near_s.mean() / 10.01 == pytest.approx(1 - np.exp(-0.1 * 50 / KT), abs=0.03)
