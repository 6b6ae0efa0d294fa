"""What can be played, told by its name."""

from pathlib import Path

from .arrays import open_hdf5, open_numpy
from .grey import check_channel
from .pictures import PICTURE_SUFFIXES, TIFF_SUFFIXES, PictureFiles, pictures_of
from .stack import FrameStack
from .tiff import TiffPages

HDF5_SUFFIXES = (".h5", ".hdf5", ".hdf", ".nxs")
NUMPY_SUFFIXES = (".npy",)


def open_source(source: str, channel: str | None = None) -> FrameStack:
    """Open what a name means and decode its first picture.

    Args:
        source: a folder of pictures, a picture, a TIFF, a NumPy stack, or `file.h5::/dataset`.
        channel: what to take of colour pictures; None refuses them.

    Raises:
        ValueError: there is no such thing, or it cannot be played; the sentence says why.
    """
    check_channel(channel)
    stack = _open(source, channel)
    try:
        if not all(stack.shape):
            raise ValueError(f"Cannot replay {stack.name}: it holds no picture, its shape is {stack.shape}")
        stack.read(0)
    except BaseException:
        stack.close()
        raise
    return stack


def _open(source: str, channel: str | None) -> FrameStack:
    file, separator, dataset = source.partition("::")
    path = Path(file).expanduser()
    suffix = path.suffix.lower()
    if not path.exists():
        raise ValueError(f"Cannot replay {source}: there is no file or folder {path}")
    if separator and suffix not in HDF5_SUFFIXES:
        raise ValueError(f"Cannot replay {source}: only HDF5 files ({', '.join(HDF5_SUFFIXES)}) have datasets")
    if path.is_dir():
        return PictureFiles(str(path), pictures_of(path), channel)
    if suffix in HDF5_SUFFIXES:
        return open_hdf5(path, dataset)
    if suffix in NUMPY_SUFFIXES:
        return open_numpy(path)
    if suffix in TIFF_SUFFIXES:
        return TiffPages(path, channel)
    if suffix in PICTURE_SUFFIXES:
        return PictureFiles(str(path), [path], channel)
    kinds = ", ".join((*PICTURE_SUFFIXES, *NUMPY_SUFFIXES, *HDF5_SUFFIXES))
    raise ValueError(f"Cannot replay {source}: files of kind {suffix or 'no suffix'} are not known, only {kinds}")
