"""What a bead does on its molecule, against integrals over space and the formulas of `beadline.physics`."""

import numpy as np
import pytest

from beadline.physics import (
    RecordedWell,
    drag_pn_s_per_nm,
    parallel_wall_factor,
    rolling_modes,
    rotation_wall_factor,
    rotational_drag_pn_nm_s,
    thermal_energy_pn_nm,
    water_viscosity_pn_s_per_nm2,
    wlc_extension_nm,
    wlc_force_pn,
)

KT = thermal_energy_pn_nm()
RADIUS_NM = 525.0


def rolling_bead_above_a_wall(force_pn: float, contour_nm: float) -> tuple[float, float, float]:
    """Return mean height and the variances along and across the field, by integration over chain and roll.

    Boltzmann weights of the end of a chain in space and of the roll of the bead, whose bottom is not below the wall.
    """
    grid = (np.arange(300) + 0.5) / 300
    fine = (np.arange(6000) + 0.5) / 6000
    force = wlc_force_pn(fine * 0.995 * contour_nm, contour_nm)
    # the weight of the simulation: test_kernels.py checks that a free chain with it is as long as it should be
    energy = np.cumsum(force) * 0.995 * contour_nm / 6000 - KT * np.log(force / fine * np.gradient(force) ** 0.5)
    r, energy = (grid * 0.995 * contour_nm)[:, None, None], np.interp(grid, fine, energy)
    sine = ((np.arange(120) + 0.5) / 120)[
        None, :, None
    ]  # of half the angle to the vertical, where most weight is small
    cosine = 1 - 2 * sine**2
    roll = np.pi * (((np.arange(80) + 0.5) / 80) ** 2)[None, None, :]
    closeness = sine * np.sqrt(roll)  # of the points: wide where there is little weight
    height = r * cosine - RADIUS_NM * (1 - np.cos(roll))
    exponent = (force_pn * height - energy[:, None, None]) / KT
    weight = np.where(height >= 0, closeness * r**2 * np.exp(exponent - exponent.max()), 0)
    weight /= weight.sum()
    sideways = r**2 * (1 - cosine**2) / 2
    return (
        float((weight * height).sum()),
        float((weight * sideways).sum()),
        float((weight * (sideways + RADIUS_NM**2 * np.sin(roll) ** 2)).sum()),
    )


@pytest.mark.parametrize(("force_pn", "contour_nm"), [(0.05, 680.0), (0.15, 680.0), (0.5, 2720.0)])
def test_means_and_variances_are_boltzmanns_with_the_wall(laboratory, force_pn, contour_nm):
    lab = laboratory(bead="MyOne", contour_nm=contour_nm, tethers=40)
    lab.pull(force_pn)
    lab.record(80, period_s=0.1, exposure_s=1e-5)
    places, _ = lab.record(300, period_s=0.1, exposure_s=1e-5)
    height_nm, along_nm2, across_nm2 = rolling_bead_above_a_wall(force_pn, contour_nm)
    each = places[..., 2].mean(axis=0)
    # three standard errors of independent beads, and 0.2 % for finite steps
    assert each.mean() == pytest.approx(height_nm, abs=3 * each.std() / np.sqrt(40) + 0.002 * height_nm)
    for axis, expected in ((0, along_nm2), (1, across_nm2)):
        each = (places[..., axis] ** 2).mean(axis=0)
        assert each.mean() == pytest.approx(expected, abs=3 * each.std() / np.sqrt(40) + 0.02 * expected)


@pytest.fixture(scope="module")
def pendulum():
    """Force, extension, and the wells along and across the field of an M270 bead on 2720 nm at 1 pN."""
    force, viscosity = 1.0, water_viscosity_pn_s_per_nm2()
    length = float(wlc_extension_nm(force, 2720.0))
    drag = float(drag_pn_s_per_nm(1400.0, viscosity) * parallel_wall_factor(1400.0, 1400.0 + length))
    turning = float(rotational_drag_pn_nm_s(1400.0, viscosity) * rotation_wall_factor(1400.0, 1400.0 + length))
    stiffnesses, drags = rolling_modes(force, length, 1400.0, drag, turning)
    return force, length, (force / length, drag), list(zip(stiffnesses, drags, strict=True))


