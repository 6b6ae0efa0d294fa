"""How well the lock holds the focus, judged by the truth about a bead that it does not go by."""

import numpy as np
import pytest
from bluesky import plan_stubs as bps

from beadline.devices import Locking, LockOptions
from beadline.plans import bead_lock_wrapper, wait_s
from lock_bench import look, make_lock_bench

DRIFT_NM_PER_S = 20.0
FRAME_RATE_HZ = 50.0


@pytest.fixture(scope="module")
def drifting(tmp_path_factory):
    made = make_lock_bench(
        tmp_path_factory.mktemp("runs"), beads=2, frame_rate_hz=FRAME_RATE_HZ, drift_nm_per_s=[0, 0, DRIFT_NM_PER_S]
    )
    yield made
    made.close()


@pytest.mark.slow
@pytest.mark.parametrize(("interval_s", "window", "duration_s"), [(1.0, 10, 60.0), (0.1, 2, 15.0)])
def test_a_drift_of_20_nm_per_s_is_held_below_10_nm_rms(drifting, interval_s, window, duration_s):
    def body():
        while not drifting.lock.records.kept:
            yield from wait_s(0.02)
        yield from look(drifting, 1, begun_nm)
        yield from wait_s(10.0)
        for _ in range(int(duration_s / 0.23)):
            yield from wait_s(0.23)  # at all phases of the corrections
            yield from look(drifting, 1, held_nm)

    begun_nm, held_nm = [], []
    drifting.lock.records.kept.clear()
    locking = Locking([0], LockOptions(interval_s=interval_s, window=window))
    drifting.RE(bead_lock_wrapper(body(), drifting.lock, locking))
    # the set-point is the mean of the first window, half of which ago the beads were lower
    lag_nm = DRIFT_NM_PER_S * window / 2 / FRAME_RATE_HZ
    error_nm = np.array(held_nm) - (begun_nm[0] - lag_nm)
    print(f"{np.sqrt(np.mean(error_nm**2)):.2f} nm rms, mean {error_nm.mean():.2f} nm")  # noqa: T201 - for `pytest -s`
    assert np.sqrt(np.mean(error_nm**2)) < 10.0
    assert np.abs(error_nm).max() < 25.0
    first, *_, last = drifting.lock.records.kept
    travelled_nm = 1000 * (last.position_um - first.position_um)
    assert travelled_nm == pytest.approx((last.time_s - first.time_s) * DRIFT_NM_PER_S, abs=50.0)
    drifting.RE(bps.mv(drifting.height, 50.0))


def test_a_step_of_500_nm_is_overshot_by_less_than_a_fifth(drifting):
    def body():
        while not drifting.lock.records.kept:
            yield from wait_s(0.02)
        yield from wait_s(3.0)
        yield from look(drifting, 1, places_nm)
        yield from bps.mv(drifting.lock.offset_nm, 500.0)
        for _ in range(80):
            yield from wait_s(0.05)
            yield from look(drifting, 1, places_nm)

    places_nm = []
    drifting.lock.records.kept.clear()
    drifting.RE(bead_lock_wrapper(body(), drifting.lock, Locking([0], LockOptions(interval_s=0.1, window=2))))
    step_nm = np.array(places_nm) - places_nm[0]
    assert 450 < step_nm.max() < 600
    assert step_nm[-10:] == pytest.approx(500.0, abs=20.0)
