import json

import h5py
import numpy as np
import pytest


class FullDisk:
    """A file that takes nothing."""

    filename = "full.h5"

    def __getitem__(self, name):
        raise OSError("no space left")


@pytest.fixture
def recorded(bench, tmp_path):
    """Record ten frames with the truth beside them, the fourth and fifth of them dropped."""
    b = bench(tethers=2, references=1)
    b.camera.start()
    b.ids(2)
    b.microscope.side_recorders["truth"].start(tmp_path / "truth.h5")
    b.microscope.actions["drop_frames"](ids=[5, 6])
    b.ids(8)
    return b, tmp_path / "truth.h5"


def test_the_truth_begins_with_the_next_frame_and_has_dropped_ones_too(recorded):
    b, path = recorded
    b.microscope.side_recorders["truth"].stop()
    b.ids(2)
    with h5py.File(path, swmr=True) as file:
        assert file["frame_id"][:].tolist() == list(range(2, 12))
        for name in ("x_px", "y_px", "z_nm", "defocus_nm", "force_pn"):
            assert file[name].shape == (10, 3)
            assert np.isfinite(file[name][:]).all()
        for name in ("magnet_height_mm", "focus_um", "lamp_percent"):
            assert file[name].shape == (10,)


def test_the_truth_is_what_the_microscope_says_it_is(recorded):
    b, path = recorded
    truth = b.truth()
    b.microscope.side_recorders["truth"].stop()
    with h5py.File(path, swmr=True) as file:
        assert file["x_px"][-1] == pytest.approx(truth["x_px"])
        assert file["z_nm"][-1] == pytest.approx(truth["extension_nm"], abs=1e-3)
        assert file["z_nm"][:, 2].tolist() == [0] * 10
        assert file["force_pn"][-1] == pytest.approx(truth["force_pn"], rel=1e-5)
        assert file.attrs["kinds"].tolist() == truth["kind"]
        assert json.loads(file.attrs["settings"])["seed"] == 1
        assert file["z_nm"].attrs["unit"] == "nm"


def test_the_truth_can_be_read_while_it_is_written(recorded):
    b, path = recorded
    b.ids(300)
    with h5py.File(path, swmr=True) as file:
        assert len(file["frame_id"]) >= 200
        rows = len(file["frame_id"])
        b.ids(300)
        file["frame_id"].refresh()
        assert len(file["frame_id"]) > rows
    b.microscope.side_recorders["truth"].stop()


def test_stopping_twice_is_harmless_and_the_next_file_can_begin(recorded, tmp_path):
    b, _ = recorded
    recorder = b.microscope.side_recorders["truth"]
    recorder.stop()
    recorder.stop()
    recorder.start(tmp_path / "second.h5")
    b.ids(1)
    b.camera.close()
    with h5py.File(tmp_path / "second.h5") as file:
        assert len(file["frame_id"]) == 1


def test_two_files_at_once_are_refused(recorded, tmp_path):
    b, _ = recorded
    recorder = b.microscope.side_recorders["truth"]
    with pytest.raises(RuntimeError, match=r"Cannot write the truth to .*second.h5: .*truth.h5 is being written; stop"):
        recorder.start(tmp_path / "second.h5")
    recorder.stop()


def test_a_file_that_cannot_be_written_is_told_at_the_end_and_frames_go_on(recorded):
    b, path = recorded
    recorder = b.microscope.side_recorders["truth"]
    file, recorder._file = recorder._file, FullDisk()
    b.ids(300)
    with pytest.raises(RuntimeError, match=r"The truth is incomplete, full\.h5 could not be written: no space left"):
        recorder.stop()
    assert b.ids(1)
    recorder.stop()
    file.close()
    assert path.exists()
