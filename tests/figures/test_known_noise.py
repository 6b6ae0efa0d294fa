"""The noise that forces are found with is what stuck beads show, and from where it is known is said."""

from types import SimpleNamespace

import numpy as np
import pytest

from beadline.figures.known_noise import BY_PIXELS, noise_for
from beadline.figures.run_tracks import RunDocuments, RunTracks

FRAMES = 2000


def tracks_of(noise_nm, beads=(3, 4, 5), time_s=100.0, seed=1):
    rng = np.random.default_rng(seed)
    shared = rng.normal(0, 5.0, (3, FRAMES, 1))
    positions = rng.normal(0, noise_nm, (3, FRAMES, len(beads))) + shared
    return RunTracks(
        RunDocuments({"time": time_s, "uid": "me"}, {}, {}, {}),
        np.arange(FRAMES),
        np.arange(FRAMES) / 100.0,
        beads,
        ("tether", *("reference" for _ in beads[1:])),
        dict(zip("xyz", positions, strict=True)),
        np.full(len(beads), 0.1),
        np.zeros((FRAMES, len(beads)), bool),
    )


def catalogue_of(runs, monkeypatch):
    summaries = [
        SimpleNamespace(plan_name="noise_floor", state="done", started_s=at_s, scan_id=n, uid=f"uid{n}", tracks=made)
        for n, (at_s, made) in enumerate(runs)
    ]
    monkeypatch.setattr(RunTracks, "read", classmethod(lambda cls, catalogue, run: run.tracks))
    return SimpleNamespace(runs=lambda number: summaries)


def test_the_nearest_run_with_the_same_stuck_beads_tells_it(monkeypatch):
    runs = [(0.0, tracks_of(9.0)), (90.0, tracks_of(3.0)), (99.0, tracks_of(1.0, beads=(3, 4, 6)))]
    noise, said = noise_for(catalogue_of(runs, monkeypatch), tracks_of(2.0))
    assert noise == pytest.approx(np.full(3, 3.0 * np.sqrt(1.5)), rel=0.05)
    assert "is that of run 1 (uid1, noise_floor)" in said


def test_without_one_the_stuck_beads_of_the_run_tell_it_and_one_alone_does_not(monkeypatch):
    noise, said = noise_for(catalogue_of([], monkeypatch), tracks_of(2.0))
    assert noise == pytest.approx(np.full(3, 2.0 * np.sqrt(1.5)), rel=0.05)
    assert "is that of the stuck beads in this run" in said
    alone = tracks_of(2.0, beads=(3, 4))
    noise, said = noise_for(catalogue_of([], monkeypatch), alone)
    assert said == BY_PIXELS
    assert noise == pytest.approx(alone.steady_noise_nm)
