import pytest

from beadline.documents import JOURNAL_NAME, run_folder, run_folders, scan_id_of

NOON_2026_11_20_S = 1795176000.0


def start(scan_id=1, uid="0123456789ab", time_s=NOON_2026_11_20_S):
    return {"uid": uid, "scan_id": scan_id, "time": time_s}


def test_a_run_has_a_folder_by_day_scan_id_and_uid(tmp_path):
    assert run_folder(tmp_path, start(7)) == tmp_path / "2026" / "11" / "20" / "7_01234567"


@pytest.mark.parametrize("bad", [start("../x"), start(uid="../../etc"), start(None), start(-1)])
def test_what_cannot_be_a_folder_name_is_refused(tmp_path, bad):
    with pytest.raises(ValueError, match="Cannot name a folder after run"):
        run_folder(tmp_path, bad)


def test_runs_are_listed_newest_first_and_by_number(tmp_path):
    days = [NOON_2026_11_20_S, NOON_2026_11_20_S + 40 * 86400]
    starts = [start(9, time_s=days[0]), start(10, time_s=days[0]), start(11, time_s=days[1])]
    folders = [run_folder(tmp_path, each) for each in starts]
    for folder in folders:
        folder.mkdir(parents=True)
        (folder / JOURNAL_NAME).touch()
    (folders[0].parent / "12_deadbeef").mkdir()
    (tmp_path / "arrays").mkdir()
    assert list(run_folders(tmp_path)) == folders[::-1]
    assert [scan_id_of(folder) for folder in folders] == [9, 10, 11]


def test_a_folder_that_does_not_exist_has_no_runs(tmp_path):
    assert list(run_folders(tmp_path / "none")) == []
