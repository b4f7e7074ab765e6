"""A stretch of quarters, booked: its entries by block, and what the stores hold at its end."""

from dataclasses import dataclass

from services.carbon_accounting.domain.inventory.booking import Booking, Claimed
from services.carbon_accounting.domain.inventory.clipping import clipped_all
from services.carbon_accounting.domain.inventory.entries import Block
from services.carbon_accounting.domain.inventory.readings import ActivityData
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.live.word_table import WordTable
from services.carbon_accounting.domain.tracing.pools import Pools
from services.carbon_accounting.live.activity import RegisterQuarters, activity_of
from services.carbon_accounting.live.inventories import Accounted
from services.energy.time_grid import QUARTER, Interval, from_microseconds


@dataclass(frozen=True, slots=True, eq=False)
class BookedStretch:
    """What was booked of a stretch."""

    blocks: tuple[Block, ...]
    closing: Pools


def booked_stretch(
    accounted: Accounted, table: WordTable, opening: Pools, coverage: dict[Ledger, Claimed]
) -> BookedStretch:
    """Return every entry of the quarters of a table, none of which leaves its local month."""
    site, data = accounted.site, activity_from(table, accounted.registers)
    booking = Booking(site, data, accounted.rules, site.ledgers, opening)
    if coverage:
        booking.claimed = clipped_all(coverage, booking.consumption()).claimed
    blocks = tuple(block for month in booking.months() for block in month.blocks)
    return BookedStretch(blocks, booking.inventory.closing)


def activity_from(table: WordTable, meters: tuple[str, ...]) -> ActivityData:
    """Return the words of a table as activity data."""
    energy, known, measured = table.energy_wh, table.known, table.measured
    registers = (
        RegisterQuarters(point, table.starts_us, energy[row], known[row], measured[row])
        for row, point in enumerate(table.points)
    )
    first, last = (from_microseconds(int(table.starts_us[at])) for at in (0, -1))
    return activity_of(registers, meters, Interval(first, last + QUARTER))
