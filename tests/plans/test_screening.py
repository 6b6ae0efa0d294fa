"""Tethers of the twin are pulled and turned, and each is said to be what it is."""

import inspect
from functools import partial

import numpy as np
import pytest
from bluesky import plan_stubs as bps
from bluesky.run_engine import call_in_bluesky_event_loop
from ophyd_async.core import init_devices

from beadline.devices import Bead, Magnets, Motor
from beadline.physics import M270_PAIR, TwistedChain
from beadline.plans import (
    make_lookup_table,
    on_instrument_time,
    plan_summary,
    screen_tethers,
    screening,
    set_force,
    set_role,
)
from bench import make_bench

PLACES = [(60.0, 60.0), (170.0, 60.0), (280.0, 60.0), (60.0, 170.0), (170.0, 170.0)]
CLASSES = {"coilable": 0.5, "nicked": 0.25, "double": 0.25}
CONTOUR_NM = 1020.0
BEADS = [Bead(number, *place, window_px=96) for number, place in enumerate(PLACES[:4])]
BEADS += [Bead(4, *PLACES[4], role="reference", window_px=96)]


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    made = make_bench(
        tmp_path_factory.mktemp("twin"),
        factory="beadline.simulation:microscope",
        axis="focus",
        unit="um",
        frame_rate_hz=50.0,
        clock="lock-step",
        width_px=340,
        height_px=230,
        positions_px=PLACES,
        tethers=4,
        references=1,
        contour_nm=CONTOUR_NM,
        focal_factor=1.0,
        molecules={"classes": CLASSES},
        seed=5,
    )
    camera = made.camera
    with init_devices():
        magnets = Magnets(
            height=Motor(lambda: camera.axis("magnet_height"), unit="mm"),
            turns=Motor(lambda: camera.axis("magnet_turns"), unit="turns"),
            law=M270_PAIR,
        )
    made.magnets = magnets
    made.RE.preprocessors.append(partial(on_instrument_time, clock=camera.clock))
    made.RE(set_force(magnets.force, 8.0))
    made.RE(bps.abs_set(made.tracker.beads, BEADS, wait=True))
    made.RE(make_lookup_table(camera, made.tracker, made.recorder, made.height, planes=24, frames=2))
    made.documents.clear()
    yield made
    made.close()


def screen(bench, **options):
    quick = {"duration_s": 0.4, "surface_s": 2.0, "settle_s": 0.1, "say": lambda sentence: None}
    return screen_tethers(bench.camera, bench.tracker, bench.magnets, CONTOUR_NM, **(quick | options))


@pytest.mark.slow
def test_each_tether_is_what_it_is_and_nothing_is_left_out(bench):
    said = []
    true = call_in_bluesky_event_loop(bench.camera.action("truth"))["class"][:4]
    foreseen = plan_summary(screen(bench))
    bench.RE(screen(bench, keep=["single"], say=said.append))
    told = bench.data("tethers")
    assert foreseen.events["tethers"] == len(told) == len(said) == 4
    assert [each["tether-bead"] for each in told] == [0, 1, 2, 3]
    assert [each["tether-class"] for each in told] == true, "; ".join(said)
    assert set(true) == set(CLASSES)
    for each in told:
        assert each["tether-relative_extension"] == pytest.approx(0.95, abs=0.1)
        assert each["tether-role"] == ("ignored" if each["tether-class"] == "double" else "tether")
    roles = {bead.id: bead.role for bead in bench.tracker.beads.value}
    assert roles == {**{each["tether-bead"]: each["tether-role"] for each in told}, 4: "reference"}
    assert all(sentence.startswith(f"bead {number} is ") for number, sentence in enumerate(said))
    assert sum("is ignored from now on" in sentence for sentence in said) == true.count("double")
    steps = bench.data("steps")
    assert (steps[-1]["step-turns"], steps[-1]["step-force_pn"]) == (0.0, 0.4)


def of_theory(step, contour_nm):
    """Return the heights of a molecule that coils and of one that is nicked, at a step."""
    chain = TwistedChain(contour_nm=contour_nm)
    turns, force_pn = step["turns"], step["force_pn"]
    if force_pn == 0.0:
        return 0.0, 0.0
    return float(chain.extension_nm(force_pn, turns)), float(chain.extension_nm(force_pn, 0.0))


@pytest.mark.parametrize("contour_nm", [510.0, 1020.0, 2720.0, 7140.0])
def test_the_defaults_tell_a_molecule_that_coils_from_a_nicked_one_at_each_length(bench, contour_nm, monkeypatch):
    made = {}

    def taken(camera, consumers, steps, *others):
        made["steps"] = [step.numbers for step in steps]
        yield from bps.null()

    monkeypatch.setattr(screening, "record_protocol", taken)
    bench.RE(screen_tethers(bench.camera, bench.tracker, bench.magnets, contour_nm))
    defaults = inspect.signature(screen_tethers).parameters
    heights = np.array([of_theory(step, contour_nm) for step in made["steps"]])
    whole = {"seen": np.ones(2), "beyond_table": np.zeros(2)}
    seen = [
        {f"step-{name}": value for name, value in {**step, **whole, "z_nm": level, "lowest_z_nm": level}.items()}
        for step, level in zip(made["steps"], heights, strict=True)
    ]
    turned = max(step["turns"] for step in made["steps"])
    found = screening._screened(seen, [0, 1], [0, 1], [], contour_nm, (turned, defaults["turning_pn"].default))
    assert [each.verdict.name for each in found.values()] == ["coilable", "nicked"]
    assert found[0].evidence.loss_positive > 0.3
    assert found[0].remarks == ()
    seen[0]["step-seen"] = np.array([1.0, 0.7])
    blind = screening._screened(seen, [0, 1], [0, 1], [], contour_nm, (turned, defaults["turning_pn"].default))
    assert [each.verdict.name for each in blind.values()] == ["coilable", "undecided"]
    assert "with the magnets up it had a track in 70 % of the frames" in blind[1].remarks[0]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"keep": "single"}, "keep cannot be single: it is a list of single, coilable, nicked"),
        ({"keep": ["good"]}, "keep cannot be good"),
        ({"up_mm": 0.5}, r"up_mm cannot be 0\.5 mm: .* the surface is looked for with the magnets up"),
        ({"high_pn": 900.0}, "The magnets cannot make 900 pN"),
        ({"low_pn": 0.0}, "low_pn cannot be 0 pN"),
        ({"surface_s": 500.0}, "it lasts at most 80 s"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_moves(bench, options, sentence):
    bench.RE(set_force(bench.magnets.force, 8.0))
    bench.documents.clear()
    with pytest.raises(ValueError, match=sentence):
        bench.RE(screen(bench, **options))
    assert bench.documents == []


def test_without_tethers_there_is_nothing_to_screen(bench):
    before = bench.tracker.beads.value
    bench.RE(set_role(bench.tracker, [0, 1, 2, 3], "ignored"))
    with pytest.raises(ValueError, match="no bead is a tether"):
        bench.RE(screen(bench))
    bench.RE(bps.abs_set(bench.tracker.beads, before, wait=True))
