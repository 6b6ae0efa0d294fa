"""One document, one line: JSON that keeps the type of every value.

What JSON has stays as it is; everything else becomes an object with the key `$`, which names its type:

    {"$": "f4", "v": 0.5}                                      a numpy scalar
    {"$": "array", "dtype": "<i8", "shape": [3], "v": [1, 2, 3]}   an array; with "b64" its bytes, little text otherwise
    {"$": "float", "v": "nan"}, {"$": "int", "v": "0x1f"}      floats JSON lacks, integers of more than 64 bits
    {"$": "bytes", "b64": "..."}, {"$": "datetime", "v": "2026-11-20T12:00:00+00:00"}
    {"$": "dict", "v": [["$", 1]]}                             a mapping that has the key `$` itself
"""

import base64
import binascii
import datetime as dt
import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

TAG = "$"
TEXT_ARRAY_ITEMS = 1024
_WIDEST_PLAIN_BITS = 63
_DATES: dict[str, type[dt.datetime] | type[dt.date] | type[dt.time]] = {
    "datetime": dt.datetime,
    "date": dt.date,
    "time": dt.time,
}


def encode_document(name: str, document: Mapping[str, Any]) -> bytes:
    """Encode a document as one line of JSON, its line end included.

    Numpy scalars and arrays, NaN, infinities, bytes, dates and integers of any size come back as they were. A tuple
    comes back as a list, and a member of a text or number enumeration as its plain value.

    Raises:
        TypeError: a value of another type; the message says where it is.
    """
    plain = _encode(document, name)
    return json.dumps([name, plain], separators=(",", ":"), allow_nan=False).encode("ascii") + b"\n"


def decode_line(line: bytes) -> tuple[str, dict[str, Any]]:
    """Decode one line written by `encode_document`.

    Raises:
        ValueError: it is no such line.
    """
    try:
        name, document = json.loads(line, object_hook=_decode)
    except (ValueError, TypeError, KeyError, binascii.Error) as error:
        raise ValueError(f"Cannot read a document from {_shown(line)}: {error}") from error
    if not isinstance(name, str) or not isinstance(document, dict):
        raise ValueError(f"Cannot read a document from {_shown(line)}: it is not a name and an object")
    return name, document


def _shown(line: bytes) -> str:
    return repr(line if len(line) <= 60 else line[:57] + b"...")


def _encode(value: Any, where: str) -> Any:
    match value:
        case None | bool():
            return value
        case np.generic():
            return _encode_scalar(value, where)
        case np.ndarray():
            return _encode_array(value, where)
        case str():
            return str.__str__(value)
        case int():
            return int(value) if int(value).bit_length() <= _WIDEST_PLAIN_BITS else {TAG: "int", "v": hex(value)}
        case float():
            return float(value) if math.isfinite(value) else {TAG: "float", "v": repr(float(value))}
        case Mapping():
            return _encode_mapping(value, where)
        case list() | tuple():
            return [_encode(each, f"{where}[{place}]") for place, each in enumerate(value)]
        case _:
            return _encode_rare(value, where)


def _encode_mapping(mapping: Mapping[Any, Any], where: str) -> Any:
    for key in mapping:
        if not isinstance(key, str):
            raise TypeError(f"Cannot store {where}: its key {key!r} is a {type(key).__name__}; keys are texts")
    if TAG in mapping:
        return {TAG: "dict", "v": [[str(key), _encode(each, f"{where}.{key}")] for key, each in mapping.items()]}
    return {str(key): _encode(each, f"{where}.{key}") for key, each in mapping.items()}


def _encode_scalar(value: np.generic, where: str) -> dict[str, Any]:
    array = np.asarray(value)
    _check_dtype(array.dtype, where)
    if _is_exact_text(array):
        return {TAG: array.dtype.str, "v": array.item()}
    return {TAG: array.dtype.str, "b64": _base64(array.tobytes())}


def _encode_array(array: NDArray[Any], where: str) -> dict[str, Any]:
    _check_dtype(array.dtype, where)
    described = {TAG: "array", "dtype": array.dtype.str, "shape": list(array.shape)}
    if array.size <= TEXT_ARRAY_ITEMS and _is_exact_text(array):
        return {**described, "v": array.tolist()}
    return {**described, "b64": _base64(array.tobytes())}


def _check_dtype(dtype: np.dtype[Any], where: str) -> None:
    if dtype.hasobject or dtype.names is not None or dtype.kind not in "biufcSUMm":
        raise TypeError(f"Cannot store {where}: an array of {dtype} has no lossless form; give plain numbers or texts")


def _is_exact_text(array: NDArray[Any]) -> bool:
    """Tell whether JSON numbers give the array back bit by bit."""
    if array.dtype.kind == "f":
        return array.dtype.itemsize <= 8 and bool(np.isfinite(array).all())
    return array.dtype.kind in "biu"


def _encode_rare(value: Any, where: str) -> dict[str, Any]:
    match value:
        case bytes():
            return {TAG: "bytes", "b64": _base64(value)}
        case bytearray() | memoryview():
            return {TAG: "bytes", "b64": _base64(bytes(value))}
        case complex():
            return {TAG: "complex", "v": [repr(value.real), repr(value.imag)]}
        case dt.timedelta():
            return {TAG: "timedelta", "v": [value.days, value.seconds, value.microseconds]}
        case dt.datetime() | dt.date() | dt.time():
            return {TAG: _date_name(value), "v": value.isoformat()}
    raise TypeError(
        f"Cannot store {where}: a {type(value).__name__} has no lossless form in a document; "
        "give numbers, texts, arrays, dates, bytes, or lists and mappings of them"
    )


def _date_name(value: Any) -> str:
    return next(name for name, kind in _DATES.items() if isinstance(value, kind))


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _decode(read: dict[str, Any]) -> Any:
    kind = read.get(TAG)
    if kind is None:
        return read
    match kind:
        case "dict":
            return dict(read["v"])
        case "array":
            return _decode_array(read)
        case "int":
            return int(read["v"], 16)
        case "float":
            return float(read["v"])
        case "complex":
            return complex(*map(float, read["v"]))
        case "bytes":
            return base64.b64decode(read["b64"], validate=True)
        case "timedelta":
            days, seconds, microseconds = read["v"]
            return dt.timedelta(days, seconds, microseconds)
    if kind in _DATES:
        return _DATES[kind].fromisoformat(read["v"])
    return _decode_array({"dtype": kind, "shape": [], **read})[()]


def _decode_array(read: dict[str, Any]) -> NDArray[Any]:
    dtype = np.dtype(read["dtype"])
    if dtype.hasobject:
        raise ValueError(f"an array of {dtype} is never written")
    shape = tuple(read["shape"])
    if "v" in read:
        return np.array(read["v"], dtype=dtype).reshape(shape)
    raw = base64.b64decode(read["b64"], validate=True)
    if dtype.itemsize == 0:
        return np.zeros(shape, dtype)
    return np.frombuffer(raw, dtype=dtype).reshape(shape).copy()
