"""A document with mistakes as far as it is right, so that what does not fit is told as well."""

from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from services.dispatch.domain.park.horizon import Horizon
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.quantities import Part


def part_in(hint: Any) -> type[Part] | None:
    """Return the part that a field of this type holds, one or many; None where it holds none."""
    if isinstance(hint, type) and issubclass(hint, Part):
        return hint
    return next((part for arg in get_args(hint) if (part := part_in(arg))), None)


def half_right(document: Any, wrong: frozenset[str]) -> ParkProblem | None:
    """Return a problem for `mistakes_between` alone: what is wrong is left out or made up.

    None where the document has no right horizon: nothing can be compared with it.
    """
    if not isinstance(document, dict) or any(path.startswith("horizon") for path in wrong):
        return None
    problem: ParkProblem = _part(ParkProblem, document, "", wrong)
    return problem if isinstance(problem.horizon, Horizon) else None


def _part(kind: type[Part], given: dict[str, Any], path: str, wrong: frozenset[str]) -> Any:
    """Return a part without the checks that it makes itself."""
    part, hints = object.__new__(kind), get_type_hints(kind)
    for one in fields(kind):  # type: ignore[arg-type]
        at = f"{path}.{one.name}".lstrip(".")
        if one.name not in given or at in wrong:
            value = _default(one, hints[one.name], at)
        else:
            value = _value(hints[one.name], given[one.name], at, wrong)
        object.__setattr__(part, one.name, value)
    return part


def _default(one: Field[Any], hint: Any, path: str) -> Any:
    """Return what a field is without a value; a made-up name is known to no other part."""
    if one.default_factory is not MISSING:
        return one.default_factory()
    if one.default is not MISSING:
        return one.default
    if part_in(hint) is not None:
        return ()
    return {} if get_origin(hint) is dict else path


def _value(hint: Any, given: Any, path: str, wrong: frozenset[str]) -> Any:
    kind = part_in(hint)
    if kind is not None and isinstance(given, list):
        return tuple(_parts(kind, given, path, wrong))
    if kind is not None and isinstance(given, dict):
        return _part(kind, given, path, wrong)
    if isinstance(given, list):
        places = [f"{path}[{i}]" for i in range(len(given))]
        return tuple(at if at in wrong else one for at, one in zip(places, given, strict=True))
    if isinstance(given, dict):
        return {key: _value(object, one, f"{path}.{key}", wrong) for key, one in given.items()}
    try:
        return TypeAdapter(hint).validate_python(given)
    except ValidationError:
        return given


def _parts(kind: type[Part], given: list[Any], path: str, wrong: frozenset[str]) -> Iterator[Any]:
    for i, one in enumerate(given):
        yield _part(kind, one if isinstance(one, dict) else {}, f"{path}[{i}]", wrong)
