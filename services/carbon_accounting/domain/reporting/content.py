"""A report as sections of tables, charts and notes, before anyone has decided how it looks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from services.carbon_accounting.domain.reporting.cells import (
    Name,
    Reasons,
    reasons_in,
    together,
)
from services.carbon_accounting.domain.reporting.charts import (
    Bars,
    Chart,
    HeatMap,
    Lines,
    StackedBars,
    reasons_of,
)
from services.carbon_accounting.domain.reporting.tables import (
    AnyTable,
    LedgerTable,
    SideBySide,
    Table,
)
from services.energy.site import Text


class Kind(StrEnum):
    """The reports there are; the words of the command line."""

    MONTHLY = "monthly"
    INVENTORY = "inventory"
    EVIDENCE = "evidence"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    text: Name


Block: TypeAlias = AnyTable | Chart | Paragraph


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it."""

    heading: Text
    blocks: tuple[Block, ...]

    @property
    def unverified(self) -> Reasons:
        """Why numbers of this section are unverified, each reason once."""
        return together(_reasons(block) for block in self.blocks)


@dataclass(frozen=True, slots=True)
class Cover:
    """What a report is of. `written_at` is its own date: files of equal content are equal."""

    kind: Kind
    title: Text
    park: Name
    enterprise: Name | None
    period: Text
    standing: Text
    written_at: datetime
    versions: tuple[tuple[Name, str], ...]
    open_items: int

    def __post_init__(self) -> None:
        if self.written_at.utcoffset() != timedelta(0):
            raise ValueError(f"written_at {self.written_at} is not in UTC; convert it")


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a file of it shows, in either language."""

    cover: Cover
    sections: tuple[Section, ...]
    notes: tuple[Text, ...] = ()

    @property
    def footnotes(self) -> Mapping[Text, int]:
        """The reasons why numbers are unverified, numbered from 1 as they first appear."""
        reasons = together(section.unverified for section in self.sections)
        return {reason: number for number, reason in enumerate(reasons, start=1)}

    @property
    def is_unverified(self) -> bool:
        """Whether any number in it is."""
        return bool(self.footnotes)

    @property
    def unverified_numbers(self) -> int:
        """How many numbers in its tables are."""
        return sum(
            bool(reasons_in((cell,)))
            for section in self.sections
            for block in section.blocks
            if isinstance(block, Table | LedgerTable | SideBySide)
            for cell in block.cells()
        )


def _reasons(block: Block) -> Reasons:
    match block:
        case Paragraph():
            return ()
        case Bars() | StackedBars() | Lines() | HeatMap():
            return reasons_of(block)
        case _:
            return reasons_in(block.cells())
