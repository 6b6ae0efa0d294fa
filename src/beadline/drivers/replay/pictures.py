"""Single pictures: one file, or the files of a folder in their natural order."""

import re
import struct
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from beadline.hardware import FrameArray

from .grey import colour_refused, one_channel
from .tiff import TiffPages

TIFF_SUFFIXES = (".tif", ".tiff")
PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", *TIFF_SUFFIXES)
GREY_MODES = {"L": np.dtype(np.uint8), "I;16": np.dtype("<u2"), "I;16L": np.dtype("<u2"), "I;16B": np.dtype(">u2")}
COLOUR_MODES = ("RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "LAB", "HSV", "P", "PA", "LA", "La")
DAMAGE = (OSError, SyntaxError, ValueError, EOFError, struct.error)


class PictureFiles:
    """Files that hold one picture each, all of one shape and type."""

    def __init__(self, name: str, paths: list[Path], channel: str | None = None) -> None:
        """Look at the head of every file.

        Raises:
            ValueError: one cannot be read, is in colour though no channel was chosen, or is unlike the first.
        """
        self.name = name
        self._paths = paths
        self._channel = channel
        (rows, columns), self.dtype = self._head(paths[0])
        self.shape = (len(paths), rows, columns)
        for path in paths[1:]:
            shape, dtype = self._head(path)
            if (shape, dtype) != ((rows, columns), self.dtype):
                raise ValueError(
                    f"Cannot replay {name}: {path.name} is {_described(shape, dtype)}, "
                    f"{paths[0].name} is {_described((rows, columns), self.dtype)}; all must be alike"
                )

    def read(self, index: int) -> FrameArray:
        """Decode one picture.

        Raises:
            ValueError: the file is damaged.
        """
        path = self._paths[index]
        if path.suffix.lower() in TIFF_SUFFIXES:
            with closing(self._tiff(path)) as pages:
                return pages.read(0)
        try:
            with Image.open(path) as picture:
                if picture.mode in GREY_MODES:
                    return np.asarray(picture)
                return one_channel(np.asarray(picture.convert("RGB")), self._channel or "grey")
        except DAMAGE as error:
            raise _unreadable(path, error) from error

    def close(self) -> None:
        """Do nothing: files are open only while they are read."""

    def _head(self, path: Path) -> tuple[tuple[int, int], np.dtype[Any]]:
        if path.suffix.lower() in TIFF_SUFFIXES:
            with closing(self._tiff(path)) as pages:
                return pages.shape[1:], pages.dtype
        try:
            with Image.open(path) as picture:
                mode, shape = picture.mode, (picture.height, picture.width)
        except DAMAGE as error:
            raise _unreadable(path, error) from error
        return shape, self._pixel_type(path, mode)

    def _pixel_type(self, path: Path, mode: str) -> np.dtype[Any]:
        if mode in GREY_MODES:
            return GREY_MODES[mode]
        if mode not in COLOUR_MODES:
            raise ValueError(f"Cannot replay {path}: its pixels are of kind {mode}, only 8 or 16 bit grey is allowed")
        if self._channel is None:
            raise colour_refused(str(path))
        return np.dtype(np.uint8)

    def _tiff(self, path: Path) -> TiffPages:
        pages = TiffPages(path, self._channel)
        if pages.shape[0] != 1:
            pages.close()
            raise ValueError(
                f"Cannot replay {self.name}: {path.name} holds {pages.shape[0]} pictures, in a folder each file "
                "holds one; give the file itself as the source"
            )
        return pages


def pictures_of(folder: Path) -> list[Path]:
    """Return the pictures of a folder, 2 before 10.

    Raises:
        ValueError: there is none.
    """
    paths = [path for path in folder.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES and path.name[0] != "."]
    if not paths:
        raise ValueError(f"Cannot replay {folder}: the folder holds no picture ({', '.join(PICTURE_SUFFIXES)})")
    return sorted(paths, key=natural_order)


def natural_order(path: Path) -> tuple[list[tuple[int, int, str]], str]:
    """Return a key that sorts numbers in a name by value: frame2 comes before frame10."""
    pieces = re.findall(r"[0-9]+|[^0-9]+", path.stem)
    numbered = [(0, int(piece), "") if piece[0] in "0123456789" else (1, 0, piece.lower()) for piece in pieces]
    return numbered, path.name


def _described(shape: tuple[int, int], dtype: np.dtype[Any]) -> str:
    return f"{shape[1]} × {shape[0]} px {dtype.name}"


def _unreadable(path: Path, error: BaseException) -> ValueError:
    return ValueError(f"Cannot replay {path}: it is not a readable picture ({error})")
