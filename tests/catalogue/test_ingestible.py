import datetime as dt
import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from beadline.catalogue.ingestible import PlainDocuments, StreamDatums, plain


def datum(start, stop, resource="a", descriptor="d"):
    spans = {"indices": {"start": start, "stop": stop}, "seq_nums": {"start": start + 1, "stop": stop + 1}}
    return {"uid": f"{resource}{start}", "stream_resource": resource, "descriptor": descriptor, **spans}


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 5)), min_size=1))
def test_merged_datums_cover_what_was_announced_in_fewer_documents(pieces):
    datums, stops = StreamDatums(), {"a": 0, "b": 0}
    for resource, rows in pieces:
        datums.add(datum(stops[resource], stops[resource] + rows, resource))
        stops[resource] += rows
    assert datums.count == len(pieces)
    merged = datums.take()
    assert {document["stream_resource"]: document["indices"] for _, document in merged} == {
        resource: {"start": 0, "stop": stop} for resource, stop in stops.items() if stop
    }
    assert datums.take() == []


def test_datums_with_a_gap_or_of_another_descriptor_stay_apart():
    datums = StreamDatums()
    for each in (datum(0, 5), datum(6, 8), datum(8, 9, descriptor="e")):
        datums.add(each)
    assert [document for _, document in datums.take()] == [datum(0, 5), datum(6, 8), datum(8, 9, descriptor="e")]


def test_plain_documents_are_json():
    document = {
        "array": np.arange(3, dtype=np.float32),
        "number": np.float32(0.5),
        "day": np.datetime64("2026-11-20"),
        "bytes": b"x",
        "date": dt.date(2026, 11, 20),
        "span": dt.timedelta(seconds=2),
        "complex": 1j,
        "tuple": (1, np.int64(2)),
    }
    assert json.loads(json.dumps(plain(document))) == {
        "array": [0.0, 1.0, 2.0],
        "number": 0.5,
        "day": "2026-11-20",
        "bytes": "eA==",
        "date": "2026-11-20",
        "span": 2.0,
        "complex": "1j",
        "tuple": [1, 2],
    }


def test_a_key_of_no_length_is_kept_as_text():
    make_plain = PlainDocuments()
    key = {"source": "x", "dtype": "array", "dtype_numpy": "<i8", "shape": [0]}
    external = {**key, "external": "STREAM:"}
    described = make_plain("descriptor", {"data_keys": {"ids": key, "file": external}})
    assert described["data_keys"] == {"ids": {"source": "x", "dtype": "string", "shape": []}, "file": external}
    assert make_plain("event", {"data": {"ids": np.arange(2), "other": [1]}})["data"] == {"ids": "[0, 1]", "other": [1]}
