import numpy as np
import pytest
from scipy.signal import lfilter

from beadline.physics import (
    RecordedWell,
    drag_pn_s_per_nm,
    long_pendulum_pn_per_nm,
    lorentzian_nm2_per_hz,
    parallel_wall_factor,
    rolling_descent_nm,
    rolling_modes,
    rotation_wall_factor,
    rotational_drag_pn_nm_s,
    short_pendulum_pn_per_nm,
    thermal_energy_pn_nm,
    water_viscosity_pn_s_per_nm2,
    wlc_extension_nm,
)

THERMAL_PN_NM = thermal_energy_pn_nm()
STIFFNESS, DRAG = 4e-4, 2.6e-5
# rates of 15 per second: frames of 10 ms, of which the camera sees 6
WELL = RecordedWell(STIFFNESS, DRAG, frame_s=0.01, exposure_s=0.006, noise_nm=3.0)
FULL = RecordedWell(STIFFNESS, DRAG, frame_s=0.01)
FRAMES = np.array([1, 2, 5, 20, 100])


def recorded(well, frames, parts=20, seed=3):
    """Simulate an Ornstein-Uhlenbeck motion in small exact steps, and what a camera makes of it."""
    rng = np.random.default_rng(seed)
    step_s = well.frame_s / parts
    kept = np.exp(-STIFFNESS / DRAG * step_s)
    kicks = np.sqrt(THERMAL_PN_NM / STIFFNESS * (1 - kept**2)) * rng.standard_normal(frames * parts)
    motion = lfilter([1.0], [1.0, -kept], kicks).reshape(frames, parts)
    seen = motion[:, : round(parts * (well.exposure_s or well.frame_s) / well.frame_s)].mean(axis=1)
    return seen + well.noise_nm * rng.standard_normal(frames)


@pytest.fixture(scope="module")
def trace():
    return recorded(WELL, 200_000)


