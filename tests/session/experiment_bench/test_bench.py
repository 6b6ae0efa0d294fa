"""The bench of whole experiments, as small as it can be, end to end through the tracker."""

import io
import json

import pytest
from rich.console import Console

from beadline.session import bench_experiments, experiment_tables
from beadline.session.experiment_bench.bench import EXPERIMENTS, QUICK


@pytest.mark.slow
def test_forces_and_their_errors_come_out_of_pictures():
    said = []
    result = bench_experiments(["forces"], quick=True, say=said.append)
    assert any("MyOne on 8000 bp" in line for line in said)
    forces = result["experiments"]["forces"]
    rows = forces["rows"]
    assert {row["axis"] for row in rows} == {"short", "long"}
    for row in rows:
        assert row["frames_lost"] == 0
        # three tethers, each known to 5 to 11 %: three standard errors
        assert abs(row["bias_percent"]) < 3 * 11 / 3**0.5
        assert row["duration_s"] == pytest.approx(500 / row["rate_hz"], rel=1e-4)
    # frame rates were chosen eight times the corner frequency: that comes from the motion in the pictures
    assert all(5 < row["rate_hz"] / row["corner_hz"] < 12 for row in rows if row["axis"] == "short")
    n = {each["what"]: each for each in forces["findings"]}["independent estimates"]
    assert n["found"] == 3 * 2 * 2
    assert not n["met"]
    assert not result["met"]
    json.dumps(result, allow_nan=False)
    written = io.StringIO()
    Console(file=written, width=200).print(*experiment_tables(result))
    assert "independent estimates" in written.getvalue()
    assert "sampled well" in written.getvalue()


def test_every_experiment_has_a_quick_one():
    assert list(QUICK) == list(EXPERIMENTS)


def test_an_unknown_experiment_is_named():
    with pytest.raises(ValueError, match="no experiment nonsense: there are forces, drift"):
        bench_experiments(["nonsense"])
