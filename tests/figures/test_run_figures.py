"""Figures of runs: which fit, and what is said where there is nothing to draw."""

import numpy as np
import pytest
from PIL import Image

from beadline.callbacks import Journal
from beadline.catalogue import Catalogue
from beadline.cli import app
from beadline.figures import RunTracks, figure_kinds, figures_of
from beadline.tracking import LookupTable, TrackerOptions, save_lookup_tables
from beadline.tracking.geometry import table_radii
from made_runs import MadeRun, continuous


@pytest.fixture
def journal(tmp_path):
    made = Journal(tmp_path)
    yield made
    made.close()


@pytest.fixture
def catalogue(tmp_path):
    with Catalogue(tmp_path) as made:
        yield made


def stepped(journal, data, plan_name="hat_curve", steps=9, **options):
    """Make a run of steps of ten frames each, the last of which is not ended."""
    run = MadeRun(journal, data, md={"plan_name": plan_name}, **options)
    run.describe()
    for number in range(steps):
        run.record(10)
        frames = {"step-first_frame": 1000 + 10 * number, "step-last_frame": 1009 + 10 * number}
        numbers = {"step-turns": float(number), "step-direction": 1.0, "magnets-height": 3.0}
        run.event("steps", {**numbers, **frames})
    run.record(5)
    return run


@pytest.mark.slow
def test_a_screening_shows_what_it_said_of_each_tether(journal, catalogue, tmp_path):
    run = MadeRun(journal, tmp_path, md={"plan_name": "screen_tethers"})
    run.describe()
    run.record(10)
    measured = {"relative_extension": 0.93, "loss_negative": 0.02, "loss_positive": 0.61}
    for bead, name, hat_loss in ((3, "coilable", 0.25), (7, "undecided", float("nan"))):
        said = {"bead": bead, "class": name, "reason": f"because of bead {bead}", "remarks": "", "role": "tether"}
        numbers = {**measured, "hat_loss": hat_loss}
        run.event("tethers", {f"tether-{key}": value for key, value in {**said, **numbers}.items()})
    run.stop()
    figures = figures_of(catalogue, -1)
    assert list(figures) == ["screening", "traces"]
    written = [text.get_text() for text in figures["screening"].axes[0].texts]
    assert {"3", "7", "coilable", "undecided", "0.93", "2 % / 61 %", "25 %", "because of bead 7"} <= set(written)
    assert written.count("–") == 1
    assert not any("persistence" in each for each in written)


def drawn(tmp_path, *arguments):
    app(["figure", *arguments, "--data", str(tmp_path)], standalone_mode=False)


@pytest.mark.slow
def test_a_run_without_a_figure_of_its_own_shows_its_traces(journal, catalogue, tmp_path, monkeypatch, capsys):
    run = continuous(journal, tmp_path, frames=50)
    monkeypatch.chdir(tmp_path)
    drawn(tmp_path, "-1")
    assert capsys.readouterr().out.split() == [f"1_{run.uid[:8]}-traces.png"]
    with Image.open(tmp_path / f"1_{run.uid[:8]}-traces.png") as picture:
        assert min(picture.size) > 400


@pytest.mark.slow
def test_positions_stay_in_pixels_where_the_size_of_a_pixel_is_not_known(journal, catalogue, tmp_path):
    continuous(journal, tmp_path, frames=20, pixel_size_nm=float("nan"))
    assert RunTracks.read(catalogue, -1).lateral_unit == "px"
    assert figures_of(catalogue, -1)["traces"].get_supylabel() == "height [nm]"


@pytest.mark.slow
def test_an_aborted_run_shows_the_steps_it_has_and_says_that_it_was_aborted(journal, catalogue, tmp_path):
    stepped(journal, tmp_path).stop("abort", "enough")
    figures = figures_of(catalogue, -1)
    assert list(figures) == ["hats", "traces"]
    assert figures["hats"].get_suptitle().endswith("aborted")
    (points,) = [
        line for line in figures["hats"].axes[0].get_lines() if line.get_marker() == "o" and len(line.get_xdata())
    ]
    assert points.get_xdata().tolist() == list(range(9))
    assert "no run of zero_length has these beads" in figures["hats"].get_supxlabel()


@pytest.mark.slow
def test_one_figure_goes_where_it_is_asked_to(journal, catalogue, tmp_path, capsys):
    stepped(journal, tmp_path).stop()
    drawn(tmp_path, "-1", "--out", str(tmp_path / "hats.svg"))
    assert capsys.readouterr().out.strip() == str(tmp_path / "hats.svg")
    assert (tmp_path / "hats.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_a_run_without_frames_cannot_be_drawn(journal, catalogue, tmp_path):
    MadeRun(journal, tmp_path).close_files()
    with pytest.raises(ValueError, match=r"Cannot draw run 1 \(\w{8}\): it has no tracked frame yet"):
        figures_of(catalogue, 1)


def test_a_run_without_tracks_cannot_be_drawn(journal, catalogue, tmp_path):
    run = continuous(journal, tmp_path, frames=10, pieces=1)
    (run.folder / "tracks.h5").unlink()
    with pytest.raises(FileNotFoundError, match="has no tracks"):
        figures_of(catalogue, run.uid[:6])


def test_a_run_that_is_not_there_is_told(journal, catalogue, tmp_path):
    continuous(journal, tmp_path, frames=10, pieces=1)
    with pytest.raises(KeyError, match="There is no run 99"):
        figures_of(catalogue, "99")
    with pytest.raises(KeyError, match="whose uid begins with 'abcdefgh'"):
        figures_of(catalogue, "abcdefgh")


def test_a_kind_that_there_is_not_is_refused(journal, catalogue, tmp_path):
    continuous(journal, tmp_path, frames=10, pieces=1)
    with pytest.raises(ValueError, match="no figure of kind 'pie': there are hats, force-extension,"):
        figures_of(catalogue, -1, "pie")


def test_forces_without_a_surface_are_refused_in_words(journal, catalogue, tmp_path):
    stepped(journal, tmp_path, "force_extension").stop()
    assert figure_kinds(catalogue, -1) == ("force-extension", "motion", "traces")
    with pytest.raises(ValueError, match="where their extension is 0 is not known"):
        figures_of(catalogue, -1, "force-extension")


@pytest.mark.slow
def test_the_look_up_tables_of_a_run_are_drawn(journal, catalogue, tmp_path):
    run = continuous(journal, tmp_path, frames=1, pieces=1, md={"plan_name": "make_lookup_table"})
    options = TrackerOptions()
    radii = np.arange(table_radii(options.radius_px))
    profiles = [0.3 * np.cos(radii / (3 + 0.1 * plane)) for plane in range(8)]
    tables = [LookupTable(bead, 100.0 * np.arange(8), profiles, options) for bead in range(13)]
    save_lookup_tables(run.folder / "lookup_table.h5", tables, {})
    (figure,) = figures_of(catalogue, -1).values()
    assert len([axes for axes in figure.axes if axes.get_title().startswith("bead")]) == 12
    assert "the first 12 of 13 tables" in figure.get_suptitle()
