"""What may come instead of what is planned for (§10): some decisions now, the others later."""

from dataclasses import dataclass, field
from typing import Annotated

from annotated_types import MaxLen, MinLen

from services.dispatch.domain.park.quantities import (
    Magnitudes,
    Name,
    Part,
    Positive,
    Series,
    must,
)

MOST_SCENARIOS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario(Part):
    """Loads and productions, by id, where they come differently from what is planned for.

    `weight` is how likely it is beside the other scenarios; what is planned for counts 1.
    """

    weight: Positive = 1.0
    power_kw: dict[Name, Series] = field(default_factory=dict)
    available_kw: dict[Name, Magnitudes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        must(
            bool(self.power_kw or self.available_kw),
            "a scenario needs power_kw of loads or available_kw of productions",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncertainty(Part):
    """Scenarios, and until when what is decided now is the same in all of them (h from the start).

    Vehicles do the same in all of them all the time.
    """

    scenarios: Annotated[tuple[Scenario, ...], MinLen(1), MaxLen(MOST_SCENARIOS)]
    decided_h: Positive = 0.25

    @property
    def weight(self) -> float:
        """How much all courses count together: what is planned for, and every scenario."""
        return 1.0 + sum(scenario.weight for scenario in self.scenarios)
