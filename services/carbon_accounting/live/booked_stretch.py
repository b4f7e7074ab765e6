"""A stretch of quarters, booked: its entries by block, and what the stores hold at its end."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.inventory.booking import Booking, Claimed
from services.carbon_accounting.domain.inventory.electricity import Certificate
from services.carbon_accounting.domain.inventory.entries import Block
from services.carbon_accounting.domain.inventory.readings import ActivityData
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.live.reasons import few
from services.carbon_accounting.domain.live.word_table import WordTable
from services.carbon_accounting.domain.tracing.pools import Pools
from services.carbon_accounting.live.activity import RegisterQuarters, activity_of
from services.carbon_accounting.live.inventories import Accounted
from services.energy.time_grid import QUARTER, Interval, from_microseconds


@dataclass(frozen=True, slots=True, eq=False)
class BookedStretch:
    """What was booked of a stretch; `beyond`: by place, what certificates cover beyond use."""

    blocks: tuple[Block, ...]
    closing: Pools
    beyond: Mapping[int, str]


def booked_stretch(
    accounted: Accounted, table: WordTable, opening: Pools, coverage: dict[Ledger, Claimed]
) -> BookedStretch:
    """Return every entry of the quarters of a table, none of which leaves its local month."""
    site, data = accounted.site, activity_from(table, accounted.registers)
    booking = Booking(site, data, accounted.rules, site.ledgers, opening)
    beyond: Mapping[int, str] = {}
    if coverage:
        booking.claimed = clipped(coverage, booking)
        beyond = _beyond(coverage, booking.claimed)
    blocks = tuple(block for month in booking.months() for block in month.blocks)
    return BookedStretch(blocks, booking.inventory.closing, beyond)


def activity_from(table: WordTable, meters: tuple[str, ...]) -> ActivityData:
    """Return the words of a table as activity data."""
    energy, known, measured = table.energy_wh, table.known, table.measured
    registers = (
        RegisterQuarters(point, table.starts_us, energy[row], known[row], measured[row])
        for row, point in enumerate(table.points)
    )
    first, last = (from_microseconds(int(table.starts_us[at])) for at in (0, -1))
    return activity_of(registers, meters, Interval(first, last + QUARTER))


def clipped(coverage: dict[Ledger, Claimed], booking: Booking) -> dict[Ledger, Claimed]:
    """Return the coverage, at most what each enterprise used of the grid in each interval."""
    used = booking.consumption().by_enterprise
    return {
        ledger: {
            enterprise: _within(of_enterprise, used[enterprise].grid_wh)
            for enterprise, of_enterprise in claimed.items()
            if enterprise in used
        }
        for ledger, claimed in coverage.items()
    }


def _beyond(asked: Mapping[Ledger, Claimed], given: Mapping[Ledger, Claimed]) -> dict[int, str]:
    """Return in words what of the coverage nobody used, by place of the quarter."""
    told: dict[int, list[str]] = {}
    for ledger, claimed in asked.items():
        for enterprise, claims in claimed.items():
            taken = given[ledger].get(enterprise, {})
            for certificate, wh in claims.items():
                left = wh - taken.get(certificate, 0)
                for place in np.flatnonzero(left).tolist():
                    what = f"{left[place]} Wh of {certificate.id} for {enterprise}, {ledger.key}"
                    told.setdefault(place, []).append(what)
    return {place: few(words) for place, words in told.items()}


def _within(claims: Mapping[Certificate, Whole], grid_wh: Whole) -> dict[Certificate, Whole]:
    left: Whole = grid_wh.copy()
    found: dict[Certificate, Whole] = {}
    for certificate, wh in claims.items():
        found[certificate] = np.minimum(wh, left)
        left -= found[certificate]
    return found
