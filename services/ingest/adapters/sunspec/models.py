"""SunSpec: what stands where in a unit, from the alliance's own model definitions.

A unit carries "SunS", then model after model (id, length, content) until id 0xFFFF. Point names
are those of the definitions; of repeating groups `module[1].DCW`, counted from 1.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from services.ingest.adapters.modbus_registers.values import NumberType

MARKER = [0x5375, 0x6E53]  # "SunS"
BASES = (40_000, 0, 50_000)
LAST_MODEL = 0xFFFF
HEADER_REGISTERS = 2
_TYPES = {
    "int16": NumberType.INT16,
    "uint16": NumberType.UINT16,
    "enum16": NumberType.UINT16,
    "acc16": NumberType.UINT16,
    "count": NumberType.UINT16,
    "bitfield16": NumberType.UINT16,
    "sunssf": NumberType.INT16,
    "int32": NumberType.INT32,
    "uint32": NumberType.UINT32,
    "enum32": NumberType.UINT32,
    "acc32": NumberType.UINT32,
    "bitfield32": NumberType.UINT32,
    "int64": NumberType.INT64,
    "uint64": NumberType.UINT64,
    "acc64": NumberType.UINT64,
    "float32": NumberType.FLOAT32,
    "float64": NumberType.FLOAT64,
}


@dataclass(frozen=True, slots=True)
class Model:
    """A model of a unit; `address` is that of its id register, `length` excludes the header."""

    id: int
    address: int
    length: int


@dataclass(frozen=True, slots=True)
class ModelPoint:
    """A number in a model; `offset` counts registers from the model's id register.

    `scale` is a fixed power of ten or the name of the point that holds it.
    """

    name: str
    offset: int
    type: NumberType
    invalid: frozenset[int]
    scale: int | str | None
    unit: str
    writable: bool


def points_of(model: Model) -> dict[str, ModelPoint]:
    """Return the numbers of a model by name; empty when the alliance defines no such model."""
    group = _definition(model.id)
    if group is None:
        return {}
    found: dict[str, ModelPoint] = {}
    end = model.length + HEADER_REGISTERS
    _collect(group, 0, "", found, end)
    return {name: p for name, p in found.items() if p.offset + p.type.registers <= end}


@cache
def _definition(model_id: int) -> Mapping[str, Any] | None:
    file = resources.files("sunspec2") / "models" / "json" / f"model_{model_id}.json"
    if not file.is_file():
        return None
    group: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))["group"]
    return group


def _collect(
    group: Mapping[str, Any], start: int, prefix: str, found: dict[str, ModelPoint], end: int
) -> int:
    """Put the points of a group into `found`; return the offset behind it."""
    offset = start
    for point in group["points"]:
        if point["type"] in _TYPES:
            found[prefix + point["name"]] = _point(point, offset, prefix + point["name"])
        offset += int(point["size"])
    for inner in group.get("groups", ()):
        for name in _repetitions(inner, offset, prefix, end):
            offset = _collect(inner, offset, name, found, end)
    return offset


def _repetitions(group: Mapping[str, Any], offset: int, prefix: str, end: int) -> Iterator[str]:
    """Yield the prefix of each repetition; the model's length says how many there are."""
    if "count" not in group:
        yield f"{prefix}{group['name']}."
        return
    size = _size(group)
    for number in range((end - offset) // size if size else 0):
        yield f"{prefix}{group['name']}[{number + 1}]."


def _size(group: Mapping[str, Any]) -> int:
    """Return the registers of one repetition; 0 when it holds groups that repeat themselves."""
    if any("count" in inner for inner in group.get("groups", ())):
        return 0
    points = sum(int(point["size"]) for point in group["points"])
    return points + sum(_size(inner) for inner in group.get("groups", ()))


def _point(point: Mapping[str, Any], offset: int, name: str) -> ModelPoint:
    return ModelPoint(
        name,
        offset,
        _TYPES[point["type"]],
        _not_implemented(point["type"]),
        point.get("sf"),
        point.get("units", ""),
        point.get("access") == "RW",
    )


def _not_implemented(kind: str) -> frozenset[int]:
    """Return the number that stands for "not implemented" (SunSpec information models, types)."""
    if kind.startswith("float"):
        return frozenset()  # NaN speaks for itself
    bits = int("".join(c for c in kind if c.isdigit()) or 16)
    if kind.startswith("acc"):
        return frozenset({0})
    if kind.startswith("int") or kind == "sunssf":
        return frozenset({-(2 ** (bits - 1))})
    return frozenset({2**bits - 1})


def headers(registers: Sequence[int], address: int) -> Model | None:
    """Return the model whose two header registers stand at `address`; None at the end."""
    model_id, length = registers
    return None if model_id == LAST_MODEL else Model(model_id, address, length)
