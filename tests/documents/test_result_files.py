import hashlib
import json
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beadline.documents import Result, read_result, write_result

TIME = "2026-11-22T03:00:00+00:00"
RESULT = Result("chain_fit", {"persistence_nm": 50.25}, ("c0ffee", "beef"), TIME, TIME, {"stretch_pn": 1000.0}, "B7")
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(content=st.dictionaries(st.text(), PLAIN, max_size=4), name=st.text(max_size=20))
def test_law_what_is_written_is_read(tmp_path_factory, content, name):
    path = tmp_path_factory.mktemp("results") / "result.json"
    result = replace(RESULT, content=content, bead_type=name, versions={"beadline": "0.1.0"})
    write_result(path, result)
    again = read_result(path)
    assert again == result
    assert again.sha256 == result.sha256


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    path = tmp_path_factory.mktemp("results") / "result.json"
    write_result(path, RESULT)
    return path.read_bytes()


@given(data=st.data())
def test_law_any_changed_byte_is_refused(tmp_path_factory, written, data):
    place = data.draw(st.integers(0, len(written) - 1), label="place")
    byte = data.draw(st.integers(0, 255).filter(lambda each: each != written[place]), label="byte")
    path = tmp_path_factory.mktemp("results") / "result.json"
    path.write_bytes(written[:place] + bytes([byte]) + written[place + 1 :])
    with pytest.raises(ValueError, match=r"it was changed or damaged after|its beginning is damaged"):
        read_result(path)


@pytest.mark.parametrize(
    "change",
    [lambda text: text[:-1], lambda text: text + b" ", lambda text: b"", lambda text: b"{}"],
    ids=["torn", "longer", "empty", "another"],
)
def test_a_file_that_is_longer_or_shorter_is_refused(tmp_path, written, change):
    (tmp_path / "result.json").write_bytes(change(written))
    with pytest.raises(ValueError, match="damaged"):
        read_result(tmp_path / "result.json")


def test_it_can_be_read_and_checked_without_beadline(written):
    first, second, rest = written.split(b"\n", 2)
    plain = json.loads(written)
    assert plain["content"] == {"persistence_nm": 50.25}
    assert plain["sha256"] == hashlib.sha256(rest).hexdigest()
    assert (plain["schema"], plain["schema_version"]) == ("beadline result", 1)
    assert first == b"{"
    assert plain["sha256"].encode() in second


def forged(written, **change):
    """Return a file of other content with the hash that belongs to it."""
    plain = {name: value for name, value in {**json.loads(written), **change}.items() if name != "kind" or value}
    del plain["sha256"]
    rest = json.dumps(plain, indent=1).encode().removeprefix(b"{\n")
    return b'{\n "sha256": "' + hashlib.sha256(rest).hexdigest().encode() + b'",\n' + rest


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"schema": "look-up tables"}, "it is not a result of beadline"),
        ({"schema_version": 2}, "its version is 2, this beadline knows version 1; update beadline"),
        ({"colour": "red"}, "colour is missing or not known"),
        ({"kind": None}, "kind is missing or not known"),
    ],
)
def test_another_kind_or_version_of_file_is_refused(tmp_path, written, change, sentence):
    path = tmp_path / "result.json"
    path.write_bytes(forged(written))
    assert read_result(path).kind == "chain_fit"
    path.write_bytes(forged(written, **change))
    with pytest.raises(ValueError, match=sentence):
        read_result(path)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"content": {"x": math.nan}}, "Cannot keep a result of kind chain_fit: it is not plain data"),
        ({"content": {"x": {1, 2}}}, "it is not plain data"),
        ({"derived_from": ()}, "the uids of the runs it is derived from"),
        ({"measured_at": "yesterday"}, "measured_at cannot be 'yesterday'"),
        ({"made_at": "2026-11-22"}, "made_at cannot be '2026-11-22': it is a time such as"),
    ],
)
def test_what_cannot_be_kept_is_refused(change, sentence):
    with pytest.raises(ValueError, match=sentence):
        replace(RESULT, **change)


def test_a_result_is_never_written_over_another(tmp_path, written):
    (tmp_path / "result.json").write_bytes(written)
    with pytest.raises(FileExistsError):
        write_result(tmp_path / "result.json", replace(RESULT, kind="steps"))
    assert read_result(tmp_path / "result.json") == RESULT
