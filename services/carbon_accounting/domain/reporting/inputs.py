"""What each report is made of, and what it says of itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from services.carbon_accounting.domain.reporting.cells import Name
from services.carbon_accounting.domain.reporting.periods import Period
from services.carbon_accounting.domain.reporting.records import (
    BookedLine,
    ChainHead,
    ClaimVerdict,
    Closing,
    CostOf,
    Enterprise,
    FactorUsed,
    IndicatorResult,
    InputFile,
    MatchingScore,
    OpenItem,
    OriginFlow,
    Restatement,
    UnmatchedDay,
)


@dataclass(frozen=True, slots=True)
class AsReportedOn:
    """The books as they stood at the end of a day; nothing known later is in it."""

    day: date


@dataclass(frozen=True, slots=True)
class AsKnownAt:
    """The books as they are known at a moment (UTC), restatements included."""

    moment: datetime


@dataclass(frozen=True, slots=True)
class Masthead:
    """What every report says of itself.

    `written_at` (UTC) is the content's own date. `versions` name what it was computed with: site
    document, factors, program. `closings` are the period's closed months; None where books know of
    no closing.
    """

    park: Name
    period: Period
    standing: AsReportedOn | AsKnownAt
    written_at: datetime
    versions: Mapping[Name, str] = field(default_factory=dict)
    closings: tuple[Closing, ...] | None = None


@dataclass(frozen=True, slots=True)
class MonthlyInputs:
    """Of a park's month; `lines` reach from the year's begin to the month, the period's last."""

    masthead: Masthead
    enterprises: tuple[Enterprise, ...] = ()
    lines: tuple[BookedLine, ...] = ()
    origins: tuple[OriginFlow, ...] = ()
    indicators: tuple[IndicatorResult, ...] = ()
    matching: tuple[MatchingScore, ...] = ()
    unmatched: tuple[UnmatchedDay, ...] = ()
    open_items: tuple[OpenItem, ...] = ()
    restatements: tuple[Restatement, ...] = ()
    factors: tuple[FactorUsed, ...] = ()


@dataclass(frozen=True, slots=True)
class InventoryInputs:
    """Of one enterprise's period. Whatever is of another enterprise is refused."""

    masthead: Masthead
    enterprise: Enterprise
    lines: tuple[BookedLine, ...] = ()
    origins: tuple[OriginFlow, ...] = ()
    indicators: tuple[IndicatorResult, ...] = ()
    matching: tuple[MatchingScore, ...] = ()
    unmatched: tuple[UnmatchedDay, ...] = ()
    open_items: tuple[OpenItem, ...] = ()
    restatements: tuple[Restatement, ...] = ()
    factors: tuple[FactorUsed, ...] = ()
    costs: tuple[CostOf, ...] = ()


@dataclass(frozen=True, slots=True)
class EvidenceInputs:
    """Of a park's period, for an auditor: every line with what it rests on.

    `rest_on_words`: on what validation said of registers, on no file. `verdicts`: of every claim
    for the period against each Scope 2 criterion; None where books do not say.
    """

    masthead: Masthead
    enterprises: tuple[Enterprise, ...] = ()
    lines: tuple[BookedLine, ...] = ()
    factors: tuple[FactorUsed, ...] = ()
    open_items: tuple[OpenItem, ...] = ()
    restatements: tuple[Restatement, ...] = ()
    chain_heads: tuple[ChainHead, ...] = ()
    inputs: tuple[InputFile, ...] = ()
    rest_on_words: bool = False
    verdicts: tuple[ClaimVerdict, ...] | None = ()
