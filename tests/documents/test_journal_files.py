import pytest
from hypothesis import given
from hypothesis import strategies as st

from beadline.documents import JournalTail, complete_lines, encode_document, kind_of, read_documents

DOCUMENTS = [("start", {"uid": "a"}), ("event", {"data": {"x": 1.5}}), ("stop", {"run_start": "a"})]
LINES = [encode_document(name, document) for name, document in DOCUMENTS]


@pytest.fixture
def path(tmp_path):
    made = tmp_path / "documents.jsonl"
    made.write_bytes(b"".join(LINES))
    return made


def test_a_journal_is_read_as_written(path):
    assert read_documents(path) == (DOCUMENTS, 0)


@given(cut=st.integers(0, len(b"".join(LINES))))
def test_wherever_a_journal_is_cut_only_the_torn_line_is_lost(tmp_path_factory, cut):
    path = tmp_path_factory.getbasetemp() / "cut.jsonl"
    path.write_bytes(b"".join(LINES)[:cut])
    ends = [sum(map(len, LINES[:count])) for count in range(len(LINES) + 1)]
    whole = max(count for count, end in enumerate(ends) if end <= cut)
    assert read_documents(path) == (DOCUMENTS[:whole], cut - ends[whole])


def test_damage_before_the_last_line_is_named(path):
    path.write_bytes(LINES[0] + b'["event",{"da\n' + LINES[2])
    with pytest.raises(ValueError, match=r"Line 2 of .*documents\.jsonl is damaged, at byte 22"):
        read_documents(path)


def test_a_tail_gives_each_document_once_while_the_file_grows(path):
    path.write_bytes(LINES[0] + LINES[1][:5])
    tail = JournalTail(path)
    assert list(tail.new_documents()) == DOCUMENTS[:1]
    assert tail.pending_lines() == 0
    path.write_bytes(b"".join(LINES))
    assert tail.pending_lines() == 2
    assert list(tail.new_documents()) == DOCUMENTS[1:]
    assert list(tail.new_documents()) == []
    assert (tail.lines, tail.offset) == (3, path.stat().st_size)


def test_a_tail_that_is_left_in_between_goes_on_with_the_next_document(path):
    tail = JournalTail(path)
    assert next(tail.new_documents()) == DOCUMENTS[0]
    assert list(tail.new_documents()) == DOCUMENTS[1:]


def test_a_line_tells_its_kind_without_being_decoded(path):
    assert [kind_of(line) for line in complete_lines(path)] == ["start", "event", "stop"]
