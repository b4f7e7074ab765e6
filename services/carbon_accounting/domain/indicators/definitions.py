"""An indicator as data: what it is called, how it is computed, what it should be, who says so."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.carbon_accounting.domain.factors import TRUST, UNVERIFIED_TRUST
from services.carbon_accounting.domain.indicators.targets import Targets
from services.energy.site import Text

SIZE_UNIT = "tce"
"""Classes of size are written in tonnes of coal equivalent a year (rules A.2, A.3)."""


class System(StrEnum):
    """Whose indicator it is. National ones refuse 等价值 energy (rules C.1)."""

    NATIONAL_PARK = "national_park"
    NATIONAL_FACTORY = "national_factory"
    PROVINCE = "province"
    GREEN_DIRECT = "green_direct"
    PARK = "park"

    @property
    def is_national(self) -> bool:
        """Whether energy counts at 当量值 alone."""
        return self in (System.NATIONAL_PARK, System.NATIONAL_FACTORY)


class PeriodKind(StrEnum):
    """Over what an indicator is shown."""

    YEAR_TO_DATE = "year_to_date"
    MONTH = "month"
    DAY = "day"
    LIVE = "live"


class Side(StrEnum):
    """On which side of an open rule a reading is."""

    CONSERVATIVE = "conservative"
    OPTIMISTIC = "optimistic"


@dataclass(frozen=True, slots=True)
class Reading:
    """A formula that reads an open rule one way; `says` names the rule and the way."""

    side: Side
    formula: str
    says: Text


@dataclass(frozen=True, slots=True)
class Definition:
    """One version of an indicator. `valid_from` is the first local day it is shown.

    With `for_each` it is a pattern: `{product}` in id, names and formulas stands for each product,
    whose limit of `grade` is the target. `may_not_apply`: a park may explain why it has no such
    thing and leave it out (rules A.3); a veto may not.
    """

    id: str
    version: int
    system: System
    names: Text
    unit: str
    formula: str
    targets: Targets
    periods: tuple[PeriodKind, ...]
    trust: str
    source: str
    valid_from: date
    readings: tuple[Reading, ...] = ()
    unverified_because: str = ""
    for_each: str = ""
    grade: int | None = None
    may_not_apply: bool = False

    def __post_init__(self) -> None:
        if self.trust not in TRUST:
            raise ValueError(f"{self.id}: trust {self.trust!r} is none of {sorted(TRUST)}")
        if self.version < 1:
            raise ValueError(f"{self.id}: version {self.version} must be at least 1")
        sides = [reading.side for reading in self.readings]
        if len(set(sides)) < len(sides):
            raise ValueError(f"{self.id}: two readings are of one side; keep one each")

    @property
    def is_unverified(self) -> bool:
        """Whether its rule was not found in a text that could be read (rules H.6)."""
        return self.trust in UNVERIFIED_TRUST or bool(self.unverified_because)

    @property
    def formulas(self) -> dict[str, str]:
        """All formulas by where they stand: `formula`, `conservative`, `optimistic`."""
        return {"formula": self.formula, **{one.side: one.formula for one in self.readings}}
