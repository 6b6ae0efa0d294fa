"""A board of named numbers that one worker keeps up to date and anyone may read."""

from collections.abc import Sequence
from typing import Self

import numpy as np

from .shared_block import SharedBlock, attach_block, bytes_of, create_block

FLOAT_ENDINGS = ("_s", "_hz", "_ms")
_HEADER_BYTES = 4096


class Board:
    """Named numbers in shared memory: one writer, readers never wait.

    A field is a whole number, unless its name ends in a unit of time or rate. (Both are eight bytes, on a
    boundary of eight: a reader never sees half of one.)
    """

    def __init__(self, block: SharedBlock, fields: Sequence[str]) -> None:
        self._block = block
        self._place = {field: number for number, field in enumerate(fields)}
        self._integers = block.arrays["integers"]
        self._floats = block.arrays["floats"]

    @classmethod
    def create(cls, fields: Sequence[str]) -> Self:
        """Create a board with the given fields, all 0.

        Raises:
            ValueError: their names are too long for its header.
        """
        if sum(len(field) + 1 for field in fields) > _HEADER_BYTES:
            raise ValueError(f"Cannot make a board of {len(fields)} fields: their names exceed {_HEADER_BYTES} bytes")
        layout = _layout(len(fields))
        block = SharedBlock(create_block(SharedBlock.size(layout)), layout, owner=True)
        names = "\n".join(fields).encode()
        block.arrays["names"][: len(names)] = np.frombuffer(names, np.uint8)
        return cls(block, fields)

    @classmethod
    def attach(cls, name: str) -> Self:
        """Attach the board of another process."""
        memory = attach_block(name)
        names = bytes(bytes_of(memory)[:_HEADER_BYTES]).rstrip(b"\0").decode()
        fields = names.split("\n")
        return cls(SharedBlock(memory, _layout(len(fields)), owner=False), fields)

    @property
    def name(self) -> str:
        """The name by which other processes attach it."""
        return self._block.name

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the numbers."""
        return tuple(self._place)

    def _placed(self, field: str) -> int:
        if field not in self._place:
            raise ValueError(f"The board has no field {field!r}: it has {', '.join(self._place)}")
        if not len(self._integers):
            raise RuntimeError(f"Cannot use {field} of a board that is closed")
        return self._place[field]

    def __getitem__(self, field: str) -> int | float:
        place = self._placed(field)
        return float(self._floats[place]) if field.endswith(FLOAT_ENDINGS) else int(self._integers[place])

    def __setitem__(self, field: str, value: float) -> None:
        place = self._placed(field)
        if field.endswith(FLOAT_ENDINGS):
            self._floats[place] = value
        else:
            self._integers[place] = value

    def add(self, field: str, count: int = 1) -> None:
        """Count up a whole number; only the owner does."""
        self._integers[self._placed(field)] += count

    def close(self) -> None:
        """Let go of the memory; using it afterwards is an error."""
        self._integers, self._floats = np.zeros(0, np.int64), np.zeros(0)
        self._block.close()


def _layout(fields: int) -> dict[str, tuple[tuple[int, ...], type]]:
    return {"names": ((_HEADER_BYTES,), np.uint8), "integers": ((fields,), np.int64), "floats": ((fields,), np.float64)}
