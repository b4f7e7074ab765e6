"""What laying a wish into a problem gives: the problem, and what is to be said about it."""

from dataclasses import dataclass, replace
from typing import Any

from services.dispatch.domain.park.problem import ParkProblem


@dataclass(frozen=True, slots=True)
class Laid:
    """A problem that respects a wish as far as it can; `caveats` say what it cannot, and why."""

    problem: ParkProblem
    caveats: tuple[str, ...] = ()


def found(parts: tuple[Any, ...], name: str) -> Any:
    """Return the part of that id; None where there is none."""
    return next((part for part in parts if part.id == name), None)


def exchanged(problem: ParkProblem, group: str, part: Any) -> ParkProblem:
    """Return the problem with a part in the place of the one of its id, or as one more."""
    parts = getattr(problem, group)
    if found(parts, part.id) is None:
        return grouped(problem, group, (*parts, part))
    return grouped(problem, group, tuple(part if one.id == part.id else one for one in parts))


def without(problem: ParkProblem, group: str, name: str) -> ParkProblem:
    """Return the problem without a part."""
    left = tuple(one for one in getattr(problem, group) if one.id != name)
    return grouped(problem, group, left)


def grouped(problem: ParkProblem, group: str, parts: tuple[Any, ...]) -> ParkProblem:
    """Return the problem with these parts as a group."""
    changes: dict[str, Any] = {group: parts}
    return replace(problem, **changes)


def is_taken(problem: ParkProblem, group: str, name: str) -> bool:
    """Whether a device of another group has that id."""
    own = f"{group}["
    return any(name == other and not path.startswith(own) for path, other in problem.devices)
