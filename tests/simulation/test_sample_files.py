import pytest

from beadline.simulation import read_sample, sample_names
from beadline.simulation.world import World
from beadline.simulation.world_settings import WorldSettings

PERIOD_S = 0.01


def test_the_samples_that_come_along():
    assert set(sample_names()) == {
        "dna_8kb_myone", "dna_21kb_m270", "hairpin", "topoisomerase", "mixed_field", "references_only",
    }  # fmt: skip


@pytest.mark.parametrize("name", sample_names())
def test_each_sample_is_a_world_that_goes_on(name, clock):
    world = World(WorldSettings.from_plain(read_sample(name)), clock)
    world.axes["magnet_height"].move(4.0)
    clock.sleep(5)
    truth = world.expose(0, clock(), PERIOD_S)
    assert truth.z_nm.shape == (world.settings.beads,)
    assert (truth.z_nm >= 0).all()
    assert truth.z_nm.max() < world.settings.contour_nm * 1.1


def test_bases_and_salt_make_the_chain():
    plain = read_sample("dna_8kb_myone")
    assert plain["contour_nm"] == pytest.approx(2720)
    assert plain["persistence_nm"] == pytest.approx(50 + 32.4 * (1 / 100 - 1 / 10))
    assert plain["molecules"]["plectoneme_twist_nm"] == pytest.approx(17.2, abs=0.1)


def test_what_is_given_beside_a_sample_goes_before_it(bench):
    b = bench(sample="hairpin", tethers=2, references=1, molecules={"hairpin": None})
    assert b.truth()["class"] == ["nicked", "nicked", "reference"]
    assert b.camera._world.settings.contour_nm == pytest.approx(340)
    assert b.camera._world.settings.molecules.hairpin is None


def test_a_sample_of_your_own_is_read_from_its_path(tmp_path, bench):
    path = tmp_path / "mine.yaml"
    path.write_text("molecule: dsRNA\nbases: 4000\ntethers: 2\nclasses: {nicked: 0.5, double: 0.5}\n")
    b = bench(sample=str(path), references=0, tethers=2)
    assert sorted(b.truth()["class"]) == ["double", "nicked"]
    assert b.camera._world.settings.contour_nm == pytest.approx(1120)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("colour: red", "has no colour: it may have .*bases"),
        ("- 1", "must be a mapping"),
        ("a: [", "cannot be read"),
        ("molecule: silk\nbases: 3", "cannot have molecules of 'silk': take dsDNA, dsRNA"),
        ("molecule: dsDNA", "without a length: add bases"),
        ("bases: 300", "has bases but no molecule"),
        ("molecule: dsDNA\nbases: 3000\nsalt_mm: 2000", "What salt does to DNA is not known at 2000 mM"),
        ("molecule: dsRNA\nbases: 3000\nsalt_mm: 100", "What salt does to dsRNA is not known"),
    ],
)
def test_a_description_that_makes_no_sense_is_refused(tmp_path, text, sentence):
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(ValueError, match=sentence):
        read_sample(str(path))


def test_an_unknown_name_is_refused():
    with pytest.raises(ValueError, match=r"There is no simulated sample 'dna': take dna_21kb_m270, .*or the path"):
        read_sample("dna")


@pytest.mark.parametrize(
    ("molecules", "sentence"),
    [
        ({"classes": {"coiled": 1}}, "There are no simulated tethers of class coiled: there are coilable"),
        ({"classes": {"nicked": 0.5}}, "add up to 0.5: they must make 1"),
        ({"enzyme": {"turns": 2}}, "A simulated enzyme needs rate_per_s"),
        ({"rupture": {"rate": 2}}, "A simulated rupture has no setting rate"),
        ({"stretch_pn": 1}, "stretch_pn = 1 pN: from 50 to 100000 pN"),
        ({"twist": 90}, "A simulated molecule has no setting twist: it has classes, stretch_pn, twist_nm"),
    ],
)
def test_molecules_that_cannot_be_are_refused(molecules, sentence):
    with pytest.raises(ValueError, match=sentence):
        WorldSettings.from_plain({"molecules": molecules})


@pytest.mark.parametrize("name", ["twist_nm", "pitch_nm", "field_angle_deg"])
def test_only_what_is_nothing_by_default_may_be_nothing(name):
    with pytest.raises(TypeError, match=f"{name} must be a number, got None"):
        WorldSettings.from_plain({"molecules": {name: None}})
    assert WorldSettings.from_plain({"molecules": {"stretch_pn": None}}).molecules.stretch_pn is None
