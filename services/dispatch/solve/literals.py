"""What JSON lets pass and a problem does not: NaN, endless and absurd numbers, a key twice."""

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

from services.dispatch.domain.park.problem import Mistake
from services.dispatch.domain.park.quantities import ABSURD


class Twice(dict[str, Any]):
    """An object of a document that remembers which keys stood in it more than once."""

    twice: tuple[str, ...] = ()

    @classmethod
    def of(cls, pairs: list[tuple[str, Any]]) -> "Twice":
        """Return the object of these pairs; of equal keys the last stands."""
        made = cls(pairs)
        if len(made) < len(pairs):
            count = Counter(key for key, _ in pairs)
            made.twice = tuple(key for key, times in count.items() if times > 1)
        return made


def odd_literals(value: Any, path: str = "") -> Iterator[Mistake]:
    """Yield where the document has numbers that are none, and keys that stand twice."""
    if isinstance(value, Twice):
        for key in value.twice:
            yield Mistake(inside(path, key), "stands twice: keep one")
        for key, one in value.items():
            yield from odd_literals(one, inside(path, key))
    elif isinstance(value, list):
        for i, one in enumerate(value):
            if isinstance(one, float | int | list | dict):
                yield from odd_literals(one, f"{path}[{i}]")
    elif isinstance(value, float | int) and (text := _oddness(value)):
        yield Mistake(path or "problem", text)


def inside(path: str, key: str) -> str:
    """Return the path of a field of what is at `path`."""
    return f"{path}.{key}" if path else key


def _oddness(value: float | int) -> str:
    if isinstance(value, float) and math.isnan(value):
        return "NaN is no number: give one, or leave an optional field out"
    if abs(value) == math.inf:
        return "an endless number cannot be planned with: give a finite one"
    if abs(value) > ABSURD:
        return f"{value:.6g} is absurd: numbers lie within ±{ABSURD:.0e} (is the unit right?)"
    return ""
