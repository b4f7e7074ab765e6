"""The numbers a problem is made of. The bounds refuse what is no number, endless or absurd."""

from typing import Annotated, ClassVar

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
Name = Annotated[str, MinLen(1)]

# A series has a value per step; a single number stands for every step.
Series = Number | tuple[Number, ...]
Magnitudes = Magnitude | tuple[Magnitude, ...]
Shares = Share | tuple[Share, ...]


class Part:
    """A part of a problem document: fields that it does not know are mistakes, not ignored."""

    __slots__ = ()
    __pydantic_config__: ClassVar[dict[str, object]] = {"extra": "forbid"}


def must(holds: bool, text: str) -> None:
    """Raise ValueError with what is wrong and what would be right."""
    if not holds:
        raise ValueError(text)
