"""The costs of written books, for an enterprise's inventory."""

from collections.abc import Iterable, Iterator

from services.carbon_accounting.book.report_lines import owner_of
from services.carbon_accounting.book.written_books import Row
from services.carbon_accounting.domain.costing.declared import FEED_IN
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.domain.reporting.activity_names import (
    ORIGINS,
    SUBSTANCES,
    origin_name,
)
from services.carbon_accounting.domain.reporting.cells import Name
from services.carbon_accounting.domain.reporting.doubts import reasons_of
from services.carbon_accounting.domain.reporting.records import CostOf
from services.energy.site import Text

COSTS = "costs.csv"
DIRECT_LINE = "direct-line-"
EARNED = Text("fed into the grid (earned)", "上网（收益）")


def costs_of(rows: Iterable[Row]) -> Iterator[CostOf]:
    """Yield the rows of the table of costs."""
    for row in rows:
        cents = row["cost_cents"]
        yield CostOf(
            position=_name(row["position"]),
            enterprise=owner_of(row["enterprise"]),
            month=Month.read(row["month"]),
            amount=int(row["amount"]),
            unit=row["unit"],
            cents=int(cents) if cents else None,
            currency=row["currency"],
            unverified=reasons_of(row["unverified"]),
        )


def _name(position: str) -> Name:
    if position == FEED_IN:
        return EARNED
    if position in ORIGINS or position.startswith(DIRECT_LINE):
        return origin_name(position)
    return SUBSTANCES.get(position, position)
