"""What pydantic finds, in plain words: the path in the document, what stands there, the cure."""

import difflib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from typing import Any, get_type_hints

from services.dispatch.domain.park.problem import Mistake, ParkProblem
from services.dispatch.domain.park.quantities import Part
from services.dispatch.solve.half_right import part_in

Found = Mapping[str, Any]
Place = tuple[int | str, ...]
_MISSING, _UNKNOWN = "missing", "unexpected_keyword_argument"
_TOO_SHORT = "too_short"


def mistakes_of(document: Any, found: Iterable[Any]) -> list[Mistake]:
    """Return the mistakes at their paths; of unions only the branch that fits what was given."""
    return [
        Mistake(path_of(place), _text(one, place))
        for one in found
        if (place := place_in(document, one["loc"], one["type"])) is not None
        and not _is_long_enough(one)
    ]


def _is_long_enough(found: Found) -> bool:
    """Whether a list is called too short only because entries that are wrong do not count."""
    if found["type"] != _TOO_SHORT:
        return False
    return len(found["input"]) >= int(found["ctx"]["min_length"])


def path_of(place: Place) -> str:
    """Return a place as people write it: `stores[0].charge_kw`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return text.lstrip(".") or "problem"


def place_in(document: Any, loc: Place, kind: str) -> Place | None:
    """Return the place without the names of types; None for a branch that was not meant."""
    place: list[int | str] = []
    value = document
    for i, step in enumerate(loc):
        absent = i == len(loc) - 1 and kind == _MISSING
        if isinstance(step, int) or absent or (isinstance(value, dict) and step in value):
            place.append(step)
            value = None if absent else value[step]
        elif step != "[key]" and step.startswith("tuple") is not isinstance(value, list):
            return None
    return tuple(place)


def _text(found: Found, place: Place) -> str:
    if found["type"] == _MISSING:
        return "is missing: give it"
    if found["type"] == _UNKNOWN:
        return _unknown(place)
    words = _WORDS.get(found["type"])
    if words is None:
        return f"{_shown(found['input'])}: {found['msg']}"
    return words(_shown(found["input"]), found.get("ctx") or {})


def _unknown(place: Place) -> str:
    known = [one.name for one in fields(_part_at(place[:-1]))]  # type: ignore[arg-type]
    near = difflib.get_close_matches(str(place[-1]), known, 1)
    cure = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
    return f"no field of that name; {cure}"


def _part_at(place: Place) -> type[Part]:
    part: type[Part] = ParkProblem
    for step in place:
        if isinstance(step, str):
            part = part_in(get_type_hints(part)[step]) or part
    return part


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}…"


Words = Callable[[str, Mapping[str, Any]], str]
_WORDS: dict[str, Words] = {
    "greater_than_equal": lambda given, ctx: f"{given} is too small: at least {ctx['ge']:g}",
    "greater_than": lambda given, ctx: f"{given} is too small: it must be above {ctx['gt']:g}",
    "less_than_equal": lambda given, ctx: f"{given} is too large: at most {ctx['le']:g}",
    "less_than": lambda given, ctx: f"{given} is too large: it must be below {ctx['lt']:g}",
    "float_type": lambda given, _: f"{given} is no number: write one such as 12.5, without quotes",
    "int_type": lambda given, _: f"{given} is no whole number: write one such as 3",
    "int_from_float": lambda given, _: f"{given} is no whole number: write one such as 3",
    "bool_type": lambda given, _: f"{given} is neither true nor false",
    "string_type": lambda given, _: f'{given} is no text: write it in quotes, such as "pv"',
    "string_too_short": lambda _, __: "is empty: give it a name",
    "enum": lambda given, ctx: f"{given} is none of {ctx['expected']}",
    "tuple_type": lambda given, _: f"{given} is no list: write it in brackets, [ ]",
    "dict_type": lambda given, _: f"{given} is no object: write it in braces, {{ }}",
    "dataclass_type": lambda given, _: f"{given} is no object: write it in braces, {{ }}",
    "too_short": lambda _, ctx: f"has {ctx['actual_length']} entries: at least {ctx['min_length']}",
    "too_long": lambda _, ctx: f"has too many entries: at most {ctx['max_length']}",
    "json_invalid": lambda _, ctx: f"is no JSON: {ctx['error']}",
    "value_error": lambda _, ctx: str(ctx["error"]),
    **dict.fromkeys(
        ("datetime_type", "datetime_parsing", "datetime_from_date_parsing"),
        lambda given, _: f'{given} is no time: write it like "2026-01-31T00:00:00+08:00"',
    ),
}
