"""Every field of the problem document with unit, values, default: written from the classes.

`python -m services.dispatch schema --fields > docs/dispatch-problem.md` renews the page.
"""

import inspect
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from enum import EnumType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from annotated_types import Ge, Gt, Le

from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.quantities import ABSURD, Part
from services.dispatch.solve.half_right import part_in

HEAD = """# The problem document, field by field

What `python -m services.dispatch solve` and `Simulate` read ([dispatch.md](dispatch.md) says what \
it means, by §). This page is written by `python -m services.dispatch schema --fields`; \
`python -m services.dispatch schema` prints the same as JSON schema.

- Powers are kW, energies kWh, money is in the document's `currency` (cur), times are hours from \
the beginning of the horizon. Where water flows read m³ for kWh and m³/h for kW, for captured \
carbon kg and kg/h.
- "by step": one number for all steps, or a list with one for each.
- Numbers lie within ±1e7; those without a sign of their own are magnitudes, at least 0.
- A field without a default must be given; null is a default that may be written as `null`.
"""
UNITS = {
    "horizon": "",
    "start": "time with zone",
    "steps": "steps",
    "reactance": "any unit, one for all lines",
    "ratio": "output per input",
    "price_per_start": "cur",
    "most_starts": "starts",
    "most_starts_per_day": "starts",
    "starts_today": "starts",
    "most_cycles": "windows (highest − lowest)",
    "start_cost": "cur",
    "cold_start_cost": "cur",
    "missed_price": "cur",
    "price": "cur/kWh",
    "import_price": "cur/kWh",
    "export_price": "cur/kWh",
    "surplus_price": "cur/kWh",
    "curtailment_price": "cur/kWh",
    "late_price_per_kwh": "cur/kWh for each hour",
    "holding_price_per_kwh_h": "cur/(kWh·h)",
    "availability": "share",
    "share": "share",
    "weight": "beside 1 for what is planned",
    "hours": "h",
    "efficiency": "share",
}
ENDINGS = {
    "_efficiency": "share",
    "_share": "share",
    "_share_per_h": "share an hour",
    "_kg_per_kwh": "kg/kWh",
    "_kw_per_h": "kW/h",
    "_per_kwh": "cur/kWh",
    "_per_kw": "cur/kW",
    "_per_kg": "cur/kg",
    "_per_h": "cur/h",
    "_kwh": "kWh",
    "_kw": "kW",
    "_kg": "kg",
    "_h": "h",
}
"""Units by the ending of a name; the longest one counts."""
SIGNS = {
    "Grid.import_price": "below 0: paid for taking",
    "Grid.export_price": "below 0: paid to give",
    "Supply.price": "below 0: paid for taking",
    "Sink.price": "earned; below 0: paid to give",
    "Load.power_kw": "above 0: taken from the node",
    "Process.flows_kw": "above 0: taken from the node",
    "Scenario.power_kw": "above 0: taken from the node",
    "Output.ratio": "above 0: given to the node",
    "Unit.cost_per_kwh": "below 0: earned",
    "Store.end_value_per_kwh": "below 0: a burden",
    "Former.power_kw": "stores, vehicles: above 0 charges; others: as they draw or give",
}
"""What the sign of a number means that may have either."""


def page() -> str:
    """Return the page."""
    parts = [HEAD, *(_section(path, part) for path, part in parts_of(ParkProblem))]
    return "\n".join(parts)


def parts_of(part: type[Part], path: str = "") -> Iterator[tuple[str, type[Part]]]:
    """Yield the document and all its parts with their paths, each part once."""
    yield path, part
    for name, hint in _hints(part).items():
        if (inner := part_in(hint)) is not None:
            many = "[]" if "tuple" in str(hint) else ""
            yield from parts_of(inner, f"{path}.{name}{many}".lstrip("."))


def unit_of(name: str) -> str:
    """Return a number's unit by its name; KeyError where none is known."""
    if name in UNITS:
        return UNITS[name]
    ending = max((one for one in ENDINGS if name.endswith(one)), key=len, default=None)
    if ending is None:
        raise KeyError(f"{name}: give it a unit in its name, or in UNITS of field_table.py")
    return ENDINGS[ending]


