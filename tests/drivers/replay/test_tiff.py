import numpy as np
import pytest
import tifffile
from PIL import Image

from beadline.drivers.replay.sources import open_source
from drivers.replay.fakes import numbered


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("options", [{}, {"compression": "zlib"}, {"imagej": True}, {"byteorder": ">"}])
def test_every_page_is_played(tmp_path, dtype, options):
    pictures = numbered(4, dtype=dtype)
    tifffile.imwrite(tmp_path / "stack.tif", pictures, photometric="minisblack", **options)
    stack = open_source(str(tmp_path / "stack.tif"))
    assert stack.shape == (4, 6, 8)
    assert all(np.array_equal(stack.read(index), pictures[index]) for index in range(4))
    stack.close()


def test_pages_written_one_by_one_are_one_stack(tmp_path):
    with tifffile.TiffWriter(tmp_path / "stack.tif") as writer:
        for picture in numbered(4):
            writer.write(picture, contiguous=False)
    stack = open_source(str(tmp_path / "stack.tif"))
    assert stack.shape == (4, 6, 8)
    stack.close()


def test_a_stack_with_one_head_for_all_pages_is_played(tmp_path):
    pictures, path = numbered(4), tmp_path / "virtual.tif"
    with tifffile.TiffWriter(path, byteorder=">") as writer:
        writer.write(pictures[0], description="ImageJ=1.11a\nimages=4\nslices=4\n", metadata=None, software="")
    with tifffile.TiffFile(path) as file:
        begin = file.pages[0].dataoffsets[0]
    path.write_bytes(path.read_bytes()[:begin] + pictures.astype(">u2").tobytes())
    stack = open_source(str(path))
    assert stack.shape == (4, 6, 8)
    assert np.array_equal(stack.read(3), pictures[3])
    stack.close()


def test_a_folder_of_single_pages_is_played(tmp_path):
    for number, picture in enumerate(numbered(3)):
        tifffile.imwrite(tmp_path / f"p{number}.tiff", picture)
    stack = open_source(str(tmp_path))
    assert [int(stack.read(index)[0, 0]) for index in range(3)] == [0, 100, 200]


def test_a_stack_among_single_pictures_is_refused(tmp_path):
    tifffile.imwrite(tmp_path / "p1.tif", numbered(1)[0])
    tifffile.imwrite(tmp_path / "p2.tif", numbered(3), photometric="minisblack")
    with pytest.raises(ValueError, match=r"p2\.tif holds 3 pictures, in a folder each file holds one"):
        open_source(str(tmp_path))


@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_colour_is_refused_unless_a_channel_is_chosen(tmp_path, planar):
    colours = np.zeros((2, 6, 8, 3), np.uint16)
    colours[..., 1] = 1000
    pixels = colours if planar == "contig" else np.moveaxis(colours, -1, 1)
    tifffile.imwrite(tmp_path / "c.tif", pixels, photometric="rgb", planarconfig=planar)
    with pytest.raises(ValueError, match=r"c\.tif: it is a colour picture"):
        open_source(str(tmp_path / "c.tif"))
    for channel, value in (("green", 1000), ("red", 0), ("grey", 587)):
        stack = open_source(str(tmp_path / "c.tif"), channel)
        assert np.all(stack.read(1) == value)
        stack.close()


def test_the_first_odd_page_is_named(tmp_path):
    with tifffile.TiffWriter(tmp_path / "odd.tif") as writer:
        for rows in (6, 6, 5, 4):
            writer.write(np.zeros((rows, 8), np.uint8), contiguous=False)
    with pytest.raises(ValueError, match="page 3 is 8 × 5 px uint8, page 1 is 8 × 6 px uint8; all must be alike"):
        open_source(str(tmp_path / "odd.tif"))


def test_pixels_that_no_camera_delivers_are_refused(tmp_path):
    tifffile.imwrite(tmp_path / "f.tif", np.zeros((6, 8), np.float32))
    with pytest.raises(ValueError, match=r"f\.tif: its pixels are float32, only uint8 and uint16 are allowed"):
        open_source(str(tmp_path / "f.tif"))


def test_a_compression_that_cannot_be_undone_is_said(tmp_path):
    Image.fromarray(numbered(1, dtype=np.uint8)[0]).save(tmp_path / "lzw.tif", compression="tiff_lzw")
    with pytest.raises(ValueError, match=r"lzw\.tif.*LZW"):
        open_source(str(tmp_path / "lzw.tif"))


def test_a_file_that_is_no_tiff_is_refused(tmp_path):
    (tmp_path / "x.tif").write_bytes(b"not a picture")
    with pytest.raises(ValueError, match=r"x\.tif: it is not a TIFF that can be decoded"):
        open_source(str(tmp_path / "x.tif"))
