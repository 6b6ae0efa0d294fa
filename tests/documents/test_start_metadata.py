import pytest

from beadline.documents import check_start_metadata


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"sample": "4 kbp", "buffer": {"name": "PBS", "ph": 7.4, "salts_mm": {"NaCl": 150}}, "bead": None},
        {"sample": {"length_bp": 4000, "contour_length_nm": 1360}, "bead": {"name": "MyOne", "radius_nm": 525.0}},
        {"operator": "Ada", "purpose": "test", "project": "P1", "anything": object()},
    ],
)
def test_good_metadata_comes_back_unchanged(metadata):
    assert check_start_metadata(metadata) == metadata


def test_every_fault_is_said_at_once():
    bad = {"sample": {"nme": "x", "length_bp": -1}, "buffer": 3, "operator": 5, "project": ["a"], "bead": ""}
    with pytest.raises(ValueError, match="Cannot start a run with this metadata") as error:
        check_start_metadata(bad)
    sentence = str(error.value)
    for fault in (
        "sample.length_bp is -1: input should be greater than 0",
        "sample.nme is not known: sample has name, molecule, length_bp",
        "buffer is 3: input should be a valid string",
        "operator is 5",
        "project is ['a']",
        "bead is ''",
    ):
        assert fault in sentence


@pytest.mark.parametrize("bad", [{"bead": {"radius_nm": float("nan")}}, {"buffer": {"ph": "7"}}])
def test_numbers_are_numbers(bad):
    with pytest.raises(ValueError, match="Cannot start a run with this metadata"):
        check_start_metadata(bad)
