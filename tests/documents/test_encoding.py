import datetime as dt
import json
import math
from enum import Enum

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from beadline.documents import decode_line, encode_document

scalar_types = hnp.scalar_dtypes().filter(lambda dtype: dtype.kind in "biufcSUMm")
texts = st.text(max_size=8)
leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=2**200, max_value=2**210)
    | st.floats()
    | texts
    | st.binary(max_size=8)
    | st.datetimes(timezones=st.just(dt.UTC) | st.none())
    | st.dates()
    | st.times()
    | st.timedeltas()
    | st.complex_numbers()
    | scalar_types.flatmap(lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0)))
    | scalar_types.flatmap(lambda dtype: hnp.arrays(dtype, ()).map(lambda array: array[()]))
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts | st.just("$"), inner, max_size=3),
    max_leaves=8,
)


def same(one, other):
    """Tell whether two values are equal in kind and bit by bit."""
    if isinstance(one, np.ndarray | np.generic):
        return (
            type(one) is type(other)
            and one.dtype == other.dtype
            and one.shape == other.shape
            and one.tobytes() == other.tobytes()
        )
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float):
        return (one == other and math.copysign(1, one) == math.copysign(1, other)) or (one != one and other != other)
    if isinstance(one, complex):
        return same(one.real, other.real) and same(one.imag, other.imag)
    return one == other


@given(st.dictionaries(texts | st.just("$"), values, max_size=4))
def test_what_is_written_is_what_is_read(document):
    line = encode_document("event", document)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    name, read = decode_line(line)
    assert name == "event"
    assert same(document, read)


@given(st.dictionaries(texts, values, max_size=4))
def test_a_line_is_json_that_anybody_reads(document):
    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    json.loads(encode_document("start", document), parse_constant=refuse)


def test_an_ordinary_document_looks_like_ordinary_json():
    line = encode_document("start", {"uid": "a", "time": 1.5, "num": 3, "detectors": ["tracker"], "ids": (1, 2)})
    assert line == b'["start",{"uid":"a","time":1.5,"num":3,"detectors":["tracker"],"ids":[1,2]}]\n'


def test_a_large_array_is_stored_as_bytes_and_comes_back():
    array = np.arange(5000, dtype=np.int32).reshape(50, 100)
    line = encode_document("event", {"data": array})
    assert b"b64" in line
    assert same(decode_line(line)[1]["data"], array)


def test_a_big_endian_array_keeps_its_byte_order():
    array = np.arange(3, dtype=">i4")
    assert decode_line(encode_document("event", {"a": array}))[1]["a"].dtype == np.dtype(">i4")


class Kind(str, Enum):  # noqa: UP042 - how devices write their choices
    FULL = "full"


def test_a_member_of_an_enumeration_becomes_its_value():
    assert decode_line(encode_document("event", {"kind": Kind.FULL}))[1] == {"kind": "full"}


@pytest.mark.parametrize(
    ("value", "where"),
    [
        ({"md": {"path": [1, object()]}}, r"start\.md\.path\[1\]: a object has no lossless form"),
        ({"when": {1, 2}}, r"start\.when: a set has no lossless form"),
        ({"data": np.array([object()])}, r"start\.data: an array of object has no lossless form"),
        ({"data": np.zeros(2, dtype=[("a", "f4")])}, r"start\.data: an array of \[\('a', '<f4'\)\]"),
        ({"data": {3: 4}}, r"start\.data: its key 3 is a int; keys are texts"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_place(value, where):
    with pytest.raises(TypeError, match=where):
        encode_document("start", value)


@pytest.mark.parametrize(
    "line",
    [b"", b"{}", b'["start"]', b'["start",[]]', b"[1,{}]", b'["start",{"a":{"$":"array","dtype":"O","shape":[1]}}]',
     b'["start",{"a":{"$":"bytes","b64":"*"}}]', b'["start",{"a":1}'],
)  # fmt: skip
def test_a_line_of_another_kind_is_refused(line):
    with pytest.raises(ValueError, match="Cannot read a document from"):
        decode_line(line)
