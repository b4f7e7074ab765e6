"""A forecaster's memory as bytes, and back exactly: the same answers, bit for bit.

A body is `PFMB`, its version, the length of its header, the header (packed JSON: a tree of named
classes) and the pieces it points into: arrays as they lie in memory (little endian), trees as
LightGBM's own text, packed. Nothing in a body is executed; only the classes of `classes` come out.
"""

import json
import math
import struct
import zlib
from dataclasses import fields, is_dataclass
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from services.forecasting.domain.outlook.booster import Trees
from services.forecasting.registry.classes import CLASSES, FUNCTIONS

VERSION = 2
"""Raise it when what a class or a column of features means has changed under its name."""
_MAGIC = b"PFMB"
_FRAME = struct.Struct("<4sHI")
_KINDS = frozenset("fiub")  # of arrays: floats, integers, flags
_PACKING = 1
_KIND = "~"


class UnreadableBody(ValueError):
    """A body of another version, of unknown classes, or broken: learn that model again."""


def encode(value: Any) -> bytes:
    """Return a value as a body; ValueError names a class that is not registered."""
    pieces: list[bytes] = []
    header = zlib.compress(json.dumps(_plain(value, pieces), allow_nan=False).encode(), _PACKING)
    return b"".join((_FRAME.pack(_MAGIC, VERSION, len(header)), header, *pieces))


def decode(body: bytes) -> Any:
    """Return the value of a body; UnreadableBody says what is wrong with it."""
    if len(body) < _FRAME.size:
        raise UnreadableBody(f"{len(body)} bytes are no model; learn it again")
    magic, version, length = _FRAME.unpack_from(body)
    if magic != _MAGIC or version != VERSION:
        raise UnreadableBody(f"version {version} of {magic!r}; this code reads {VERSION}")
    begin = _FRAME.size + length
    try:
        header = json.loads(zlib.decompress(body[_FRAME.size : begin]))
        return _Reader(memoryview(body)[begin:]).value(header)
    except UnreadableBody:
        raise
    except (ValueError, KeyError, TypeError, zlib.error) as broken:
        raise UnreadableBody(f"the body is broken: {broken}; learn the model again") from broken


def _plain(value: Any, pieces: list[bytes]) -> Any:
    """Return a value as JSON, its arrays and texts laid down in `pieces`."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return float(value) if math.isfinite(value) else {_KIND: "float", "is": str(value)}
        case np.integer() | np.bool_():
            return value.item()
        case tuple():
            return {_KIND: "tuple", "of": [_plain(one, pieces) for one in value]}
        case dict():
            return {_KIND: "dict", "of": [[key, _plain(one, pieces)] for key, one in value.items()]}
        case np.ndarray():
            return _array(value, pieces)
        case ZoneInfo():
            return {_KIND: "zone", "key": value.key}
        case Trees():
            text = zlib.compress(value.saved.encode(), _PACKING)
            return {_KIND: "trees", "at": _laid(text, pieces), "size": len(text)}
    if callable(value) and (name := getattr(value, "__name__", "")) in FUNCTIONS:
        return {_KIND: "rule", "name": name}
    if is_dataclass(value) and CLASSES.get(type(value).__name__) is type(value):
        has = {f.name: _plain(getattr(value, f.name), pieces) for f in fields(value)}
        return {_KIND: "class", "name": type(value).__name__, "has": has}
    raise ValueError(
        f"{type(value).__qualname__} cannot be kept: only frozen classes of the outlook core can"
    )


def _array(value: Any, pieces: list[bytes]) -> dict[str, Any]:
    if value.dtype.kind not in _KINDS:
        raise ValueError(f"an array of {value.dtype} cannot be kept: use floats or integers")
    stored = np.ascontiguousarray(value, value.dtype.newbyteorder("<"))
    at = _laid(stored.tobytes(), pieces)
    return {_KIND: "array", "at": at, "type": stored.dtype.str, "shape": list(value.shape)}


def _laid(piece: bytes, pieces: list[bytes]) -> int:
    """Lay down a piece and return where it begins."""
    at = sum(map(len, pieces))
    pieces.append(piece)
    return at


class _Reader:
    """Builds values of a header out of the pieces that follow it."""

    def __init__(self, pieces: memoryview) -> None:
        self._pieces = pieces

    def value(self, tree: Any) -> Any:
        """Return what a node of the header stands for."""
        if not isinstance(tree, dict):
            return tree
        match tree[_KIND]:
            case "float":
                return float(tree["is"])
            case "tuple":
                return tuple(self.value(one) for one in tree["of"])
            case "dict":
                return {key: self.value(one) for key, one in tree["of"]}
            case "array":
                return self._array(tree)
            case "zone":
                return ZoneInfo(tree["key"])
            case "trees":
                text = self._pieces[tree["at"] : tree["at"] + tree["size"]]
                return Trees(zlib.decompress(text).decode())
            case "rule":
                return _named(FUNCTIONS, tree["name"])
            case "class":
                return self._object(_named(CLASSES, tree["name"]), tree["has"])
            case kind:
                raise UnreadableBody(f"nothing is known of {kind!r}; learn the model again")

    def _array(self, tree: dict[str, Any]) -> Any:
        kind, shape = np.dtype(tree["type"]), tree["shape"]
        if kind.kind not in _KINDS:
            raise UnreadableBody(f"an array of {kind} is no part of a model")
        flat = np.frombuffer(self._pieces, kind, math.prod(shape), tree["at"])
        return flat.reshape(shape).astype(kind.newbyteorder("="))

    def _object(self, kind: type, has: dict[str, Any]) -> Any:
        known = {field.name for field in fields(kind)}
        if unknown := sorted(has.keys() ^ known):
            raise UnreadableBody(f"{kind.__name__} differs in {unknown}; learn the model again")
        return kind(**{name: self.value(one) for name, one in has.items()})


def _named(known: dict[str, Any], name: str) -> Any:
    if name not in known:
        raise UnreadableBody(f"{name} is unknown to this code; learn the model again")
    return known[name]
