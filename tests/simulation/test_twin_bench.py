import subprocess
import sys

import pytest

from beadline.simulation import bench_twin
from beadline.simulation.twin_bench import ROUNDS

SMALL = {"size_px": (256, 256), "beads": 3, "frames": 2, "seed": 5}


@pytest.fixture(scope="module")
def result():
    return bench_twin(**SMALL)


def test_the_bench_tells_what_drawing_and_motion_take(result):
    assert result["table_s"] > 0
    for drawing in result["drawing"].values():
        least, most = drawing["range"]
        assert least <= drawing["ms_per_frame"] <= most
        assert drawing["frames_per_s"] == pytest.approx(1000 / drawing["ms_per_frame"], rel=0.1)
    assert set(result["drawing"]) == {"clean", "disturbed"}
    assert all(each["us_per_tether"] > 0 for each in result["motion"].values())
    assert ROUNDS % 2


@pytest.mark.slow
def test_two_processes_draw_the_same_frames_from_the_same_seed(result):
    code = f"from beadline.simulation import bench_twin; print(bench_twin(**{SMALL})['digest'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == result["digest"]
    assert bench_twin(**{**SMALL, "seed": 6})["digest"] != result["digest"]


@pytest.mark.parametrize("wrong", [{"frames": 0}, {"beads": 0}])
def test_a_bench_of_nothing_is_refused(wrong):
    with pytest.raises(ValueError, match="take at least one of each"):
        bench_twin(**wrong)
