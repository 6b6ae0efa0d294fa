import numpy as np
import pytest
from PIL import Image

from beadline.drivers.replay.sources import open_source
from drivers.replay.fakes import numbered


def write(path, pixels, mode=None):
    picture = Image.fromarray(pixels)
    (picture.convert(mode) if mode else picture).save(path)


def write_series(folder, names, rows=6, columns=8):
    for number, name in enumerate(names):
        write(folder / name, np.full((rows, columns), number, np.uint8))


def test_a_folder_is_played_in_natural_order(tmp_path):
    names = ["frame1.png", "frame2.png", "frame10.png", "Frame11.png", "frame100.png"]
    write_series(tmp_path, names)
    stack = open_source(str(tmp_path))
    assert [int(stack.read(index)[0, 0]) for index in range(5)] == [0, 1, 2, 3, 4]


def test_what_is_no_picture_in_a_folder_is_left_alone(tmp_path):
    write_series(tmp_path, ["a.png", "b.jpg", "._a.png"])
    (tmp_path / "notes.txt").write_text("beads")
    assert open_source(str(tmp_path)).shape == (2, 6, 8)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_grey_pixels_are_played_as_they_are(tmp_path, dtype):
    pixels = numbered(3, dtype=dtype)[2]
    write(tmp_path / "one.png", pixels)
    stack = open_source(str(tmp_path / "one.png"))
    assert stack.shape == (1, 6, 8)
    assert stack.dtype == dtype
    assert np.array_equal(stack.read(0), pixels)


def test_a_grey_jpeg_is_grey(tmp_path):
    write(tmp_path / "one.jpg", np.full((16, 16), 77, np.uint8))
    assert abs(int(open_source(str(tmp_path / "one.jpg")).read(0)[8, 8]) - 77) <= 1


def test_the_real_field_of_beads_can_be_played(real_images):
    stack = open_source(str(real_images / "field_of_beads.jpg"))
    assert stack.shape == (1, 1022, 1398)
    assert stack.dtype == np.uint8


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "LA"])
def test_a_colour_picture_is_refused_unless_a_channel_is_chosen(tmp_path, mode):
    write(tmp_path / "one.png", np.full((6, 8), 100, np.uint8), mode)
    with pytest.raises(
        ValueError, match=r"one\.png: it is a colour picture.*choose a channel \(red, green, blue, grey"
    ):
        open_source(str(tmp_path / "one.png"))
    assert np.all(open_source(str(tmp_path / "one.png"), "grey").read(0) == 100)


@pytest.mark.parametrize(("channel", "value"), [("red", 200), ("green", 100), ("blue", 50), ("grey", 124)])
def test_the_chosen_channel_is_taken(tmp_path, channel, value):
    write(tmp_path / "one.png", np.full((6, 8, 3), (200, 100, 50), np.uint8))
    assert np.all(open_source(str(tmp_path / "one.png"), channel).read(0) == value)


def test_a_channel_that_does_not_exist_is_refused(tmp_path):
    write_series(tmp_path, ["a.png"])
    with pytest.raises(ValueError, match=r"the channel 'infrared' .* choose one of red, green, blue, grey"):
        open_source(str(tmp_path), "infrared")


@pytest.mark.parametrize(
    ("odd", "message"),
    [
        (np.zeros((5, 8), np.uint8), r"b7\.png is 8 × 5 px uint8, b1\.png is 8 × 6 px uint8; all must be alike"),
        (np.zeros((6, 8), np.uint16), r"b7\.png is 8 × 6 px uint16, b1\.png is 8 × 6 px uint8"),
    ],
)
def test_the_first_odd_picture_is_named(tmp_path, odd, message):
    write_series(tmp_path, ["b1.png", "b2.png", "b10.png"])
    write(tmp_path / "b7.png", odd)
    write(tmp_path / "b8.png", odd)
    with pytest.raises(ValueError, match=message):
        open_source(str(tmp_path))


def test_pixels_of_another_kind_are_refused(tmp_path):
    Image.new("1", (8, 6)).save(tmp_path / "one.png")
    with pytest.raises(ValueError, match=r"one\.png: its pixels are of kind 1, only 8 or 16 bit grey is allowed"):
        open_source(str(tmp_path / "one.png"))


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"the folder holds no picture \(\.png, \.jpg, \.jpeg, \.tif, \.tiff\)"):
        open_source(str(tmp_path))


def test_a_file_that_is_no_picture_is_named(tmp_path):
    write_series(tmp_path, ["a1.png", "a2.png"])
    (tmp_path / "a3.png").write_bytes(b"not a picture")
    with pytest.raises(ValueError, match=r"a3\.png: it is not a readable picture"):
        open_source(str(tmp_path))


@pytest.mark.parametrize("name", ["one.png", "one.jpg"])
def test_a_picture_that_was_cut_off_is_named(tmp_path, name):
    path = tmp_path / name
    write(path, np.random.default_rng(1).integers(0, 255, (64, 64), dtype=np.uint8))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ValueError, match=rf"{name}: it is not a readable picture"):
        open_source(str(path))
