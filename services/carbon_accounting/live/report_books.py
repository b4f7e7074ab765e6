"""The live books as reports read them: the tables that `book` writes, of what is added up."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from services.carbon_accounting.book.costs_table import COSTS
from services.carbon_accounting.book.indicators import COLUMNS, indicator_row
from services.carbon_accounting.book.manifest import version_of_program
from services.carbon_accounting.book.matching import UNMATCHED, unmatched_rows
from services.carbon_accounting.book.quality_table import COLUMNS as VERDICTS
from services.carbon_accounting.book.quality_table import QUALITY, quality_rows
from services.carbon_accounting.book.report_tables import (
    FACTORS,
    ORIGINS,
    OWN_ITEMS,
    PERIODS,
    UNKNOWN,
    factor_rows,
    origin_rows,
    own_item_rows,
    period_rows,
    unknown_rows,
)
from services.carbon_accounting.book.tables import CHAIN as CHAIN_COLUMNS
from services.carbon_accounting.book.tables import (
    OPEN_ITEMS,
    TOTALS,
    open_item_row,
    total_rows,
)
from services.carbon_accounting.book.written_books import CHAIN, Row
from services.carbon_accounting.domain.indicators.definitions import PeriodKind
from services.carbon_accounting.domain.inventory.booking import Inventory
from services.carbon_accounting.domain.inventory.certifying import Matched, matched
from services.carbon_accounting.domain.inventory.claim_quality import judged_claims
from services.carbon_accounting.domain.inventory.open_items import Kind, OpenItem
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.domain.reporting.records import ClosedHead, Closing, Restatement
from services.carbon_accounting.live.amounts import joined
from services.carbon_accounting.live.months import Computed
from services.carbon_accounting.live.pages import Pages
from services.carbon_accounting.live.period_listing import ClosedAs, periods_of
from services.carbon_accounting.live.quality_desk import Claims, claims_of
from services.carbon_accounting.live.restated_lines import restatements_of
from services.energy.site import Text
from services.runtime.database import Connection

HEADS = """
SELECT DISTINCT ON (ledger, month) ledger, month, place, link
FROM posting WHERE park_id = %s AND month = ANY (%s) ORDER BY ledger, month, place DESC
"""
NEWEST = "SELECT max(known_at) FROM posting WHERE park_id = %s AND month = ANY (%s)"
ENTRIES = """
SELECT l.ledger::int, to_char(d.day, 'YYYY-MM'), sum(d.entries)::bigint
FROM day_line d JOIN account_line l USING (park_id, line_id)
WHERE d.park_id = %s AND to_char(d.day, 'YYYY-MM') = ANY (%s) GROUP BY 1, 2
"""
PENDING = """
SELECT month, because FROM pending_restatement
WHERE park_id = %s AND month = ANY (%s) AND state = 'pending' ORDER BY month
"""
WAITS = "the month is closed: totals are those it was closed with, a restatement waits: "
DECIDE = "approve or reject the restatement"
CERTIFIED = "certificates cover grid power of the period; the scores by hour are not in this report"
ASK = "ask for the matching"
OF_THE_PARK = "readings, factors or rules of the park changed; the park can say which"


@dataclass(frozen=True)
class LiveBooks:
    """The months of a year up to one; `heads` are (ledger, month, postings, link in hex).

    `entries`: how many stand of a ledger's month; `known_at`: when the newest posting became known.
    """

    pages: Pages
    parts: Sequence[Computed]
    heads: Sequence[tuple[Ledger, str, int, str]]
    entries: Mapping[tuple[Ledger, str], int]
    known_at: datetime
    closings: tuple[Closing, ...]
    waiting: Sequence[OpenItem]
    restatements: tuple[Restatement, ...]
    claims: Claims

    @property
    def software(self) -> str:
        """The program that serves and its version."""
        return f"parkflow {version_of_program()}"

    @property
    def files(self) -> list[dict[str, Any]]:
        """None: the books rest on the words that stand, which each posting names."""
        return []

    @property
    def chain_digest(self) -> str:
        """SHA-256 over the heads of all chains."""
        heads = "\n".join(f"{ledger.key} {month} {link}" for ledger, month, _, link in self.heads)
        return hashlib.sha256(heads.encode()).hexdigest()

    def reason_for_one(self, restated: Restatement) -> str:
        """Return that the park says why: the reasons of postings name meters of others."""
        return OF_THE_PARK

    @property
    def zone(self) -> ZoneInfo:
        """The clock of the park."""
        return self.pages.words.accounted.site.time_zone

    @property
    def begins(self) -> datetime:
        """Start of the first quarter, UTC."""
        return self.parts[0].span.start

    @property
    def ends(self) -> datetime:
        """End of the last quarter, UTC."""
        return self.parts[-1].span.end

    @property
    def park(self) -> Text:
        """The park's name."""
        return self.pages.words.accounted.site.name

    @property
    def enterprises(self) -> dict[str, Text]:
        """The names of the enterprises, by id."""
        return {one.id: one.name for one in self.pages.words.accounted.site.enterprises}

    @property
    def products(self) -> dict[str, str]:
        """Who makes each product, by id."""
        return {one.id: one.enterprise for one in self.pages.words.accounted.site.products}

    @property
    def months(self) -> tuple[Month, ...]:
        """The local months that are added up, in order."""
        return tuple(sorted(self.pages.standing.months))

    def has(self, name: str) -> bool:
        """Whether there is a table."""
        return name in self._tables

    def table(self, name: str) -> list[Row]:
        """Return the rows of a table."""
        columns, rows = self._tables[name]
        return [dict(zip(columns, map(_cell, row), strict=True)) for row in rows]

    @cached_property
    def _inventory(self) -> Inventory:
        return joined(self.parts)

    @cached_property
    def _tables(self) -> Mapping[str, tuple[Sequence[str], Iterable[Sequence[object]]]]:
        inventory, matchings = self._inventory, self._matchings
        rules = self.pages.words.accounted.rules
        factors, claims = rules.factors, self.claims
        judged = judged_claims(claims.all, rules, claims.generated_wh, inventory.open_items)
        items = sorted((*inventory.open_items, *self.waiting, *self._certified))
        unknown = [row for one in self.parts for row in unknown_rows(one.inventory.consumption)]
        scores = [row for found in matchings for row in period_rows(found)]
        unmatched = [row for found in matchings for row in unmatched_rows(found)]
        return {
            "totals.csv": (TOTALS, [*total_rows(inventory.totals)]),
            "factors_used.csv": (FACTORS, [*factor_rows(inventory.factors, factors)]),
            "origins_by_hour.csv": (ORIGINS, [*origin_rows(inventory.by_hour)]),
            "indicators.csv": (COLUMNS, [*self._indicators()]),
            "matching_by_period.csv": (PERIODS, scores),
            "unmatched_hours.csv": (UNMATCHED, unmatched),
            "unknown_consumption.csv": (UNKNOWN, unknown),
            "open_items.csv": (OPEN_ITEMS, [*map(open_item_row, items)]),
            "open_items_by_enterprise.csv": (OWN_ITEMS, [*own_item_rows(inventory.own_items)]),
            QUALITY: (VERDICTS, [*quality_rows(judged)]),
            "costs.csv": (COSTS, []),  # ListCosts tells them
            CHAIN: ((*CHAIN_COLUMNS, "postings"), [*self._chain()]),
        }

    @cached_property
    def _matchings(self) -> list[list[Matched]]:
        """The matching of each month with own green power alone; none where certificates are."""
        if any(one.is_covered for one in self.parts):
            return []
        return [matched(one.inventory.consumption, {}, self.zone) for one in self.parts]

    @property
    def _certified(self) -> list[OpenItem]:
        covered = any(one.is_covered for one in self.parts)
        return [OpenItem(Kind.NOT_COVERED, "matching", CERTIFIED, ASK)] if covered else []

    def _indicators(self) -> Iterator[Sequence[object]]:
        for one in self.parts:
            for shown in self.pages.shown_of(PeriodKind.MONTH, [one]):
                yield indicator_row(str(one.month), shown)
        last = self.parts[-1].month
        for shown in self.pages.shown_of(PeriodKind.YEAR_TO_DATE, self.parts):
            yield indicator_row(f"{last.year:04d} to {last}", shown)

    def _chain(self) -> Iterator[Sequence[object]]:
        for ledger, month, postings, link in self.heads:
            yield ledger.key, month, "", self.entries.get((ledger, month), 0), "", link, postings


