from pathlib import Path

import pytest

from beadline.catalogue import check_data_folder, data_folder, profile_path, reading_folder, use_as_default


@pytest.fixture(autouse=True)
def no_profile(monkeypatch):
    profile_path().unlink(missing_ok=True)
    yield
    profile_path().unlink(missing_ok=True)


def test_a_given_folder_comes_before_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("BEADLINE_DATA", str(tmp_path / "named"))
    assert data_folder(tmp_path / "given") == tmp_path / "given"
    assert data_folder(None) == tmp_path / "named"


def test_without_any_word_runs_are_in_the_home():
    assert data_folder(None) == Path.home() / "beadline-data"


def test_a_reader_takes_the_folder_of_the_last_session(tmp_path, monkeypatch):
    named, given = tmp_path / "named", tmp_path / "given"
    for folder in (named, given):
        folder.mkdir()
    use_as_default(tmp_path)
    assert reading_folder(None) == tmp_path
    assert reading_folder(given) == given
    monkeypatch.setenv("BEADLINE_DATA", str(named))
    assert reading_folder(None) == named


def test_a_reader_without_a_folder_is_told_what_to_give():
    with pytest.raises(FileNotFoundError, match=r"There are no runs in .*: it does not exist; give --data"):
        reading_folder(None)


def test_a_data_folder_is_made_for_its_owner_only(tmp_path):
    made = check_data_folder(tmp_path / "a" / "b")
    assert made.is_dir()
    assert made.stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_written_is_refused_in_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=r"Cannot keep runs in .*file.x: .*; choose a folder you can write with --data"):
        check_data_folder(tmp_path / "file" / "x")


def test_a_path_that_a_uri_cannot_hold_is_refused(tmp_path):
    with pytest.raises(OSError, match=r"its path has a # or \?"):
        check_data_folder(tmp_path / "run #1")
