"""Beads are found by a plan, and added, moved and removed by hand, on a bench whose camera shows one picture."""

import numpy as np
import pytest

from beadline.plans import NoBeadsFound, add_bead, find_beads, move_bead, remove_beads, root_cause, set_role
from bench import make_bench

SHAPE = (200, 240)
SMALL = [(40.0, 40.0), (120.0, 40.0), (40.0, 120.0)]
LARGE = [(120.0, 120.0), (200.0, 40.0)]


def rings(x_px, y_px, width_px):
    rows, columns = np.indices(SHAPE)
    r = np.hypot(columns - x_px, rows - y_px)
    return 60 * np.cos(r * 2 * np.pi / width_px) * np.exp(-((r / 9) ** 2))


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    light = 120 + sum(rings(*place, 5) for place in SMALL) + sum(rings(*place, 9) for place in LARGE)
    np.save(folder / "picture.npy", np.rint(light).astype(np.uint8))
    made = make_bench(folder, width_px=SHAPE[1], height_px=SHAPE[0], picture=str(folder / "picture.npy"))
    yield made
    made.close()


@pytest.fixture
def run(bench):
    """Find the beads anew; run plans, and return the place of each bead by its id."""

    def go(plan):
        bench.RE(plan)
        return {bead.id: (round(bead.x_px), round(bead.y_px)) for bead in bench.tracker.beads.value}

    go(find_beads(bench.camera, bench.tracker))
    return go


def refused(bench, plan):
    before = bench.tracker.beads.value
    with pytest.raises(Exception, match=r".") as failure:
        bench.RE(plan)
    assert bench.tracker.beads.value == before
    return root_cause(failure.value)


def test_beads_are_numbered_by_rows_and_the_run_shows_where_they_were(bench, run):
    found = run(find_beads(bench.camera, bench.tracker, references=[1]))
    assert found == dict(enumerate(sorted(SMALL + LARGE, key=lambda place: (place[1], place[0]))))
    assert [bead.role for bead in bench.tracker.beads.value] == ["tether", "reference", *["tether"] * 3]
    event = bench.data("primary")[-1]
    assert np.allclose(sorted(event["tracker-finder-x_px"]), [40, 40, 120, 120, 200], atol=0.1)
    assert np.all(event["tracker-finder-contrast"] > 0.05)


def test_only_the_best_are_taken(bench, run):
    assert len(run(find_beads(bench.camera, bench.tracker, at_most=2))) == 2


def test_an_example_chooses_and_others_are_added_with_new_ids(bench, run):
    assert list(run(find_beads(bench.camera, bench.tracker, like=[(119, 122)])).values()) == [(200, 40), (120, 120)]
    bench.RE(set_role(bench.tracker, [1], "reference"))
    new = bench.tracker.beads.next_id
    both = run(find_beads(bench.camera, bench.tracker, like=[(40, 40)], keep=True))
    assert both == {0: (200, 40), 1: (120, 120), new: (40, 40), new + 1: (120, 40), new + 2: (40, 120)}
    assert bench.tracker.beads.value[1].role == "reference"
    assert run(find_beads(bench.camera, bench.tracker, keep=True)) == both


def test_a_removed_id_is_not_given_again(bench, run):
    before = run(remove_beads(bench.tracker, [4]))
    assert sorted(before) == [0, 1, 2, 3]
    new = bench.tracker.beads.next_id
    assert new >= 5
    assert run(add_bead(bench.tracker, 120.0, 120.0)) == {**before, new: (120, 120)}


def test_a_bead_is_moved_and_stays_itself(bench, run):
    moved = run(move_bead(bench.tracker, 0, 80.0, 80.0))
    assert moved[0] == (80, 80)
    assert sorted(moved) == [0, 1, 2, 3, 4]


def test_beads_may_have_windows_of_their_own(bench, run):
    run(remove_beads(bench.tracker, list(range(5))))
    usual = bench.tracker.tracker_options["window_px"]
    first, second = bench.tracker.beads.next_id, bench.tracker.beads.next_id + 1
    bench.RE(add_bead(bench.tracker, 120.0, 120.0, window_px=48))
    bench.RE(add_bead(bench.tracker, 40.0, 40.0))
    assert [bench.tracker.beads.window_px(bead) for bead in bench.tracker.beads.value] == [48, usual]
    close = add_bead(bench.tracker, 120.0 + (48 + usual) / 2 - 1, 120.0)
    assert f"overlap that of bead {first};" in refused(bench, close)
    bench.RE(move_bead(bench.tracker, first, 90.0, 120.0))
    assert [bead.window_px for bead in bench.tracker.beads.value] == [48, None]
    assert "its window of 100 px reaches outside" in refused(bench, add_bead(bench.tracker, 200.0, 40.0, window_px=100))
    assert "window_px must be even" in refused(bench, add_bead(bench.tracker, 200.0, 40.0, window_px=33))
    run(find_beads(bench.camera, bench.tracker, keep=True, window_px=36))
    assert {bead.window_px for bead in bench.tracker.beads.value[2:]} == {36}
    assert second in {bead.id for bead in bench.tracker.beads.value}


def test_what_cannot_be_leaves_the_beads_as_they_are(bench, run):
    assert "overlap that of bead 0" in refused(bench, add_bead(bench.tracker, 60.0, 40.0))
    assert "reaches outside the frame of 240 x 200 px" in refused(bench, add_bead(bench.tracker, 10.0, 80.0))
    assert "There is no bead 99" in refused(bench, move_bead(bench.tracker, 99, 80.0, 80.0))
    assert "There is no bead 99" in refused(bench, set_role(bench.tracker, [99], "reference"))
    assert "references cannot contain [99]" in refused(bench, find_beads(bench.camera, bench.tracker, references=[99]))
    assert "like the one at (80.0, 80.0) px" in refused(bench, find_beads(bench.camera, bench.tracker, like=[(80, 80)]))
    assert "min_score cannot be -1" in refused(bench, find_beads(bench.camera, bench.tracker, min_score=-1.0))


def test_a_limit_nothing_reaches_finds_nothing_and_says_so(bench, run):
    with pytest.raises(NoBeadsFound, match="look at the focus, the light and window_px"):
        bench.RE(find_beads(bench.camera, bench.tracker, min_score=1.1))


def test_overlapping_windows_have_to_be_asked_for(bench, run):
    assert (60, 40) in run(add_bead(bench.tracker, 60.0, 40.0, allow_overlap=True)).values()


def test_a_window_that_cannot_be_tracked_is_refused_before_a_run_begins(bench, run):
    with pytest.raises(ValueError, match="windows of 63 px: window_px must be even, from 16 to 512 px"):
        run(find_beads(bench.camera, bench.tracker, window_px=63))
