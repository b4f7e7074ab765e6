"""A definition that was sent, as YAML or in fields: both are read by the reader of the files."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from parkflow.carbon.v1.indicator_pb2 import IndicatorDraft, IndicatorText
from services.carbon_accounting.domain.indicators.catalogue import Catalogue, Refused
from services.carbon_accounting.domain.indicators.definitions import Definition
from services.carbon_accounting.domain.indicators.editions import Edition, Fault, edition_of
from services.carbon_accounting.input_files.indicator_import import (
    IndicatorMistakes,
    read_draft,
    stand_in_for,
)
from services.runtime.refusals import FieldMistake

LONGEST_DOCUMENT = 20_000
PATTERN = "for_each"
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""What formulas can name."""


def draft_of(request: Any, next_version: int) -> tuple[Definition, str] | list[FieldMistake]:
    """Return what a request defines and its document, or everything that is wrong with it."""
    has_fields = request.HasField("draft")
    if bool(request.document.strip()) is has_fields:
        return [FieldMistake("document", "give a document or a draft in fields, one of the two")]
    text = _written(request.draft, next_version) if has_fields else request.document
    if len(text) > LONGEST_DOCUMENT:
        return [FieldMistake("document", f"is longer than {LONGEST_DOCUMENT} characters")]
    field = "draft" if has_fields else "document"
    try:
        one = read_draft(text)
    except IndicatorMistakes as wrong:
        found = [FieldMistake(*_placed(field, line)) for line in wrong.lines]
        stands_in = stand_in_for(text)
        return found if stands_in is None else [*found, *_check_id(field, stands_in.id)]
    if odd := [*_check_id(field, one.id)]:
        return odd
    if one.for_each:
        what = "is a pattern of the files; write one definition for each product"
        return [FieldMistake(f"{field}.{PATTERN}", f"{one.for_each!r} {what}")]
    return one, text


def _check_id(field: str, name: str) -> Iterator[FieldMistake]:
    if not ID.fullmatch(name):
        what = "cannot be named in formulas; write letters, digits and . _ - alone"
        yield FieldMistake(f"{field}.id", f"{name!r} {what}")


def formula_mistakes(request: Any, catalogue: Catalogue) -> list[FieldMistake]:
    """Return what is wrong with unit and formulas of a definition that cannot be read."""
    has_fields = request.HasField("draft")
    text = _written(request.draft, 1) if has_fields else request.document
    one = stand_in_for(text) if len(text) <= LONGEST_DOCUMENT else None
    if one is None:
        return []
    others = [other for other in catalogue.definitions if other.id != one.id]
    found = edition_of([*_newest(others), one], catalogue.vocabulary)
    faults = () if isinstance(found, Edition) else found
    mine = tuple(fault for fault in faults if fault.indicator_id == one.id)
    return faults_as_mistakes(Refused(mine), one)


def _newest(definitions: Sequence[Definition]) -> list[Definition]:
    return [*{one.id: one for one in sorted(definitions, key=lambda one: one.version)}.values()]


def id_in(request: Any) -> str:
    """Return the id of what a request defines in fields; empty for a document."""
    return str(request.draft.id) if request.HasField("draft") else ""


def faults_as_mistakes(refused: Refused, definition: Definition) -> list[FieldMistake]:
    """Return each fault with its field, what stands there and the cure."""
    return [_mistake(fault, definition) for fault in refused.faults]


def _mistake(fault: Fault, definition: Definition) -> FieldMistake:
    if fault.indicator_id != definition.id:
        return FieldMistake(f"{fault.indicator_id}.{fault.key}", f"{fault.what}; {fault.cure}")
    stands = definition.formulas.get(fault.key, getattr(definition, fault.key, ""))
    value = f"{' '.join(stands.split())!r}: " if isinstance(stands, str) and stands else ""
    return FieldMistake(f"{definition.id}.{fault.key}", f"{value}{fault.what}; {fault.cure}")


def _placed(field: str, line: str) -> tuple[str, str]:
    """Return `draft:3: unit: is no unit - write one` as a field and what is said of it."""
    _, number, told = line.split(":", 2)
    path, colon, rest = told.strip().partition(": ")
    if colon and " " not in path:
        return f"{field}.{path}", f"{rest} (line {number})"
    return field, f"{told.strip()} (line {number})"


def _written(draft: IndicatorDraft, next_version: int) -> str:
    """Return the fields as the item of a file: JSON is YAML."""
    item: dict[str, Any] = {
        "id": draft.id,
        "version": draft.version or next_version,
        "system": draft.system,
        "name": _text(draft.name),
        "unit": draft.unit,
        "formula": draft.formula,
        "readings": [
            {"side": one.side, "formula": one.formula, "says": _text(one.says)}
            for one in draft.readings
        ],
        "direction": draft.direction,
        "size": draft.size_input,
        "targets": [_target(one) for one in draft.targets],
        "periods": list(draft.periods),
        "trust": draft.trust,
        "source": draft.source,
        "unverified_because": draft.unverified_because,
        "valid_from": draft.valid_from,
        "may_not_apply": "true" if draft.may_not_apply else "false",
    }
    return json.dumps(_without_empty(item), ensure_ascii=False)


def _target(one: Any) -> dict[str, Any]:
    return _without_empty(
        {
            "limit": one.limit,
            "says": _text(one.says),
            "trust": one.trust,
            "source": one.source,
            "size_from": one.size_from_tce,
            "size_below": one.size_below_tce,
            "from_year": one.from_year,
            "confirm": one.confirm,
        }
    )


def _text(one: IndicatorText) -> dict[str, str]:
    return {"en": one.en, "zh": one.zh}


def _without_empty(item: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in item.items() if value not in ("", [], None)}
