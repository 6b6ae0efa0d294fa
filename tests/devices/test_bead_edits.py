"""Changing a set of beads by hand."""

from pathlib import Path

import pytest

from beadline.devices import Bead, overlapping, with_bead, with_place, with_role, without

BEADS = (Bead(2, 100.0, 100.0, lookup_table=Path("table.h5")), Bead(5, 200.0, 100.0), Bead(7, 300.0, 100.0, "ignored"))


def test_a_bead_is_added_where_there_is_room():
    new = Bead(8, 100.0, 164.0)
    assert with_bead(BEADS, new, 64) == (*BEADS, new)
    with pytest.raises(ValueError, match=r"bead 8 at \(100\.0, 163\.0\) px: its window of 64 px would .* bead 2"):
        with_bead(BEADS, Bead(8, 100.0, 163.0), 64)
    assert with_bead(BEADS, Bead(8, 100.0, 163.0), 64, allow_overlap=True)[-1].id == 8


def test_a_moved_bead_keeps_its_id_role_and_table():
    moved = with_place(BEADS, 2, 110.0, 90.0, 64)
    assert moved == (Bead(2, 110.0, 90.0, lookup_table=Path("table.h5")), *BEADS[1:])
    with pytest.raises(ValueError, match="overlap that of bead 5"):
        with_place(BEADS, 2, 150.0, 90.0, 64)
    assert with_place(BEADS, 2, 150.0, 90.0, 64, allow_overlap=True)[0].x_px == 150.0


def test_removed_beads_leave_the_ids_of_the_others():
    assert [bead.id for bead in without(BEADS, [2, 7])] == [5]


def test_roles_change_and_nothing_else():
    changed = with_role(BEADS, [5], "reference", 64)
    assert [bead.role for bead in changed] == ["tether", "reference", "ignored"]
    assert [(bead.id, bead.x_px) for bead in changed] == [(bead.id, bead.x_px) for bead in BEADS]
    with pytest.raises(ValueError, match="cannot have the role 'anchor'"):
        with_role(BEADS, [5], "anchor", 64)


def test_an_ignored_bead_has_no_window():
    assert overlapping(BEADS, Bead(8, 290.0, 100.0), 64) == []
    assert overlapping(BEADS, Bead(8, 150.0, 100.0, "ignored"), 64) == []
    assert overlapping(BEADS, Bead(8, 150.0, 100.0), 64) == [2, 5]


@pytest.mark.parametrize(
    "edit",
    [
        lambda: with_place(BEADS, 3, 0.0, 0.0, 64),
        lambda: without(BEADS, [2, 3]),
        lambda: with_role(BEADS, [3], "reference", 64),
    ],
    ids=["move", "remove", "role"],
)
def test_a_bead_that_is_not_there_is_named_with_those_that_are(edit):
    with pytest.raises(ValueError, match=r"There is no bead 3: the beads are \[2, 5, 7\]"):
        edit()


def test_an_ignored_bead_is_tracked_again_only_where_its_window_is_free():
    beads = (Bead(0, 100, 100), Bead(1, 110, 100, role="ignored"))
    with pytest.raises(ValueError, match=r"Cannot track bead 1 at \(110\.0, 100\.0\) px"):
        with_role(beads, [1], "tether", 64)
    assert with_role(beads, [1], "tether", 64, allow_overlap=True)[1].role == "tether"
