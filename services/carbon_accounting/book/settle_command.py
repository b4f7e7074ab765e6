"""The command `settle`: what green-power contracts came to by month, and their certificates."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from services.carbon_accounting.book.agreed_hours import agreed_by_hour
from services.carbon_accounting.book.contracts_file import Contracted, read_contracts
from services.carbon_accounting.book.hourly_file import HourlyFile, read_hourly
from services.carbon_accounting.book.inputs import Inputs, Refused, read_inputs
from services.carbon_accounting.book.matching import evidence_of
from services.carbon_accounting.book.own_output import over_inputs
from services.carbon_accounting.book.reading_all import read_or_told
from services.carbon_accounting.book.settlement_table import settlement_lines, write_settlement
from services.carbon_accounting.book.site_file import load_site
from services.carbon_accounting.domain.certificates.claims import Evidence
from services.carbon_accounting.domain.factoring.exact import BeyondInt64
from services.carbon_accounting.domain.inventory.booking import Booking
from services.carbon_accounting.domain.inventory.contract_settling import (
    Metering,
    OnTheBooks,
    Settlement,
    settle,
)
from services.carbon_accounting.domain.inventory.contract_sources import Sources, usual_use
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.domain.inventory.traced_site import opening_of
from services.carbon_accounting.domain.matching.periods import Granularity, Periods
from services.carbon_accounting.input_files.certificate_import import held
from services.carbon_accounting.input_files.certificate_parts import books_of
from services.carbon_accounting.input_files.mistakes import BadFiles, Mistake
from services.energy.time_grid import to_microseconds

WRITTEN = ("settlement.csv", "certificates.csv", "unknown_hours.csv")
EPILOG = """exit codes:
  0  settled
  1  settled, but for hours of which generation or consumption is not known; they are named
  2  refused: every mistake is told

docs/carbon-contracts.md says what the files hold."""


def main(arguments: list[str]) -> int:
    """Run the command; see EPILOG for what it returns."""
    asked = _parser().parse_args(arguments)
    try:
        site, found = _settled(asked)
        if asked.out is not None:
            write_settlement(asked.out, found)
    except (BadFiles, BeyondInt64) as refused:
        sys.stderr.write(f"{refused}\nrefused\n")
        return 2
    sys.stdout.writelines(f"{line}\n" for line in settlement_lines(site, found))
    return 1 if found.dark else 0


def _settled(asked: argparse.Namespace) -> tuple[Site, Settlement]:
    inputs, contracted, profiles, told = _read(asked)
    site, data = inputs.site, inputs.data
    span = to_microseconds(data.begins), to_microseconds(data.ends)
    hours = Periods.over(Granularity.HOURLY, *span, site.time_zone)
    booking = Booking(site, data, inputs.rules, site.ledgers, opening_of(site))
    consumption, generation = booking.metered()
    step_us = round(data.step.total_seconds() * 1_000_000)
    by_device = {name: told.of(name, hours) for name in told.by_name}
    sources = Sources(site, generation, step_us, hours, by_device)
    _look_up(asked.contracts.name, contracted, sources)
    agreements = agreed_by_hour(asked.contracts.name, contracted, profiles, hours)
    evidence = evidence_of(data, consumption, generation, site.time_zone)
    metering = Metering(hours, site.time_zone, sources.found, consumption)
    found = settle(agreements, metering, _on_the_books(inputs, evidence))
    if not isinstance(found, Settlement):
        raise Refused([f"{asked.contracts.name}: {one.text}" for one in found])
    return site, found


def _look_up(file: str, contracted: Sequence[Contracted], sources: Sources) -> None:
    """Find where each contract's generation is metered; BadFiles with all that is nowhere."""
    mistakes = [
        Mistake(file, one.line, name, repr(value), cure)
        for one in contracted
        for name, value, cure in sources.look_up(one.terms)
    ]
    if mistakes:
        raise BadFiles(mistakes)


def _on_the_books(inputs: Inputs, evidence: Evidence) -> OnTheBooks:
    """Return what --certificates holds; Refused with every claim that does not hold."""
    if inputs.certificates is None:
        return OnTheBooks()
    found = held(inputs.certificates, evidence)
    if found.mistakes:
        raise Refused([str(mistake) for mistake in found.mistakes])
    standings = inputs.certificates.standings.values()
    return OnTheBooks([one.certificate for one in standings], found.claims)


def _read(asked: argparse.Namespace) -> tuple[Inputs, list[Contracted], HourlyFile, HourlyFile]:
    """Return what the arguments name; Refused with the mistakes of all files."""
    told = [*over_inputs(asked, *WRITTEN)]
    inputs = read_or_told(lambda: read_inputs(asked), told)
    site = read_or_told(lambda: load_site(asked.park), [])
    if site is None:
        raise Refused(told)
    profiles = read_or_told(lambda: read_hourly(asked.profiles, site.time_zone), told)
    generation = read_or_told(lambda: read_hourly(asked.generation, site.time_zone), told)
    contracted = None
    if profiles is not None:
        contracted = read_or_told(lambda: _contracts(asked.contracts, site, profiles), told)
    if asked.out is not None and asked.out.exists() and not asked.out.is_dir():
        told.append(f"--out {asked.out.name} is a file: name a folder")
    if inputs is None or profiles is None or generation is None or contracted is None or told:
        raise Refused(told)
    return inputs, contracted, profiles, generation


def _contracts(path: Path, site: Site, profiles: HourlyFile) -> list[Contracted]:
    return read_contracts(path, books_of(site), profiles, lambda one: usual_use(site, one))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.carbon_accounting settle",
        description="Settle green-power contracts against what was metered.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    file: dict[str, Any] = {"type": Path, "metavar": "FILE"}
    parser.add_argument("--park", required=True, help="the park file (YAML)", **file)
    parser.add_argument("--readings", required=True, help="what meters counted", **file)
    parser.add_argument("--contracts", required=True, help="what was agreed (CSV)", **file)
    parser.add_argument("--profiles", help="agreed energy, kWh by time (CSV, Parquet)", **file)
    generation = "what devices made that others meter, kWh by time (CSV, Parquet)"
    parser.add_argument("--generation", help=generation, **file)
    parser.add_argument("--certificates", help="what is held and claimed already (CSV)", **file)
    out = "where to write settlement.csv, certificates.csv and unknown_hours.csv"
    parser.add_argument("--out", type=Path, metavar="DIR", help=out)
    parser.set_defaults(factors=[], production=None)
    return parser
