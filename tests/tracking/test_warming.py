"""Compiling is done by one process of a machine at a time."""

import fcntl

import pytest

from beadline.tracking.warming import _alone_on_this_machine


def test_who_compiles_is_alone(tmp_path):
    cache = tmp_path / "cache"
    with _alone_on_this_machine(cache), (cache / "compiling").open("a") as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with (cache / "compiling").open("a") as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_without_room_for_a_cache_everyone_compiles(tmp_path):
    (tmp_path / "file").write_text("")
    with _alone_on_this_machine(tmp_path / "file"):
        pass
