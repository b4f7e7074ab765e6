"""A settlement as lines for people and as files: by month, its certificates, what is not known."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from services.carbon_accounting.book.tables import utc, write_table
from services.carbon_accounting.domain.certificates.gec import GEC_WH
from services.carbon_accounting.domain.certificates.settled_months import (
    SUMMED,
    MonthOfContract,
    totals,
)
from services.carbon_accounting.domain.inventory.contract_settling import (
    Dark,
    Delivered,
    Settlement,
)
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.input_files.settled_rows import settled_csv
from services.energy.time_grid import Interval

COLUMNS = ("contract", "month", *SUMMED)
UNKNOWN = ("contract", "what", "start", "end")
SHOWN = (
    *("agreed", "generated", "attributes", "shortfall", "unsettled"),
    *("consumed", "used", "unused", "payable"),
)
ROW = "{:<16} {:<8}" + " {:>10}" * len(SHOWN) + " {:>12}"
MOST_SPANS = 3
HOUR = timedelta(hours=1)


def settlement_lines(site: Site, found: Settlement) -> Iterator[str]:
    """Yield the table in MWh, what is not known, and what certificates come of it."""
    yield f"{site.id}: green-power contracts, MWh; cost in {site.currency}"
    yield ROW.format("contract", "month", *SHOWN, "cost")
    for line in (*found.months, *totals(found.months)):
        yield _row(line)
    yield from _unknown(found)
    yield _certificates(found.certificates)


def _row(line: MonthOfContract) -> str:
    shown = (_mwh(getattr(line, f"{name}_wh")) for name in SHOWN)
    return ROW.format(line.contract, line.month, *shown, f"{line.cost:,.2f}")


def _unknown(found: Settlement) -> Iterator[str]:
    spans: dict[tuple[str, str], list[Interval]] = defaultdict(list)
    for dark in found.dark:
        spans[dark.contract, dark.what].append(dark.span)
    for (contract, what), some in spans.items():
        hours = sum(one.duration / HOUR for one in some)
        named = ", ".join(f"{utc(one.start)} to {utc(one.end)}" for one in some[:MOST_SPANS])
        more = f" and {len(some) - MOST_SPANS} more spans" if len(some) > MOST_SPANS else ""
        yield f"{contract}: {what} is not known in {hours:.0f} h: {named}{more}"


def _certificates(found: Sequence[Delivered]) -> str:
    all_wh = sum(one.of_hour.certificate.quantity_wh for one in found)
    claimed_wh = sum(one.claimed_wh or 0 for one in found)
    return f"{len(found)} hourly certificates of {_mwh(all_wh)} MWh, {_mwh(claimed_wh)} claimed"


def _mwh(wh: int) -> str:
    return f"{Decimal(wh) / GEC_WH:,.3f}"


def write_settlement(folder: Path, found: Settlement) -> None:
    """Write the months, the certificates for `--certificates`, and the hours that are unknown."""
    folder.mkdir(parents=True, exist_ok=True)
    months = ([_exact(getattr(line, name)) for name in COLUMNS] for line in found.months)
    write_table(folder / "settlement.csv", COLUMNS, months)
    write_table(folder / "unknown_hours.csv", UNKNOWN, map(_dark, found.dark))
    with (folder / "certificates.csv").open("w", encoding="utf-8", newline="") as file:
        file.write(settled_csv(found.certificates))


def _exact(cell: object) -> object:
    return f"{cell:f}" if isinstance(cell, Decimal) else cell


def _dark(one: Dark) -> tuple[object, ...]:
    return one.contract, one.what, utc(one.span.start), utc(one.span.end)
