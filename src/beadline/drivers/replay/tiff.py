"""The pages of a TIFF."""

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from beadline.hardware import FrameArray

from .grey import check_pixels, colour_refused, one_channel

DAMAGE = (OSError, ValueError, TypeError, LookupError, struct.error, zlib.error)


class TiffPages:
    """A TIFF of one or many pages, each a picture."""

    def __init__(self, path: Path, channel: str | None = None) -> None:
        """Open the file and look at the head of every page.

        Raises:
            ValueError: it cannot be read, is in colour though no channel was chosen, or a page is unlike the first.
        """
        self.name = str(path)
        self._channel = channel
        try:
            self._file = tifffile.TiffFile(path)
        except DAMAGE as error:
            raise self._unreadable(error) from error
        try:
            self._stack = self._described_once(path)
            self.shape, self.dtype = self._measure()
        except BaseException:
            self.close()
            raise

    def read(self, index: int) -> FrameArray:
        """Decode one page.

        Raises:
            ValueError: the page is damaged or its compression is not known.
        """
        try:
            if self._stack is not None:
                return self._stack[index]
            return self._grey(np.asarray(self._file.pages[index].asarray()))
        except DAMAGE as error:
            raise self._unreadable(error, f"page {index + 1} of ") from error

    def close(self) -> None:
        """Close the file; harmless when closed."""
        self._file.close()

    def _described_once(self, path: Path) -> NDArray[Any] | None:
        """Return the stack ImageJ writes above 4 GB: one page is described, all others follow it without a head."""
        try:
            if len(self._file.pages) == 1 and len(self._file.series[0].shape) == 3 and not self._is_colour():
                return tifffile.memmap(path, mode="r")
        except DAMAGE as error:
            raise self._unreadable(error) from error
        return None

    def _measure(self) -> tuple[tuple[int, int, int], np.dtype[Any]]:
        if self._stack is not None:
            check_pixels(self.name, self._stack.dtype)
            frames, rows, columns = self._stack.shape
            return (frames, rows, columns), self._stack.dtype
        first = self._head(0)
        if self._is_colour() and self._channel is None:
            raise colour_refused(self.name)
        frames = len(self._file.pages)
        for index in range(1, frames):
            if self._head(index) != first:
                raise ValueError(
                    f"Cannot replay {self.name}: page {index + 1} is {self._described(index)}, "
                    f"page 1 is {self._described(0)}; all must be alike"
                )
        rows, columns, _, dtype = first
        check_pixels(self.name, dtype)
        return (frames, rows, columns), dtype

    def _head(self, index: int) -> tuple[int, int, int, np.dtype[Any]]:
        try:
            head = self._file.pages[index].keyframe
        except DAMAGE as error:
            raise self._unreadable(error) from error
        if head is None or head.dtype is None:
            raise ValueError(f"Cannot replay {self.name}: its pixels are of no kind that can be read")
        return head.imagelength, head.imagewidth, head.samplesperpixel, head.dtype

    def _is_colour(self) -> bool:
        return self._head(0)[2] > 1

    def _grey(self, page: NDArray[Any]) -> FrameArray:
        if page.ndim == 2:
            return page
        rows, columns = self.shape[1:]
        colours = page if page.shape[:2] == (rows, columns) else np.moveaxis(page, 0, -1)
        return one_channel(colours, self._channel or "grey")

    def _described(self, index: int) -> str:
        rows, columns, samples, dtype = self._head(index)
        return f"{columns} × {rows} px {dtype.name}" + (f" in {samples} channels" if samples > 1 else "")

    def _unreadable(self, error: BaseException, part: str = "") -> ValueError:
        return ValueError(f"Cannot read {part}{self.name}: it is not a TIFF that can be decoded ({error})")