def _section(path: str, part: type[Part]) -> str:
    said = inspect.cleandoc(part.__doc__ or "").replace("\n", " ").replace("  ", "\n\n")
    said = said.replace("None", "null")
    rows = "\n".join(_row(part, one) for one in fields(part))  # type: ignore[arg-type]
    title = f"`{path}`" if path else "The document"
    return (
        f"## {title}\n\n{said}\n\n| field | unit | values | default |\n|---|---|---|---|\n{rows}\n"
    )


def _hints(part: type[Part]) -> dict[str, Any]:
    return get_type_hints(part, include_extras=True)


def _row(part: type[Part], one: Field[Any]) -> str:
    hint = _hints(part)[one.name]
    kinds = list(_kinds(hint))
    is_number = any(kind in (float, int) for kind, _ in kinds)
    unit = unit_of(one.name) if is_number else ""
    values = _part_text(hint) or _values(f"{part.__name__}.{one.name}", hint, kinds)
    return f"| `{one.name}` | {unit} | {values} | {_default(one)} |"


def _part_text(hint: Any) -> str:
    inner = part_in(hint)
    if inner is None:
        return ""
    return f"list of {inner.__name__}" if "tuple" in str(hint) else f"a {inner.__name__}"


def _kinds(hint: Any) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """Yield the plain types that a hint allows, each with its bounds."""
    if get_origin(hint) is Annotated:
        base, *bounds = get_args(hint)
        for kind, inner in _kinds(base):
            yield kind, (*bounds, *inner)
    elif args := [one for one in get_args(hint) if one not in (type(None), Ellipsis)]:
        for one in args:
            yield from _kinds(one)
    else:
        yield hint, ()


def _values(name: str, hint: Any, kinds: list[tuple[Any, tuple[Any, ...]]]) -> str:
    kind, bounds = kinds[-1]
    if get_origin(hint) is dict:
        return f"by name: {_values(name, get_args(hint)[1], kinds)}"
    if isinstance(kind, EnumType):
        return ", ".join(f"`{one.value}`" for one in kind)  # type: ignore[var-annotated]
    if kind in (float, int):
        return _numbers(name, hint, kind, bounds)
    words = {bool: "true or false", str: "name"}
    text = words.get(kind, "time, such as `2026-01-31T00:00:00+08:00`")
    return f"list of {text}s" if "tuple" in str(hint) else text


def _numbers(name: str, hint: Any, kind: type, bounds: tuple[Any, ...]) -> str:
    text = _range(bounds) or SIGNS.get(name, "any")
    whole = "whole, " if kind is int else ""
    is_list = "tuple" in str(hint)
    shape = (", by step" if _is_single(hint) else ", list") if is_list else ""
    return f"{whole}{text}{shape}"


def _is_single(hint: Any) -> bool:
    """Whether one number may stand for all."""
    base = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    return get_origin(base) is not tuple


def _range(bounds: tuple[Any, ...]) -> str:
    """Return the bounds in words; nothing for a number of either sign."""
    low = next((f"{one.ge:g}" for one in bounds if isinstance(one, Ge)), "")
    above = next((f"{one.gt:g}" for one in bounds if isinstance(one, Gt)), "")
    high = next((f"{one.le:g}" for one in bounds if isinstance(one, Le) and one.le < ABSURD), "")  # type: ignore[operator]
    if low.startswith("-") or not (low or above):
        return ""
    least = f"above {above}" if above else f"at least {low}"
    return f"{least}, at most {high}" if high else least


def _default(one: Field[Any]) -> str:
    if one.default_factory is not MISSING:
        empty = one.default_factory()
        return "none" if empty in ((), {}) else "as by default"
    if one.default is MISSING:
        return "**must be given**"
    if one.default is None:
        return "null"
    if one.default == ():
        return "none"
    plain = getattr(one.default, "value", one.default)
    return f"`{str(plain).lower() if isinstance(plain, bool) else plain}`"
