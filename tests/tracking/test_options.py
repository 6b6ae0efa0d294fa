import pytest

from beadline.tracking import TrackerOptions


def test_options_survive_plain_data():
    options = TrackerOptions(window_px=48, score_limit=0.9, saturation_adu=4095)
    assert TrackerOptions.from_dict(options.as_dict()) == options


def test_the_hash_is_the_same_for_equal_options_and_different_for_others():
    assert TrackerOptions().hash == TrackerOptions(window_px=64).hash
    assert TrackerOptions().hash != TrackerOptions(window_px=66).hash
    assert len(TrackerOptions().hash) == 64


def test_an_unknown_option_is_refused_by_name():
    with pytest.raises(ValueError, match="The tracker has no option iteration: its options are window_px, "):
        TrackerOptions.from_dict({"iteration": 3})


@pytest.mark.parametrize("window_px", [63, 14, 514])
def test_an_impossible_window_is_refused(window_px):
    with pytest.raises(ValueError, match=f"windows of {window_px} px: window_px must be even, from 16 to 512"):
        TrackerOptions(window_px=window_px)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("folds", 0),
        ("ring_fraction_limit", 1.5),
        ("score_limit", float("nan")),
        ("gain_limit", 0.5),
        ("chi_square_limit", 0.5),
        ("adu_per_electron", 0.0),
        ("read_noise_adu", -1.0),
        ("saturation_adu", 0),
    ],
)
def test_an_option_out_of_range_is_refused(name, value):
    with pytest.raises(ValueError, match=f"Cannot track with {name} = {value}: it must be from"):
        TrackerOptions(**{name: value})
