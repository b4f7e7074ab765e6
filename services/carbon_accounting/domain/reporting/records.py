"""What books, tracing, matching and indicators hand to a report: plain, frozen, exact.

Enterprises by id; None is the park itself.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, IntEnum
from fractions import Fraction

from services.carbon_accounting.domain.certificates.quality import Met
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.domain.reporting.cells import Name, Reasons
from services.carbon_accounting.domain.reporting.measures import measured_as


class Scope(IntEnum):
    """The scopes of the GHG Protocol; OUTSIDE is biogenic CO2, reported apart from them.

    CAPTURED is CO2 that was captured where it is in no total: a line of its own, netted with none.
    """

    OUTSIDE = 0
    DIRECT = 1
    ENERGY = 2
    VALUE_CHAIN = 3
    CAPTURED = 4


class Resolution(Enum):
    """Over which steps clean supply and load are matched (rules D.3)."""

    YEAR = "year"
    MONTH = "month"
    HOUR = "hour"
    QUARTER_HOUR = "quarter hour"


class Status(Enum):
    """How an indicator stands against its target."""

    MET = "met"
    NOT_MET = "not met"
    NEEDS_CONFIRMATION = "needs confirmation"
    NOT_APPLICABLE = "not applicable"
    NOT_KNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Enterprise:
    """An enterprise in the park."""

    id: str
    name: Name


@dataclass(frozen=True, slots=True)
class BookedLine:
    """What one ledger holds for a month, an enterprise and an activity.

    `amount` is in `unit` (Wh, g, dm3, Ndm3, pcs), `nanograms` negative for capture. `factors` are
    `<id> v<version>`; `unverified` says why the number is to be shown so (rules H.6).
    """

    ledger: Ledger
    scope: Scope
    activity: Name
    enterprise: str | None
    month: Month
    amount: int
    unit: str
    nanograms: int
    factors: tuple[str, ...] = ()
    unverified: Reasons = ()

    def __post_init__(self) -> None:
        measured_as(self.unit)
        if type(self.amount) is not int or type(self.nanograms) is not int:
            raise TypeError(
                f"line {self.activity!r} of {self.month}: amount {self.amount!r} and emissions "
                f"{self.nanograms!r} must be whole base units and whole nanograms"
            )


@dataclass(frozen=True, slots=True)
class OriginFlow:
    """Electricity of one origin used in an hour (0..23) of the local day, summed over a month."""

    origin: Name
    enterprise: str | None
    month: Month
    hour: int
    energy_wh: int
    unverified: Reasons = ()

    def __post_init__(self) -> None:
        if not 0 <= self.hour <= 23:
            raise ValueError(f"origin {self.origin!r}: hour {self.hour} is none of a day, 0 to 23")


@dataclass(frozen=True, slots=True)
class IndicatorResult:
    """An indicator, exact; None cannot be computed. `reading` names one where a rule is open.

    Shares are 0..1 with the unit %. `course` are its months, for the chart. Value and target may
    be unverified for reasons of their own.
    """

    name: Name
    unit: str
    value: Fraction | None
    target: Fraction | None
    status: Status
    formula: Name
    reading: Name = ""
    missing: tuple[Name, ...] = ()
    course: tuple[tuple[Month, Fraction | None], ...] = ()
    unverified: Reasons = ()
    target_unverified: Reasons = ()
    enterprise: str | None = None


@dataclass(frozen=True, slots=True)
class MatchingScore:
    """Load, the part of it matched by clean supply within each step, and the score (0..1)."""

    resolution: Resolution
    load_wh: int
    matched_wh: int
    score: Fraction | None
    unverified: Reasons = ()
    enterprise: str | None = None


@dataclass(frozen=True, slots=True)
class UnmatchedDay:
    """Energy of a local day that no clean supply matched, by hour 0..23; None: not known."""

    day: date
    wh_by_hour: tuple[int | None, ...]
    unverified: Reasons = ()
    enterprise: str | None = None

    def __post_init__(self) -> None:
        if len(self.wh_by_hour) != 24:
            raise ValueError(f"{self.day} has {len(self.wh_by_hour)} hours; give 24, None unknown")


@dataclass(frozen=True, slots=True)
class OpenItem:
    """Something that could not be booked, and what would close it. None Wh: amount not known."""

    kind: Name
    where: str
    when: Name
    enterprise: str | None
    energy_wh: int | None
    what: Name
    cure: Name = ""


@dataclass(frozen=True, slots=True)
class FactorUsed:
    """A factor in whole ng per base unit, with where it comes from and how far it is trusted."""

    ledger: Ledger
    id: str
    version: int
    ng_per_unit: int
    unit: str
    valid: Name
    source: Name
    trust: Name
    unverified: Reasons = ()


@dataclass(frozen=True, slots=True)
class BookedVersion:
    """One version of booked emissions; None: nothing was booked."""

    version: int
    nanograms: int | None
    known_at: datetime
    unverified: Reasons = ()


@dataclass(frozen=True, slots=True)
class Restatement:
    """Two versions of what a ledger holds, and why the second came about."""

    ledger: Ledger
    month: Month
    enterprise: str | None
    activity: Name
    before: BookedVersion
    after: BookedVersion
    reason: str
    approved_by: str = ""


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The newest hash of a month's entries and how many it seals; without a ledger, of all.

    `postings`: how many links its chain has where it links postings, not entries.
    """

    month: Month
    entries: int
    sha256: str
    ledger: Ledger | None = None
    postings: int | None = None


@dataclass(frozen=True, slots=True)
class ClosedHead:
    """The end of a ledger's chain when its month was closed: of how many postings."""

    ledger: Ledger
    postings: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Closing:
    """When (UTC), by whom and why the books of a month were closed, and with which heads."""

    month: Month
    at: datetime
    by: str
    because: str
    heads: tuple[ClosedHead, ...]


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that was read; `rows` None where it has no rows."""

    name: Name
    sha256: str
    rows: int | None


@dataclass(frozen=True, slots=True)
class ClaimVerdict:
    """How a claim stands against one Scope 2 criterion, and why; `trust` M is unverified."""

    claim: str
    enterprise: str | None
    criterion: str
    met: Met
    why: str
    trust: str


@dataclass(frozen=True, slots=True)
class CostOf:
    """What a position cost an enterprise in a month, in cents; None: it is not known.

    `amount` is in `unit` (Wh, g …, month); below 0 where more came out of its stores than went in.
    """

    position: Name
    enterprise: str | None
    month: Month
    amount: int
    unit: str
    cents: int | None
    currency: str
    unverified: Reasons = ()
