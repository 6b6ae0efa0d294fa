import h5py
import numpy as np
import pytest

from beadline.drivers.replay.sources import open_source
from drivers.replay.fakes import numbered


def write_h5(path, **datasets):
    with h5py.File(path, "w") as file:
        for name, array in datasets.items():
            file[name] = array
    return str(path)


@pytest.mark.parametrize("dtype", ["u1", "<u2", ">u2"])
def test_a_numpy_stack_is_played(tmp_path, dtype):
    pictures = numbered(2).astype(dtype)
    np.save(tmp_path / "stack.npy", pictures)
    stack = open_source(str(tmp_path / "stack.npy"))
    assert stack.shape == (2, 6, 8)
    assert np.array_equal(stack.read(1), pictures[1])


def test_a_flat_numpy_array_is_one_picture(tmp_path):
    np.save(tmp_path / "one.npy", numbered(1)[0])
    assert open_source(str(tmp_path / "one.npy")).shape == (1, 6, 8)


def test_the_only_stack_of_an_hdf5_file_is_played(tmp_path):
    tracks = np.zeros((3, 4, 6), np.float32)
    stack = open_source(write_h5(tmp_path / "a.h5", video=numbered(3), tracks=tracks, frame_id=np.arange(3)))
    assert stack.name.endswith("a.h5::/video")
    assert np.array_equal(stack.read(2), numbered(3)[2])
    stack.close()
    stack.close()


def test_a_dataset_can_be_named(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["left"] = numbered(1)
        file["group/right"] = numbered(2)
    stack = open_source(f"{tmp_path / 'a.h5'}::/group/right")
    assert stack.shape == (2, 6, 8)
    stack.close()


def test_a_file_that_is_being_written_is_played(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w", libver="latest") as file:
        file["video"] = numbered(3)
        file.swmr_mode = True
        stack = open_source(str(tmp_path / "a.h5"))
        assert stack.shape == (3, 6, 8)
        stack.close()


@pytest.mark.parametrize(
    ("datasets", "name", "message"),
    [
        ({"a": np.zeros(3)}, "", r"no dataset of 3 dimensions and 8 or 16 bit pixels"),
        ({"a": numbered(1), "b": numbered(1)}, "", r"choose one of its datasets /a, /b, as in .*x\.h5::/a"),
        ({"a": numbered(1)}, "::/b", r"x\.h5::/b: the file has no such dataset, it has /a"),
        ({"c": np.zeros(3)}, "::/b", r"has no such dataset, it has none of 3 dimensions"),
        ({"a": np.zeros((2, 3, 6, 8), "u1")}, "::/a", r"shape is \(2, 3, 6, 8\), only \(frames, rows, columns\)"),
        ({"a": np.zeros((6, 8, 3), "u1")}, "", r"shape is \(6, 8, 3\), which looks like a colour picture"),
        ({"a": np.zeros((2, 6, 8), "f4")}, "::/a", r"its pixels are float32, only uint8 and uint16"),
        ({"a": np.zeros((0, 6, 8), "u1")}, "", r"it holds no picture, its shape is \(0, 6, 8\)"),
    ],
)
def test_an_hdf5_file_without_one_clear_stack_is_refused(tmp_path, datasets, name, message):
    source = write_h5(tmp_path / "x.h5", **datasets) + name
    with pytest.raises(ValueError, match=message):
        open_source(source)


def test_a_damaged_frame_is_named_when_it_is_read(tmp_path):
    with h5py.File(tmp_path / "x.h5", "w") as file:
        pictures = np.random.default_rng(1).integers(0, 255, (3, 40, 40), np.uint8)
        video = file.create_dataset("video", data=pictures, chunks=(1, 40, 40), compression="gzip")
        place = video.id.get_chunk_info(2).byte_offset
    raw = bytearray((tmp_path / "x.h5").read_bytes())
    raw[place : place + 40] = bytes(40)
    (tmp_path / "x.h5").write_bytes(raw)
    stack = open_source(str(tmp_path / "x.h5"))
    with pytest.raises(ValueError, match=r"Cannot read frame 2 of .*x\.h5::/video"):
        stack.read(2)
    stack.close()


def test_an_hdf5_file_with_a_damaged_index_is_refused(tmp_path):
    write_h5(tmp_path / "x.h5", video=numbered(3))
    raw = (tmp_path / "x.h5").read_bytes()
    assert b"TREE" in raw
    (tmp_path / "x.h5").write_bytes(raw.replace(b"TREE", b"LOST"))
    with pytest.raises(ValueError, match=r"x\.h5: it is not an HDF5 file that can be read"):
        open_source(str(tmp_path / "x.h5"))


@pytest.mark.parametrize("head", [b"{'descr': '<u2', 'shape': (4, ", b"{'descr': ("])
def test_a_numpy_file_with_a_damaged_head_is_refused(tmp_path, head):
    text = head.ljust(117) + b"\n"
    (tmp_path / "x.npy").write_bytes(b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text)
    with pytest.raises(ValueError, match=r"x\.npy: it is not a NumPy file of numbers"):
        open_source(str(tmp_path / "x.npy"))


@pytest.mark.parametrize(
    ("name", "message"),
    [("x.h5", r"not an HDF5 file that can be read"), ("x.npy", r"not a NumPy file of numbers")],
)
def test_a_file_of_another_kind_is_refused(tmp_path, name, message):
    (tmp_path / name).write_bytes(b"something else altogether")
    with pytest.raises(ValueError, match=message):
        open_source(str(tmp_path / name))


def test_a_numpy_file_of_objects_is_never_unpacked(tmp_path):
    np.save(tmp_path / "x.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match=r"not a NumPy file of numbers"):
        open_source(str(tmp_path / "x.npy"))


def test_a_path_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"there is no file or folder .*nothing"):
        open_source(str(tmp_path / "nothing"))


def test_a_kind_that_is_not_known_is_refused(tmp_path):
    (tmp_path / "film.avi").write_bytes(b"x")
    with pytest.raises(ValueError, match=r"files of kind \.avi are not known, only \.png.*\.npy.*\.h5"):
        open_source(str(tmp_path / "film.avi"))


def test_only_hdf5_files_have_datasets(tmp_path):
    np.save(tmp_path / "a.npy", numbered(1))
    with pytest.raises(ValueError, match=r"only HDF5 files \(.*\) have datasets"):
        open_source(f"{tmp_path / 'a.npy'}::/video")
