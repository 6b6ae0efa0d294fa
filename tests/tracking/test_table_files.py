from dataclasses import replace

import h5py
import numpy as np
import pytest

from beadline.tracking import load_lookup_tables, read_provenance, save_lookup_tables


@pytest.fixture
def path(tmp_path):
    return tmp_path / "lookup_table.h5"


def test_what_is_saved_is_loaded(table, path):
    other = replace(table, bead_id=3, z_nm=table.z_nm * 1.1)
    save_lookup_tables(path, [table, other], {"run": "abc", "date": "2026-11-20"})
    first, second = load_lookup_tables(path)
    assert (first.bead_id, second.bead_id) == (3, 7)
    assert second.sha256 == table.sha256
    assert second.options == table.options
    assert second.optics == table.optics
    assert second.quality == table.quality
    np.testing.assert_array_equal(second.profiles, table.profiles)
    np.testing.assert_array_equal(first.z_nm, other.z_nm)
    assert read_provenance(path) == {"run": "abc", "date": "2026-11-20"}


def test_a_changed_table_is_refused(table, path):
    save_lookup_tables(path, [table], {})
    with h5py.File(path, "r+") as file:
        file["bead_7/z_nm"][3] += 1
    with pytest.raises(ValueError, match=r"bead 7 in .*: its content does not match its SHA-256"):
        load_lookup_tables(path)


def test_changed_optics_are_refused(table, path):
    save_lookup_tables(path, [table], {})
    with h5py.File(path, "r+") as file:
        file["bead_7"].attrs["optics"] = "{}"
    with pytest.raises(ValueError, match="does not match its SHA-256"):
        load_lookup_tables(path)


def test_a_file_is_never_overwritten(table, path):
    save_lookup_tables(path, [table], {})
    with pytest.raises(FileExistsError):
        save_lookup_tables(path, [table], {})


def test_two_tables_of_one_bead_are_refused(table, path):
    with pytest.raises(ValueError, match=r"beads \[7, 7\]: there may be one for each bead only"):
        save_lookup_tables(path, [table, table], {})
    assert not path.exists()


def test_another_file_is_refused(path):
    with h5py.File(path, "w") as file:
        file["video"] = np.zeros(3)
    with pytest.raises(ValueError, match="it is not a file of look-up tables"):
        load_lookup_tables(path)


def test_a_later_version_is_refused(table, path):
    save_lookup_tables(path, [table], {})
    with h5py.File(path, "r+") as file:
        file.attrs["schema_version"] = 99
    with pytest.raises(ValueError, match="its version is 99, this beadline knows up to 2; update beadline"):
        load_lookup_tables(path)


def test_an_older_version_is_refused(table, path):
    save_lookup_tables(path, [table], {})
    with h5py.File(path, "r+") as file:
        file["/"].attrs["schema_version"] = 1
    with pytest.raises(ValueError, match=r"made by an older beadline \(version 1, now 2\).*make new tables"):
        load_lookup_tables(path)