async def live_books(connection: Connection, pages: Pages, month: Month) -> LiveBooks:
    """Return the books of a month's year up to it; the month is added up."""
    standing, park_id = pages.standing, pages.words.accounted.site.id
    parts = [one for one in standing.of_year(month.year) if one.month <= month]
    names = [str(one.month) for one in parts]
    rows = await (await connection.execute(HEADS, (park_id, names))).fetchall()
    heads = [(Ledger(ledger), name, place, link.hex()) for ledger, name, place, link in rows]
    ((newest,),) = await (await connection.execute(NEWEST, (park_id, names))).fetchall()
    known_at = newest or parts[-1].span.end
    counted = await (await connection.execute(ENTRIES, (park_id, names))).fetchall()
    entries = {(Ledger(ledger), name): count for ledger, name, count in counted}
    pending = await (await connection.execute(PENDING, (park_id, names))).fetchall()
    waiting = [OpenItem(Kind.UNFINISHED, name, WAITS + why, DECIDE) for name, why in pending]
    restated = await restatements_of(connection, park_id, names)
    months = await periods_of(connection, park_id)
    closings = tuple(_closing(one.month, one.closed) for one in months if one.closed)
    whole = _whole_second(known_at)
    claims = await claims_of(connection, pages.words.accounted.site)
    return LiveBooks(pages, parts, heads, entries, whole, closings, waiting, restated, claims)


def _whole_second(moment: datetime) -> datetime:
    """Return it in UTC up to the next whole second: what was known then is in it."""
    rest = timedelta(microseconds=-moment.microsecond % 1_000_000)
    return moment.astimezone(UTC) + rest


def _closing(month: str, closed: ClosedAs) -> Closing:
    heads = tuple(ClosedHead(head.ledger, head.links, head.link.hex()) for head in closed.heads)
    at = closed.at.astimezone(UTC)
    return Closing(Month.read(month), at, closed.by, closed.because, heads)


def _cell(value: object) -> str:
    return "" if value is None else str(value)
