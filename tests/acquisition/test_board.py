import pytest

from beadline.acquisition import Board


@pytest.fixture
def board():
    made = Board.create(("frames", "heartbeat_s", "rate_hz"))
    yield made
    made.close()


def test_what_one_writes_another_reads(board):
    other = Board.attach(board.name)
    board["frames"] = 2**60 + 1
    board["heartbeat_s"] = 1.25
    board.add("frames")
    assert (other["frames"], other["heartbeat_s"], other["rate_hz"]) == (2**60 + 2, 1.25, 0.0)
    assert other.fields == ("frames", "heartbeat_s", "rate_hz")
    other.close()


def test_an_attached_board_is_readable_after_its_owner_let_go():
    owner = Board.create(("frames",))
    other = Board.attach(owner.name)
    owner["frames"] = 3
    owner.close()
    assert other["frames"] == 3
    other.close()


def test_an_unknown_field_is_answered_with_those_there_are(board):
    with pytest.raises(ValueError, match="no field 'frame': it has frames, heartbeat_s, rate_hz"):
        board["frame"]


def test_a_closed_board_says_so(board):
    board.close()
    with pytest.raises(RuntimeError, match="Cannot use frames of a board that is closed"):
        board["frames"]


def test_names_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="their names exceed 4096 bytes"):
        Board.create([f"field_{number:04}" for number in range(1000)])
