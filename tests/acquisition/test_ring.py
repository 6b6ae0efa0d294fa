import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beadline.acquisition import Board, FrameRing
from beadline.acquisition.ring import STAMPS, RingStamp
from beadline.hardware import FrameStamp

U8, U16 = np.dtype(np.uint8), np.dtype(np.uint16)


@pytest.fixture
def ring():
    made = FrameRing.create(6, 8, U8, epoch_offset_s=1000.0, size=1)
    yield made
    made.close()


def push(ring, number):
    ring.begin()[...] = number % 251
    return ring.commit(FrameStamp(number, number * 0.1, number * 0.1 + 5), window=number % 3)


def test_a_reader_sees_the_frame_and_its_stamp(ring):
    seq = push(ring, 42)
    stamp = ring.stamps(seq, seq + 1)[0]
    assert ring.holds(seq)
    assert np.all(ring.pixels(seq) == 42)
    assert (stamp["id"], stamp["window"], stamp["device_time_s"]) == (42, 0, pytest.approx(4.2))


def test_a_frame_that_is_being_overwritten_is_not_held(ring):
    for number in range(ring.slots):
        push(ring, number)
    assert ring.holds(0)
    ring.begin()
    assert not ring.holds(0)
    assert ring.holds(1)


def test_a_lapped_reader_still_knows_which_ids_it_missed(ring):
    ids = [3 * number for number in range(5 * ring.slots)]
    for number in ids:
        push(ring, number)
    assert ring.oldest() > 0
    assert ring.stamps(0, len(ids))["id"].tolist() == ids


def test_pixels_cannot_be_written_by_a_reader(ring):
    push(ring, 1)
    with pytest.raises(ValueError, match="read-only"):
        ring.pixels(0)[0, 0] = 3


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from([U8, U16]))
def test_an_attached_ring_has_the_shape_and_type_of_the_first(rows, columns, dtype):
    ring = FrameRing.create(rows, columns, dtype, epoch_offset_s=0.0, size=1)
    other = FrameRing.attach(ring.name)
    try:
        ring.begin()[...] = 7
        ring.commit(FrameStamp(1, 0.0, 0.0), 1)
        assert other.frame_shape == (rows, columns)
        assert other.dtype == dtype
        assert np.all(other.pixels(0) == 7)
    finally:
        other.close()
        ring.close()


READER = """
import sys
from beadline.acquisition import Board, FrameRing
from beadline.acquisition.ring import STAMPS, RingStamp
ring = FrameRing.attach(sys.argv[1])
print(int(ring.pixels(0).sum()), int(ring.stamps(0, 1)["id"][0]), ring.epoch_offset_s)
ring.close()
"""


def test_another_process_reads_it_and_leaves_it_alone(ring):
    push(ring, 5)
    read = subprocess.run([sys.executable, "-c", READER, ring.name], capture_output=True, text=True, check=True)
    assert read.stdout.split() == [str(5 * 48), "5", "1000.0"]
    assert read.stderr == ""
    again = FrameRing.attach(ring.name)
    again.close()


def test_there_is_no_ring_of_an_unknown_name():
    with pytest.raises(FileNotFoundError):
        FrameRing.attach("beadline-no-such-ring")


def test_touching_slots_leaves_their_frames_as_they_are(ring):
    push(ring, 42)
    touched = 0
    while ring.touch():
        touched += 1
    assert touched == ring.slots
    assert np.all(ring.pixels(0) == 42)


def test_the_stamp_says_how_many_frames_were_lost_before(ring):
    ring.begin()
    ring.commit(FrameStamp(9, 0.0, 0.0), window=1, lost=4)
    assert RingStamp._make(ring.stamps(0, 1).tolist()[0]) == RingStamp(9, 1, 4, 0.0, 0.0)


def test_stamps_that_are_gone_are_said_to_be_gone(ring):
    ring._counters[0] = STAMPS + 10
    with pytest.raises(RuntimeError, match=f"since frame 9 of the ring: only the stamps of the last {STAMPS} are kept"):
        ring.stamps(9, 12)
    assert len(ring.stamps(10, 12)) == 2


def test_other_shared_memory_is_not_taken_for_a_ring():
    board = Board.create(("frames",))
    with pytest.raises(ValueError, match="it is not a frame ring of this version of beadline"):
        FrameRing.attach(board.name)
    board.close()


WRITER = """
import numpy as np
from beadline.acquisition import FrameRing
from beadline.hardware import FrameStamp
ring = FrameRing.create(100, 200, np.dtype(np.uint16), epoch_offset_s=0.0, size=1)
print(ring.name, flush=True)
number = 0
while number < 2_000_000:
    ring.begin().fill(number % 60000)
    ring.commit(FrameStamp(number, 0.0, 0.0), 0)
    number += 1
"""


def test_a_reader_in_another_process_has_a_whole_frame_or_is_told():
    with subprocess.Popen([sys.executable, "-c", WRITER], stdout=subprocess.PIPE, text=True) as writer:
        ring = FrameRing.attach(writer.stdout.readline().strip())
        whole = overwritten = 0
        try:
            while whole < 300 or overwritten < 3:
                seq = max(0, ring.written - ring.slots + overwritten % 3)
                frame = ring.pixels(seq).copy()
                stamp = ring.stamps(seq, seq + 1)[0]
                if ring.holds(seq):
                    assert frame.min() == frame.max() == seq % 60000
                    assert stamp["id"] == seq
                    whole += 1
                    continue
                overwritten += 1
                if ring.written:
                    newest = ring.written - 1
                    frame = ring.pixels(newest).copy()
                    if ring.holds(newest):
                        assert frame.min() == frame.max() == newest % 60000
                        whole += 1
        finally:
            writer.kill()
            ring.close()
