import os
import threading

import pytest

from beadline.acquisition import write_behind
from beadline.acquisition.write_behind import MOST_PIECES, WriteBehind


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


def test_a_disk_that_is_behind_is_waited_for_but_not_before_it_is_far_behind(tmp_path, monkeypatch):
    go_on, waited, wait = threading.Event(), [], write_behind.wait

    def disk_that_hangs(_):
        assert go_on.wait(5.0)

    def look_and_wait(pieces):
        waited.append(list(pieces))
        go_on.set()
        return wait(pieces)

    monkeypatch.setattr(write_behind, "_to_disk", disk_that_hangs)
    monkeypatch.setattr(write_behind, "wait", look_and_wait)
    with (tmp_path / "growing").open("wb") as file:
        behind = WriteBehind(file.fileno(), piece_bytes=10)
        for _ in range(1 + MOST_PIECES):
            behind.wrote(10)
        assert waited == []
        behind.wrote(1)
        ((piece,),) = waited
        assert piece.done()
        behind.wrote(10)
        assert len(waited) == 1
        behind.close()


def test_what_is_flushed_is_soon_on_the_disk_however_little_it_is(tmp_path, monkeypatch):
    arrived = []
    again = threading.Event()

    def disk(descriptor):
        arrived.append(os.fstat(descriptor).st_size)
        if len(arrived) == 1:
            file.write(b"three")  # and flushed while the disk is busy with what came before
            behind.flushed()
        else:
            again.set()

    monkeypatch.setattr(write_behind, "_to_disk", disk)
    monkeypatch.setattr(write_behind, "PERIOD_S", 0.01)
    with (tmp_path / "growing").open("wb", buffering=0) as file:
        behind = WriteBehind(file.fileno())
        behind.wrote(file.write(b"one"))
        behind.flushed()
        assert again.wait(5.0)
        assert arrived == [3, 8]
        behind.close()
