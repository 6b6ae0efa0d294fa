"""Nothing is computed across frames that are missing as if they were not, and what is left out is named."""

import numpy as np
import pytest

from beadline.analysis import longest_stretch
from beadline.figures.noise_pictures import noise_figure
from beadline.figures.run_tracks import LONGEST_GAP, RunDocuments, RunTracks, without_jumps
from beadline.figures.stuck_noise import noise_of

FRAMES, BEADS = 1000, 4


def tracks_of(**positions):
    nothing = np.full((FRAMES, BEADS), np.nan)
    return RunTracks(
        RunDocuments({}, {}, {}, {}),
        np.arange(FRAMES),
        np.arange(FRAMES) / 100.0,
        (3, 4, 5, 6),
        ("reference", "reference", "tether", "reference"),
        {name: positions.get(name, nothing) for name in "xyz"},
        np.zeros(BEADS),
        np.zeros((FRAMES, BEADS), bool),
    )


def test_missing_frames_get_rows_of_their_own():
    ids, rows = without_jumps(np.array([7, 8, 11, 12, 5000, 5001]))
    assert ids[:6].tolist() == [7, 8, 9, 10, 11, 12]
    assert ids[rows].tolist() == [7, 8, 11, 12, 5000, 5001]
    assert len(ids) == 6 + 2 + LONGEST_GAP
    assert np.all(np.diff(ids) > 0)
    whole = np.arange(40, 60)
    assert [each.tolist() for each in without_jumps(whole)] == [whole.tolist(), list(range(20))]
    trace = np.full(len(ids), np.nan)
    trace[rows] = 1.0
    assert len(longest_stretch(trace)) == 2


def test_a_bead_that_is_seldom_seen_does_not_take_the_frames_of_the_others():
    rng = np.random.default_rng(1)
    x, y, z = rng.normal(0, 2.0, (3, FRAMES, BEADS))
    z[:, 1] = np.nan  # no look-up table
    x[::5, 3] = np.nan
    y[700] = np.nan
    floors, beads, notes = noise_of(tracks_of(x=x, y=y, z=z))
    assert beads == {"x": (3, 4), "y": (3, 4, 6), "z": (3, 6)}
    assert notes == [
        "x: beads [6], seen in less than 99 % of frames, are left out",
        "y: 700 of 1000 frames, the longest stretch without a gap",
        "z: beads [4], seen in less than 99 % of frames, are left out",
    ]
    assert floors["y"].noise_nm == pytest.approx(np.full(3, 2.0), rel=0.2)
    noise_figure(floors, beads, notes=notes)


def test_a_direction_that_cannot_be_measured_is_named_and_the_others_are():
    rng = np.random.default_rng(2)
    x = rng.normal(0, 2.0, (FRAMES, BEADS))
    floors, _, notes = noise_of(tracks_of(x=x, y=np.where(np.arange(FRAMES)[:, None] < 995, x, np.nan), z=x * np.nan))
    assert set(floors) == {"x", "y"}
    assert notes[-1] == "z: beads [3, 4, 6], seen in less than 99 % of frames, are left out"
    with pytest.raises(ValueError, match="no direction was measured; z: beads"):
        noise_figure({}, {}, notes=notes[-1:])
