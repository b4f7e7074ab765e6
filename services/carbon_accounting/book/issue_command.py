"""The command `issue`: GEC of what own plants made, month by month, as rows of certificates."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from services.carbon_accounting.book.facilities_file import Row, read_facilities
from services.carbon_accounting.book.inputs import Inputs, Refused, read_inputs
from services.carbon_accounting.book.own_output import over_inputs
from services.carbon_accounting.book.reading_all import read_or_told
from services.carbon_accounting.book.site_file import load_site
from services.carbon_accounting.domain.certificates import refusal
from services.carbon_accounting.domain.factoring.exact import BeyondInt64
from services.carbon_accounting.domain.inventory.booking import Booking
from services.carbon_accounting.domain.inventory.gec_months import (
    Issued,
    Metered,
    issued,
    months_between,
)
from services.carbon_accounting.domain.inventory.traced_site import opening_of
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.input_files.certificate_cells import FIRST_YEAR, LAST_YEAR
from services.carbon_accounting.input_files.certificate_rows import certificates_csv
from services.carbon_accounting.input_files.facility_rows import rows_of
from services.carbon_accounting.input_files.mistakes import BadFiles

WH_PER_KWH = 1000
HEAD = ("facility", "month", "generated", "carried in", "GEC", "carried out", "title", "id")
ROW = "{:<{width}}  {:<7} {:>14} {:>10} {:>6} {:>11}  {:<12}  {}"
EPILOG = """exit codes:
  0  every month of every facility is issued
  1  a month is not known: it and later ones of its facility are not issued, and named
  2  refused: every mistake is told