def test_variances_are_those_of_a_short_and_a_long_pendulum(laboratory, pendulum):
    force, length, *_ = pendulum
    lab = laboratory()
    lab.pull(force)
    places, _ = lab.record(800, period_s=0.2, exposure_s=1e-5)
    each = places.var(axis=0)
    # 30 beads, 800 frames each two relaxation times of the slow motion apart: known to 0.9 %
    assert each[:, 0].mean() == pytest.approx(KT * length / force, rel=0.03)
    assert each[:, 1].mean() == pytest.approx(KT * (length + 1400.0) / force, rel=0.03)


@pytest.mark.parametrize("exposure_s", [0.02, 0.005])
def test_the_spectrum_is_that_of_translation_and_rolling_coupled(laboratory, pendulum, exposure_s):
    force, _, along, across = pendulum
    lab = laboratory()
    lab.pull(force)
    places, _ = lab.record(1024, period_s=0.02, exposure_s=exposure_s)
    frequencies = np.fft.rfftfreq(1024, 0.02)[2:-1]
    window = np.hanning(1024)[:, None, None]
    power = np.abs(np.fft.rfft((places[..., :2] - places[..., :2].mean(axis=0)) * window, axis=0))[2:-1] ** 2
    power = (power * 2 * 0.02 / (window**2).sum()).mean(axis=1)
    for axis, wells in ((0, [along]), (1, across)):
        expected = sum(
            RecordedWell(k, g, frame_s=0.02, exposure_s=exposure_s).spectrum_nm2_per_hz(frequencies) for k, g in wells
        )
        ratio = power[:, axis] / expected
        bands = np.array([part.mean() for part in np.array_split(ratio, 10)])
        # 51 frequencies of 30 beads in a band, with the window a third fewer independent ones: 3.2 % each
        assert bands == pytest.approx(np.ones(10), abs=0.12)
        assert bands.mean() == pytest.approx(1, abs=0.04)


def test_the_exposure_blurs_as_wong_and_halvorsen_say(laboratory, pendulum):
    force, length, (stiffness, drag), _ = pendulum
    for exposure_s in (0.002, 0.02, 0.1):
        lab = laboratory()
        lab.pull(force)
        places, _ = lab.record(400, period_s=0.15, exposure_s=exposure_s)
        a = stiffness / drag * exposure_s
        blur = 2 / a - 2 / a**2 * (1 - np.exp(-a))
        # 30 beads, 400 frames two relaxation times apart: known to 1.4 %
        assert places[..., 0].var() == pytest.approx(KT * length / force * blur, rel=0.045)


@pytest.mark.parametrize("force_pn", [0.4, 2.0])
def test_a_bead_that_rolls_hangs_lower_by_what_its_roll_fluctuates(laboratory, force_pn):
    heights_nm, rolls = {}, []
    for rolling in (True, False):
        lab = laboratory(bead="MyOne", molecules={"rolling": rolling})
        lab.pull(force_pn)
        places = []
        for _ in range(400):
            places.append(lab.record(1, period_s=0.2, exposure_s=1e-5)[0][0, :, 2])
            rolls.append(lab.world._places[:30, 3].copy())
        heights_nm[rolling] = float(np.mean(places))
    descent_nm = heights_nm[False] - heights_nm[True]
    # both have the same random numbers, so what moves their molecules cancels but for the drag
    assert descent_nm == pytest.approx(KT / (2 * force_pn), rel=0.05)
    # 30 beads, 400 frames two relaxation times apart: the variance of the roll is known to 1.3 %
    assert RADIUS_NM / 2 * np.var(rolls[:400]) == pytest.approx(descent_nm, rel=0.07)
