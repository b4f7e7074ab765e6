"""The state as bytes and back: the same state always as the same bytes.

Registers are found again by point id, so a park file may gain, lose and reorder points meanwhile:
a new one starts empty, a lost one is dropped.
"""

import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from services.validation.domain.energy.edits import (
    Change,
    Edit,
    EntryRuled,
    IntervalEdit,
    ReadingEdit,
    Revoked,
    SwapDeclared,
)
from services.validation.domain.energy.memory import Registers
from services.validation.domain.energy.past_checkpoint import past_columns, restore_past
from services.validation.domain.energy.readings import Counts
from services.validation.domain.energy.steps import Ruling, Swap
from services.validation.domain.energy.table import UTC_ZONE

LAYOUT = 3
PER_REGISTER = ("used", "truncated", "newest_us", "level_us", "level_wh", "calm", "pending")


def to_bytes(registers: Registers) -> bytes:
    """Return the whole state; 17 bytes a remembered reading, 4 a quarter, 90 a register."""
    held = np.arange(registers.times.shape[1]) < registers.used[:, np.newaxis]
    columns: dict[str, Any] = {name: getattr(registers, name) for name in PER_REGISTER}
    columns |= {name: getattr(registers, name)[held] for name in ("times", "wh", "counts")}
    columns["open_parts"] = registers.open_parts
    columns |= past_columns(registers.past)
    edits = [_plain(edit) for own in registers.edits.values() for edit in own.values()]
    head = {
        "layout": LAYOUT,
        "depth": registers.depth,
        "ids": registers.ids,
        "edits": sorted(edits, key=lambda edit: str(edit["id"])),
    }
    file = io.BytesIO()
    np.savez(file, head=np.frombuffer(json.dumps(head).encode(), np.uint8), **columns)
    return file.getvalue()


def from_bytes(
    content: bytes, ids: Sequence[str] | None = None, zone: ZoneInfo = UTC_ZONE
) -> Registers:
    """Return the state for the registers `ids` (default: those it was of); days are of `zone`."""
    with np.load(io.BytesIO(content), allow_pickle=False) as columns:
        head = json.loads(columns["head"].tobytes())
        if head["layout"] != LAYOUT:
            raise ValueError(f"state has layout {head['layout']}, this code reads {LAYOUT}: replay")
        registers = Registers(head["ids"] if ids is None else ids, head["depth"])
        row_of = {name: row for row, name in enumerate(registers.ids)}
        old = [row for row, name in enumerate(head["ids"]) if name in row_of]
        new = [row_of[head["ids"][row]] for row in old]
        rows = np.array(old, np.int64), np.array(new, np.int64)
        _restore(registers, columns, *rows)
        restore_past(registers.past, columns, *rows, zone)
    for edit in head["edits"]:
        name = head["ids"][edit["register"]]
        if name in row_of:
            row = row_of[name]
            registers.edits.setdefault(row, {})[edit["id"]] = _edit(edit | {"register": row})
    return registers


def _restore(registers: Registers, columns: Any, old: Any, new: Any) -> None:
    for name in PER_REGISTER:
        getattr(registers, name)[new] = columns[name][old]
    registers.open_parts[:, new] = columns["open_parts"][:, old]
    used = columns["used"]
    begins = np.concatenate([[0], np.cumsum(used)])[:-1][old]
    places = np.arange(registers.times.shape[1])
    held = places < used[old][:, np.newaxis]
    source = (begins[:, np.newaxis] + places)[held]
    rows, at = np.nonzero(held)
    for name in ("times", "wh", "counts"):
        getattr(registers, name)[new[rows], at] = columns[name][source]


def _plain(edit: Edit) -> dict[str, Any]:
    return asdict(edit) | {"change": {"kind": type(edit.change).__name__} | asdict(edit.change)}


def _edit(plain: dict[str, Any]) -> Edit:
    return Edit(**plain | {"change": _change(dict(plain["change"]))})


def _change(plain: dict[str, Any]) -> Change:
    match plain.pop("kind"):
        case "ReadingEdit":
            return ReadingEdit(**plain | {"counts": Counts(plain["counts"])})
        case "IntervalEdit":
            return IntervalEdit(**plain)
        case "SwapDeclared":
            return SwapDeclared(Swap(**plain["swap"]))
        case "EntryRuled":
            return EntryRuled(**plain | {"ruling": Ruling(**plain["ruling"])})
        case "Revoked":
            return Revoked(**plain)
        case kind:
            raise ValueError(f"state holds an edit of kind {kind!r}, which this code does not know")