docs/carbon-issuing.md says what the files hold."""


def main(arguments: list[str]) -> int:
    """Run the command; see EPILOG for what it returns."""
    asked = _parser().parse_args(arguments)
    try:
        inputs, rows = _read(asked)
        months = _months(asked, inputs)
        found = _issued(asked, inputs, rows, months)
        _write(asked.out, found)
    except (BadFiles, BeyondInt64) as refused:
        sys.stderr.write(f"{refused}\nrefused\n")
        return 2
    sys.stdout.writelines(f"{line}\n" for line in _lines(inputs.site.id, found))
    return 1 if any(one.gap for one in found) else 0


def _read(asked: argparse.Namespace) -> tuple[Inputs, list[Row]]:
    """Return what the arguments name; Refused with the mistakes of all files."""
    told = [*over_inputs(asked)]
    inputs = read_or_told(lambda: read_inputs(asked), told)
    site = read_or_told(lambda: load_site(asked.park), [])
    if site is None:
        raise Refused(told)
    rows = read_or_told(lambda: read_facilities(asked.facilities, site), told)
    if inputs is None or rows is None or told:
        raise Refused(told)
    return inputs, rows


def _months(asked: argparse.Namespace, inputs: Inputs) -> list[Month]:
    """Return the local months asked for: without a word all that the readings touch."""
    data, zone = inputs.data, inputs.site.time_zone
    first = asked.first or Month.of(data.begins, zone)
    last = asked.last or Month.of(data.ends - data.step, zone)
    if last < first:
        raise Refused([f"--from {first} is after --to {last}: give months in order"])
    months = months_between(first, last)
    _check_borders(months, inputs)
    return months


def _check_borders(months: Sequence[Month], inputs: Inputs) -> None:
    """Refuse months that begin or end within an interval: nobody counted what is theirs of it."""
    step, zone = inputs.data.step, inputs.site.time_zone
    for border in (month.start(zone) for month in (*months, months[-1].plus(1))):
        if (border - inputs.data.begins) % step:
            what = f"months of {zone} meet at {border.isoformat()}, within an interval of {step}"
            raise Refused([f"{what}: give readings of an interval that fits"])


def _issued(
    asked: argparse.Namespace, inputs: Inputs, rows: Sequence[Row], months: Sequence[Month]
) -> list[Issued]:
    """Return what each facility is issued; Refused with everything that the rules refuse."""
    metered = _metered(inputs, rows)
    found = [issued(row.registered, metered, months, asked.issued_at) for row in rows]
    refused = dict.fromkeys(one.text for one in found if isinstance(one, refusal.Refused))
    if refused:
        raise Refused([*refused])
    return [one for one in found if isinstance(one, Issued)]


def _metered(inputs: Inputs, rows: Sequence[Row]) -> Metered:
    site, data = inputs.site, inputs.data
    _, made = Booking(site, data, inputs.rules, (), opening_of(site)).metered()
    off_takes = {row.registered.off_take for row in rows if row.registered.off_take}
    return Metered(made, data.of(sorted(off_takes)), data.step, site.time_zone)


def _write(out: Path | None, found: Sequence[Issued]) -> None:
    """Write the rows; Refused where that cannot be."""
    if out is None:
        return
    try:
        out.write_text(certificates_csv(rows_of(found)), "utf-8")
    except OSError as error:
        raise Refused([f"--out {out.name}: {error.strerror}: check the path"]) from None


def _lines(park: str, found: Sequence[Issued]) -> Iterator[str]:
    yield f"{park}: GEC by facility and month, energies in kWh"
    width = max(len(name) for name in (HEAD[0], *(one.name for one in found)))
    for row in (HEAD, *(row for one in found for row in _rows(one))):
        yield ROW.format(*row, width=width).rstrip()
    for one in found:
        if one.gap is not None:
            yield f"{one.name} {one.gap.month}: {one.gap.text}"
    for one in found:
        yield f"{one.name}: {_kwh(one.gec.carry_wh)} kWh left to carry{_after(one)}"


def _rows(one: Issued) -> Iterator[tuple[str, ...]]:
    for month in one.gec.months:
        made = (_kwh(month.generated_wh), _kwh(month.carried_in_wh))
        brought = (str(month.count), _kwh(month.carried_out_wh), str(one.gec.title))
        certificate = month.certificate.id if month.certificate else ""
        yield one.name, str(month.month), *made, *brought, certificate


def _after(one: Issued) -> str:
    return f" after {one.gec.months[-1].month}" if one.gec.months else ", as before"


def _kwh(wh: int) -> str:
    return f"{Decimal(wh) / WH_PER_KWH:,f}"


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.min  # noqa: DTZ901 - without an offset, refused below
    if moment.tzinfo is None:
        cure = "is no time with an offset, as 2025-06-15T00:00+08:00"
        raise argparse.ArgumentTypeError(f"{text!r} {cure}")
    _check_year(text, moment.year)
    return moment.astimezone(UTC)


def _month(text: str) -> Month:
    try:
        month = Month.read(text)
    except ValueError as mistake:
        raise argparse.ArgumentTypeError(str(mistake)) from None
    _check_year(text, month.year)
    return month


def _check_year(text: str, year: int) -> None:
    """Raise ArgumentTypeError for a year beyond those of certificates; others fit any zone."""
    if not FIRST_YEAR < year < LAST_YEAR:
        cure = f"must be of a year after {FIRST_YEAR} and before {LAST_YEAR}"
        raise argparse.ArgumentTypeError(f"{text!r} {cure}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.carbon_accounting issue",
        description="Issue GEC of what own plants made, month by month, the remainder carried.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    file: dict[str, Any] = {"type": Path, "metavar": "FILE"}
    month: dict[str, Any] = {"type": _month, "metavar": "MONTH"}
    parser.add_argument("--park", required=True, help="the park file (YAML)", **file)
    parser.add_argument("--readings", required=True, help="what meters counted", **file)
    parser.add_argument("--facilities", required=True, help="to what GEC are issued (CSV)", **file)
    parser.add_argument("--from", dest="first", help="the first month; without, the first", **month)
    parser.add_argument("--to", dest="last", help="the last month; without, the last", **month)
    at = "when they are issued; without, each month as it ends"
    parser.add_argument("--issued-at", type=_moment, metavar="TIME", help=at)
    parser.add_argument("--out", help="rows for book --certificates (CSV)", **file)
    parser.set_defaults(factors=[], production=None, certificates=None)
    return parser
