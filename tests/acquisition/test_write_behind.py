import os

import pytest

from beadline.acquisition.write_behind import WriteBehind


def test_what_is_sent_on_stays_as_it_was_written(tmp_path):
    path = tmp_path / "growing"
    with path.open("wb", buffering=0) as file:
        behind = WriteBehind(file.fileno(), piece_bytes=10_000)
        for piece in range(100):
            behind.wrote(file.write(bytes([piece]) * 3333))
    behind.close()
    behind.close()
    assert path.read_bytes() == b"".join(bytes([piece]) * 3333 for piece in range(100))


def write_until_refused(behind):
    while True:
        behind.wrote(1)


def test_what_the_disk_refuses_is_raised(tmp_path):
    reader, writer = os.pipe()  # which cannot be sent to a disk
    behind = WriteBehind(writer, piece_bytes=1)
    behind.wrote(1)
    with pytest.raises(OSError, match="Invalid argument"):
        write_until_refused(behind)
    with pytest.raises(OSError, match="Invalid argument"):
        behind.close()
    os.close(reader)
    os.close(writer)