def blocks_of(trace, frames):
    return trace[: len(trace) // frames * frames].reshape(-1, frames).mean(axis=1)


@pytest.mark.parametrize("frames", FRAMES)
def test_allan_and_hadamard_variance_are_those_of_a_simulated_trace(trace, frames):
    blocks = blocks_of(trace, frames)
    # a block counts once: five standard errors of a mean square, which are larger by up to √3 for correlated blocks
    tolerance = 5 * np.sqrt(3 * 2 / len(blocks))
    allan = 0.5 * np.mean(np.diff(blocks) ** 2)
    hadamard = np.mean(np.diff(blocks, n=2) ** 2) / 6
    assert WELL.allan_variance_nm2(frames) == pytest.approx(allan, rel=tolerance)
    assert WELL.hadamard_variance_nm2(frames) == pytest.approx(hadamard, rel=tolerance)


def test_variance_and_covariance_are_those_of_a_simulated_trace(trace):
    # 200 000 frames are some 15 000 times the memory of the motion
    assert WELL.variance_nm2 == pytest.approx(trace.var(), rel=5 * np.sqrt(2 / 15_000))
    for lag in (1, 3, 10):
        measured = np.mean(trace[lag:] * trace[:-lag])
        assert WELL.covariance_nm2(lag) == pytest.approx(measured, abs=5 * np.sqrt(2 / 15_000) * trace.var())


def test_the_spectrum_is_that_of_a_simulated_trace(trace):
    segments = trace.reshape(400, 500)
    power = 2 * np.mean(np.abs(np.fft.rfft(segments, axis=1)) ** 2, axis=0) * WELL.frame_s / 500
    frequency = np.fft.rfftfreq(500, WELL.frame_s)
    bands = np.arange(5, 245).reshape(-1, 12)
    # 400 segments of 12 frequencies each: 1.4 %; leakage of 5 s segments at a corner of 2.4 Hz: about 1 %
    expected = WELL.spectrum_nm2_per_hz(frequency)[bands].mean(axis=1)
    np.testing.assert_allclose(power[bands].mean(axis=1), expected, rtol=0.07)


def test_the_closed_forms_of_lansdorp_and_saleh_are_a_full_exposure():
    tau = FRAMES * FULL.frame_s
    b = STIFFNESS * tau / DRAG
    allan = 2 * THERMAL_PN_NM * DRAG / (STIFFNESS**2 * tau)
    allan = allan * (1 + 2 / b * np.exp(-b) - 1 / (2 * b) * np.exp(-2 * b) - 3 / (2 * b))
    np.testing.assert_allclose(FULL.allan_variance_nm2(FRAMES), allan, rtol=1e-9)
    frequency, rate = np.linspace(0.1, 50, 40), STIFFNESS * FULL.frame_s / DRAG
    folded = np.sin(np.pi * frequency * FULL.frame_s) ** 2 * np.sinh(rate)
    folded = folded / (np.cos(2 * np.pi * frequency * FULL.frame_s) - np.cosh(rate))
    # two-sided there
    power = 2 * 2 * THERMAL_PN_NM * DRAG / STIFFNESS**2 * (1 + 2 * folded / rate)
    np.testing.assert_allclose(FULL.spectrum_nm2_per_hz(frequency), power, rtol=1e-9)


def test_aliasing_folds_the_blurred_spectrum_of_the_bead():
    frequency = np.array([0.5, 3.0, 20.0, 50.0])[:, np.newaxis]
    images = frequency + 100.0 * np.arange(-4000, 4001)
    blurred = lorentzian_nm2_per_hz(images, STIFFNESS, DRAG) * np.sinc(images * 0.006) ** 2
    quiet = RecordedWell(STIFFNESS, DRAG, 0.01, 0.006)
    np.testing.assert_allclose(quiet.spectrum_nm2_per_hz(frequency[:, 0]), blurred.sum(axis=1), rtol=1e-6)


def test_the_spectrum_adds_up_to_the_variance():
    frequency = (np.arange(20_000) + 0.5) * 50 / 20_000
    assert WELL.spectrum_nm2_per_hz(frequency).mean() * 50 == pytest.approx(WELL.variance_nm2, rel=1e-6)
    wide = np.linspace(0, 2e5, 2_000_001)
    power = np.trapezoid(lorentzian_nm2_per_hz(wide, STIFFNESS, DRAG), wide)
    assert power == pytest.approx(WELL.true_variance_nm2, rel=1e-4)


# corner over frame rate: how much a force would come out too high without the blur
@pytest.mark.parametrize(("ratio", "excess"), [(0.017, 0.04), (0.07, 0.15), (0.32, 0.76), (0.92, 2.5)])
def test_blur_shrinks_the_variance_as_published(ratio, excess):
    well = RecordedWell(STIFFNESS, DRAG, frame_s=ratio / (STIFFNESS / DRAG / (2 * np.pi)))
    assert 1 / well.blur_factor - 1 == pytest.approx(excess, rel=0.02, abs=0.006)


def test_a_short_exposure_blurs_nothing_and_loses_no_digits():
    exposures = np.geomspace(1e-9, 1e-2, 150)
    factors = np.array([RecordedWell(STIFFNESS, DRAG, 0.01, exposure).blur_factor for exposure in exposures])
    assert factors[0] == pytest.approx(1, abs=1e-7)
    a = STIFFNESS / DRAG * exposures
    expected = 1 / 3 - a / 12 + a**2 / 60 - a**3 / 360 + a**4 / 2520 - a**5 / 20160
    np.testing.assert_allclose((1 - factors) / a, expected, rtol=3e-7)


def test_over_long_averages_the_motion_is_white_and_over_short_ones_free():
    well = RecordedWell(STIFFNESS, DRAG, 1e-4)
    white = 2 * THERMAL_PN_NM * DRAG / (STIFFNESS**2 * 1e3)
    assert well.allan_variance_nm2(10_000_000) == pytest.approx(white, rel=1e-3)
    free = 2 / 3 * THERMAL_PN_NM / DRAG * 1e-4
    assert well.allan_variance_nm2(1) == pytest.approx(free, rel=2e-3)


def test_a_well_may_be_many():
    wells = RecordedWell(np.array([[1e-4], [4e-4]]), DRAG, 0.01)
    assert wells.allan_variance_nm2(FRAMES).shape == (2, 5)
    np.testing.assert_allclose(wells.allan_variance_nm2(FRAMES)[1], FULL.allan_variance_nm2(FRAMES))


RADIUS_NM, FORCE_PN = 1400.0, 10.0
EXTENSION_NM = float(wlc_extension_nm(FORCE_PN, 1700.0))
_VISCOSITY = water_viscosity_pn_s_per_nm2()
_HEIGHT_NM = RADIUS_NM + EXTENSION_NM
SLIDING = float(drag_pn_s_per_nm(RADIUS_NM, _VISCOSITY) * parallel_wall_factor(RADIUS_NM, _HEIGHT_NM))
ROLLING = float(rotational_drag_pn_nm_s(RADIUS_NM, _VISCOSITY) * rotation_wall_factor(RADIUS_NM, _HEIGHT_NM))
MODES = rolling_modes(FORCE_PN, EXTENSION_NM, RADIUS_NM, SLIDING, ROLLING)


def test_the_corners_of_the_long_pendulum_are_the_published_ones():
    # 5 kb, 10 pN, M270 at 25 °C; viscosity to half a percent
    np.testing.assert_allclose(MODES[0] / MODES[1] / (2 * np.pi), [13.07, 83.5], rtol=5e-3)


def test_the_variance_across_the_field_is_that_of_a_pendulum_longer_by_the_radius():
    variance = (THERMAL_PN_NM / MODES[0]).sum()
    assert variance == pytest.approx(THERMAL_PN_NM * (EXTENSION_NM + RADIUS_NM) / FORCE_PN)
    assert variance == pytest.approx(THERMAL_PN_NM / long_pendulum_pn_per_nm(FORCE_PN, EXTENSION_NM, RADIUS_NM))
    assert THERMAL_PN_NM / short_pendulum_pn_per_nm(FORCE_PN, EXTENSION_NM) < variance


def test_the_spectrum_across_the_field_is_that_of_the_coupled_equations():
    # v' = -Γ⁻¹ K v + noise of 2 kT Γ⁻¹, solved as matrices
    stiffness = (
        FORCE_PN / EXTENSION_NM * np.array([[1, -RADIUS_NM], [-RADIUS_NM, RADIUS_NM**2 + EXTENSION_NM * RADIUS_NM]])
    )
    mobility = np.diag([1 / SLIDING, 1 / ROLLING])
    for frequency in (0.1, 10.0, 80.0, 1000.0):
        response = np.linalg.inv(mobility @ stiffness + 2j * np.pi * frequency * np.eye(2))
        power = 2 * (response @ (2 * THERMAL_PN_NM * mobility) @ response.conj().T)[0, 0].real
        assert lorentzian_nm2_per_hz(frequency, *MODES).sum() == pytest.approx(power, rel=1e-9)


@pytest.mark.parametrize("force_pn", [0.005, 0.2, 10.0])
def test_rolling_lowers_a_bead_by_boltzmanns_mean_over_its_roll(force_pn):
    roll = (np.arange(20000) + 0.5) / 20000 * np.pi
    weight = np.exp(-force_pn * RADIUS_NM * (1 - np.cos(roll)) / THERMAL_PN_NM)
    descent_nm = RADIUS_NM * ((1 - np.cos(roll)) * weight).sum() / weight.sum()
    assert rolling_descent_nm(force_pn, RADIUS_NM) == pytest.approx(descent_nm, rel=1e-6)
    if force_pn > 0.1:
        # half of lever times the variance of a roll with stiffness force times lever
        assert descent_nm == pytest.approx(THERMAL_PN_NM / (2 * force_pn), rel=0.01)


def test_a_bead_that_cannot_roll_is_a_short_pendulum():
    stiffness, drag = rolling_modes(FORCE_PN, EXTENSION_NM, RADIUS_NM, SLIDING, 1e9 * ROLLING)
    fast = stiffness[1] / drag[1]
    assert fast == pytest.approx(FORCE_PN / EXTENSION_NM / SLIDING, rel=1e-4)


def test_modes_of_many_beads_are_recorded_at_once():
    stiffness, drag = rolling_modes([[1.0], [10.0]], EXTENSION_NM, [525.0, 1000.0, 1400.0], SLIDING, ROLLING)
    assert stiffness.shape == (2, 3, 2)
    np.testing.assert_allclose(stiffness[1, 2], MODES[0])
    both = RecordedWell(stiffness, drag, 0.001).variance_nm2.sum(axis=-1)
    assert both.shape == (2, 3)


@pytest.mark.parametrize(
    ("refused", "message"),
    [
        (lambda: RecordedWell(0.0, DRAG, 0.01), "A well cannot have stiffness_pn_per_nm = 0 pN/nm"),
        (lambda: RecordedWell(STIFFNESS, DRAG, 0.01, 0.02), r"cannot expose for 0.02 s in a frame of 0.01 s"),
        (
            lambda: RecordedWell(STIFFNESS, DRAG, 0.01, noise_nm=-1.0),
            "noise_nm = -1.0 nm: it must be finite and at least",
        ),
        (lambda: WELL.allan_variance_nm2(0), "Cannot average 0 frames: give whole numbers of at least 1"),
        (lambda: WELL.covariance_nm2(0.5), "Cannot compare frames 0.5 frames"),
        (lambda: WELL.spectrum_nm2_per_hz(60.0), "no spectrum from 60 to 60 Hz: frequencies are from 0 to 50 Hz"),
        (lambda: rolling_modes(1.0, 0.0, 1400.0, SLIDING, ROLLING), "A tether cannot have extension_nm = 0 nm"),
    ],
)
def test_what_cannot_be_recorded_is_refused(refused, message):
    with pytest.raises(ValueError, match=message):
        refused()
