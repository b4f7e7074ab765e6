"""Lines of the totals, the factors they were made with, and hours of origins, for reports."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from services.carbon_accounting.book.report_tables import LINE
from services.carbon_accounting.book.written_books import Row
from services.carbon_accounting.domain.activities.line import Category
from services.carbon_accounting.domain.inventory.incompleteness import NO_FACTORS, NO_READINGS
from services.carbon_accounting.domain.inventory.open_items import Kind, tells_lack
from services.carbon_accounting.domain.inventory.own_items import tells_untraced
from services.carbon_accounting.domain.inventory.site import PARK
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.domain.reporting.activity_names import activity_name, origin_name
from services.carbon_accounting.domain.reporting.cells import NOT_STATED, Name, Reasons, together
from services.carbon_accounting.domain.reporting.doubts import BETWEEN, reasons_of
from services.carbon_accounting.domain.reporting.records import (
    BookedLine,
    FactorUsed,
    OriginFlow,
    Scope,
)
from services.energy.site import Text

LEDGERS = {ledger.key: ledger for ledger in Ledger}
BESIDE = {Category.BIOGENIC.value: Scope.OUTSIDE, Category.CAPTURE.value: Scope.CAPTURED}
CERTIFIED = Text("as the certificate conveys", "按证书所载")
MOMENT = timedelta(microseconds=1)
Line = tuple[str, ...]


def owner_of(enterprise: str) -> str | None:
    """Return the enterprise, None for what is the park's own."""
    return None if enterprise == PARK else enterprise


def booked_lines(
    totals: Iterable[Row], factors: Iterable[Row], open_items: Iterable[Row], zone: ZoneInfo
) -> Iterator[BookedLine]:
    """Yield the lines of the totals, exact, each with its factors.

    Where the open items say that a ledger lacks a factor, all its lines are marked, and so are all
    of a month in which electricity is unknown: a sum of them is less than what was emitted.
    """
    items = [*open_items]
    dark = {month for item in items for month in _unknown_in(item, zone)}
    made_with: dict[Line, dict[str, None]] = defaultdict(dict)
    for row in factors:
        made_with[_place(row)][f"{row['factor']} v{row['version']}"] = None
    for row in totals:
        ledger = LEDGERS[row["ledger"]]
        lacks = any(tells_lack(item["kind"], item["what"], ledger) for item in items)
        doubts: Reasons = (NO_FACTORS,) if lacks else ()
        doubts += (NO_READINGS,) if Month.read(row["month"]) in dark else ()
        yield _line(row, tuple(made_with[_place(row)]), doubts)


def _unknown_in(item: Row, zone: ZoneInfo) -> Iterator[Month]:
    """Yield the local months in which an item says that electricity is unknown."""
    if item["kind"] == Kind.UNKNOWN_READING and tells_untraced(item["what"]):
        first, end = (
            datetime.fromisoformat(item[name]).astimezone(zone) for name in ("start", "end")
        )
        last = end - MOMENT
        month = Month(first.year, first.month)
        while month <= Month(last.year, last.month):
            yield month
            month = month.plus(1)


def _line(row: Row, factors: tuple[str, ...], doubts: Reasons) -> BookedLine:
    category = row["category"]
    return BookedLine(
        ledger=LEDGERS[row["ledger"]],
        scope=_scope(row["scope"], category),
        activity=activity_name(category, row["activity"], row["carrier"], row["origin"]),
        enterprise=owner_of(row["enterprise"]),
        month=Month.read(row["month"]),
        amount=int(row["amount"]),
        unit=row["unit"],
        nanograms=int(row["emissions_g"].replace(".", "")),
        factors=factors,
        unverified=(*doubts, *reasons_of(row["unverified"])),
    )


def _scope(scope: str, category: str) -> Scope:
    return BESIDE[category] if category in BESIDE else Scope(int(scope.partition(".")[0]))


def factors_used(rows: Iterable[Row]) -> list[FactorUsed]:
    """Return each factor once; several that made one number together stand in one row."""
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        key = (row["ledger"], row["factors"], row["unit"], row["ng_per_unit"])
        groups[key].append(row)
    return [_factor(some) for some in groups.values()]


def _factor(rows: list[Row]) -> FactorUsed:
    first = rows[0]
    names = dict.fromkeys(row["factor"] for row in rows)
    return FactorUsed(
        ledger=LEDGERS[first["ledger"]],
        id=first["factor"] if len(names) == 1 else first["factors"].replace(BETWEEN, " × "),
        version=int(first["version"]),
        ng_per_unit=int(first["ng_per_unit"]),
        unit=first["unit"],
        valid=_said(row["valid"] for row in rows),
        source=_said((row["source"] for row in rows), CERTIFIED),
        trust=_said(row["trust"] for row in rows),
        unverified=together(reasons_of(row["unverified"]) for row in rows),
    )


def _said(words: Iterable[str], otherwise: Name = NOT_STATED.word) -> Name:
    return " / ".join(dict.fromkeys(word for word in words if word)) or otherwise


def origin_flows(rows: Iterable[Row]) -> Iterator[OriginFlow]:
    """Yield electricity consumed by origin and hour of the local day."""
    for row in rows:
        yield OriginFlow(
            origin=origin_name(row["origin"]),
            enterprise=owner_of(row["enterprise"]),
            month=Month.read(row["month"]),
            hour=int(row["hour"]),
            energy_wh=int(row["energy_wh"]),
        )


def _place(row: Row) -> Line:
    return tuple(row[name] for name in LINE)
