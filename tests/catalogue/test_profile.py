import pytest
from tiled.profiles import load_profiles

from beadline.catalogue import PROFILE_NAME, profile_path, use_as_default


@pytest.fixture(autouse=True)
def profile():
    profile_path().unlink(missing_ok=True)
    yield profile_path()
    profile_path().unlink(missing_ok=True)


def test_tiled_finds_the_profile_of_the_last_folder(tmp_path, profile):
    for folder in (tmp_path / "first", tmp_path / "ü second"):
        assert use_as_default(folder) == profile
        path, content = load_profiles()[PROFILE_NAME]
        assert path == profile
        assert content["direct"]["trees"][0]["args"]["readable_storage"][0] == f"file://localhost{folder}"


def test_a_profile_that_a_person_wrote_is_left_alone(tmp_path, profile):
    profile.parent.mkdir(parents=True, exist_ok=True)
    profile.write_text("beadline: {uri: https://tiled.example.org}\n")
    assert use_as_default(tmp_path) is None
    assert "example.org" in profile.read_text()
