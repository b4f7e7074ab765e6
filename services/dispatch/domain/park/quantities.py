"""The numbers a problem is made of. The bounds refuse what is no number, endless or absurd."""

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Annotated, Any, ClassVar

from annotated_types import Ge, Gt, Le, MinLen

ABSURD = 1e7
SHORTEST_H = 0.01
"""No step and no interval of a meter is shorter."""
NEAREST = 1e-3
"""No two points of a curve are nearer, kW or kWh: steeper than that is nothing real."""

Number = Annotated[float, Ge(-ABSURD), Le(ABSURD)]
Magnitude = Annotated[float, Ge(0.0), Le(ABSURD)]
Positive = Annotated[float, Gt(0.0), Le(ABSURD)]
Share = Annotated[float, Ge(0.0), Le(1.0)]
Efficiency = Annotated[float, Ge(0.001), Le(1.0)]
Count = Annotated[int, Ge(0)]
Name = Annotated[str, MinLen(1)]

# A series has a value per step; a single number stands for every step.
Series = Number | tuple[Number, ...]
Magnitudes = Magnitude | tuple[Magnitude, ...]
Shares = Share | tuple[Share, ...]


class Part:
    """A part of a problem document: fields that it does not know are mistakes, not ignored."""

    __slots__ = ()
    __pydantic_config__: ClassVar[dict[str, object]] = {"extra": "forbid"}

    def __init_subclass__(cls) -> None:
        """Let the checks of a part tell all that they find, not the first alone."""
        if (checks := cls.__dict__.get("__post_init__")) is not None:
            cls.__post_init__ = _telling_all(checks)  # type: ignore[attr-defined]


_told: ContextVar[list[str] | None] = ContextVar("told", default=None)
"""What the checks of the part at hand have found so far."""


def must(holds: bool, text: str) -> None:
    """Tell what is wrong and what would be right: ValueError, once all of a part is checked."""
    if holds:
        return
    if (told := _told.get()) is None:
        raise ValueError(text)
    told.append(text)


def _telling_all(checks: Callable[[Any], None]) -> Callable[[Any], None]:
    @wraps(checks)
    def check(part: Any) -> None:
        told: list[str] = []
        token = _told.set(told)
        try:
            checks(part)
        except (ArithmeticError, LookupError, TypeError, ValueError):
            if not told:  # else a check stumbled over what one before it found
                raise
        finally:
            _told.reset(token)
        if told:
            raise ValueError("; ".join(told))

    return check
