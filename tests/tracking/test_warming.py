"""Compiling is done by one process of a machine at a time."""

import fcntl

import pytest

from beadline.tracking import geometry, kernels
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


def test_loops_and_geometry_agree_on_the_room_of_a_row():
    assert (kernels.RING_PITCH, kernels.NODE_PITCH) == (geometry.RING_PITCH, geometry.NODE_PITCH)
    largest = geometry.rim_px(512 // 2 - 1)
    # coefficients are repeated for every ring and node between two knots, of which there are four beyond the rim
    assert geometry.RINGS_PER_PX * (largest + 4) <= kernels.RING_PITCH
    assert geometry.NODES_PER_PX * (largest + 4) <= kernels.NODE_PITCH
