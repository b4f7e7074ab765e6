"""The command `allocate`: which discharge of a store comes out of which charge, from files."""

import argparse
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from services.carbon_accounting.book.inputs import Refused
from services.carbon_accounting.book.own_output import over_inputs
from services.carbon_accounting.book.reading_all import read_or_told
from services.carbon_accounting.book.readings_file import read_readings
from services.carbon_accounting.book.shares import share_of
from services.carbon_accounting.book.site_file import load_site
from services.carbon_accounting.book.storage_file import StorageFile, read_storage
from services.carbon_accounting.domain.certificates.certificate import Certificate
from services.carbon_accounting.domain.certificates.charge_records import Bundles, claimed_elsewise
from services.carbon_accounting.domain.certificates.metered_storage import StoreMeters
from services.carbon_accounting.domain.certificates.storage_issuing import (
    Declared,
    Discharged,
    discharged,
)
from services.carbon_accounting.domain.certificates.store_pairs import Covered, Left, Pair
from services.carbon_accounting.domain.certificates.stored import Allocation
from services.carbon_accounting.domain.certificates.untold import Untold
from services.carbon_accounting.domain.factoring.exact import BeyondInt64
from services.carbon_accounting.domain.factoring.store import FactorStore
from services.carbon_accounting.domain.inventory.booking import Booking
from services.carbon_accounting.domain.inventory.rules import Rules
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.domain.inventory.store_names import beyond_stores, by_store
from services.carbon_accounting.domain.inventory.traced_site import opening_of
from services.carbon_accounting.input_files.certificate_import import (
    CertificateFile,
    read_certificates,
)
from services.carbon_accounting.input_files.certificate_parts import books_of
from services.carbon_accounting.input_files.certificate_rows import (
    CertificateRow,
    cells_of,
    certificates_csv,
)
from services.carbon_accounting.input_files.mistakes import BadFiles

ANY_ZONE = ZoneInfo("UTC")
"""Of a park whose own file cannot be read: what is wrong with the others is told all the same."""
ROW = "{:<12} {:<12} {:<12} {:>10} {:>13} {:>8} {:>10}"
TITLES = ("discharge", "charge", "out of", "charged Wh", "discharged Wh", "lost Wh", "kg per kWh")
EPILOG = """exit codes:
  0  allocated; what gets no certificate is told
  2  refused: every mistake is told

docs/carbon-storage.md says what the files hold."""


def main(arguments: list[str]) -> int:
    """Run the command; see EPILOG for what it returns."""
    asked = _parser().parse_args(arguments)
    try:
        found = _allocated(asked)
        _write(asked.out, found)
    except (BadFiles, BeyondInt64) as refused:
        sys.stderr.write(f"{refused}\nrefused\n")
        return 2
    sys.stdout.writelines(f"{line}\n" for line in _lines(asked, found))
    return 0


def _write(out: Path | None, found: Discharged) -> None:
    """Write the certificates as rows; Refused where they cannot be."""
    if out is None:
        return
    try:
        out.write_text(certificates_csv(map(CertificateRow, found.certificates)), "utf-8")
    except OSError as error:
        raise Refused([f"{out}: {error.strerror}: check the path"]) from None


def _allocated(asked: argparse.Namespace) -> Discharged:
    """Return what the files say; BadFiles with the mistakes of all of them."""
    told = [*over_inputs(asked)]
    site = read_or_told(lambda: load_site(asked.park), told)
    zone = ANY_ZONE if site is None else site.time_zone
    records = read_or_told(lambda: read_storage(asked.storage, zone), told)
    if site is None:
        raise Refused([*told, *_missing(asked.certificates, asked.readings)])
    told += [] if records is None else _too_efficient(asked.efficiency, site, records)
    certificates = read_or_told(lambda: _certificates(asked.certificates, site), told)
    meters = read_or_told(lambda: _meters(asked.readings, site), told)
    if records is None or certificates is None or meters is None or told:
        raise Refused(told)
    bundles = _bundles(certificates, records)
    declared = Declared(Fraction(asked.efficiency), asked.allocation)
    charges, discharges = by_store(site, records.charges), by_store(site, records.discharges)
    found = discharged(charges, discharges, bundles, meters, declared)
    if not isinstance(found, Discharged):
        raise BadFiles(records.told(found))
    return found


def _too_efficient(efficiency: str, site: Site, records: StorageFile) -> list[str]:
    names = {*(one.store for one in records.charges), *(one.store for one in records.discharges)}
    found = beyond_stores(site, names, Fraction(efficiency))
    says = "gives back {} by the park file; declare no more"
    more = ((one.id, says.format(one.round_trip_efficiency)) for one in found)
    return [f"--efficiency {efficiency}: {store} {why}" for store, why in more]


def _missing(*files: Path | None) -> Iterator[str]:
    """Yield what is missing of files that cannot be read without the park's."""
    for path in files:
        if path is not None and not path.exists():
            yield f"{path.name}: No such file or directory: check the path"


def _certificates(path: Path, site: Site) -> CertificateFile:
    try:
        found = read_certificates(path, books_of(site))
    except OSError as error:
        raise Refused([f"{path.name}: {error.strerror}: check the path"]) from None
    if found.mistakes:
        raise BadFiles(found.mistakes)
    return found


def _meters(path: Path | None, site: Site) -> StoreMeters:
    """Return what meters of stores counted; without readings no record is held against one."""
    if path is None:
        return StoreMeters()
    rules = Rules(FactorStore(()), site.choices.region, site.time_zone)
    _, made = Booking(site, read_readings(path, site), rules, (), opening_of(site)).metered()
    return StoreMeters(made.stores.charged_wh, made.stores.discharged_wh)


def _bundles(file: CertificateFile, records: StorageFile) -> Bundles:
    ours = {one.id for one in records.discharges}
    return Bundles(file.standings, claimed_elsewise(file.claims, ours))


def _lines(asked: argparse.Namespace, found: Discharged) -> Iterator[str]:
    discharges = found.allocated.discharges
    covered_wh = sum(one.covered_wh for one in discharges)
    uncovered_wh = sum(one.uncovered_wh for one in discharges)
    got = f"{covered_wh} Wh discharged get {len(found.certificates)} certificates"
    yield f"{asked.allocation}, efficiency {asked.efficiency}: {got}, {uncovered_wh} Wh get none"
    yield ROW.format(*TITLES).rstrip()
    for pair, certificate in zip(found.allocated.pairs, found.certificates, strict=True):
        yield _pair(pair, certificate)
    yield from (_uncovered(one) for one in discharges if one.uncovered_wh)
    yield from (_left(one) for one in found.allocated.left if one.left_wh)
    yield from (_untold(one) for one in found.untold if one.untold_wh != 0)


def _pair(pair: Pair, certificate: Certificate) -> str:
    amounts = pair.charged_wh, pair.discharge_wh, pair.loss_wh
    rate = cells_of(CertificateRow(certificate))["emission_kg_per_kwh"] or "unknown"
    names = pair.discharge.id, pair.charge.id, pair.charge.certificate_id
    return ROW.format(*names, *amounts, rate)


def _uncovered(one: Covered) -> str:
    named_wh = sum(pair.discharge_wh for pair in one.pairs if not pair.is_certified)
    got = f"{one.uncovered_wh} of {one.discharge.discharge_wh} Wh get no certificate"
    return f"{one.discharge.id}: {got}, {named_wh} Wh of them out of charges without one"


def _left(one: Left) -> str:
    held = f"{one.left_wh} of {one.charge.charge_wh} Wh are left"
    return f"{one.charge.id}: {held}, of which {one.gives_wh} Wh can come out"


def _untold(one: Untold) -> str:
    if one.untold_wh is None:
        return f"{one.store}: held against no meter"
    span = f"{one.span.start.isoformat()} to {one.span.end.isoformat()}"
    return f"{one.store}: {one.untold_wh} Wh charged {span} are not told; nothing draws from them"


def _efficiency(text: str) -> str:
    """Return a share as it was written: above 0, at most 1."""
    if share_of(text) is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no share above 0 and at most 1, as 0.9")
    return text


def _method(text: str) -> Allocation:
    try:
        return Allocation(text)
    except ValueError:
        known = ", ".join(Allocation)
        raise argparse.ArgumentTypeError(f"{text!r} is none of {known}") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.carbon_accounting allocate",
        description="Say which discharge of a store comes out of which charge, and certify it.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    file: dict[str, Any] = {"type": Path, "metavar": "FILE"}
    parser.add_argument("--park", required=True, help="the park file (YAML)", **file)
    parser.add_argument("--certificates", required=True, help="what was charged (CSV)", **file)
    parser.add_argument("--storage", required=True, help="charges and discharges (CSV)", **file)
    how = f"{', '.join(Allocation)}, as declared"
    parser.add_argument("--allocation", required=True, type=_method, metavar="HOW", help=how)
    share = "what comes out of what is put in, above 0 and at most 1"
    parser.add_argument("--efficiency", required=True, type=_efficiency, help=share)
    parser.add_argument("--readings", help="what meters of stores counted", **file)
    parser.add_argument("--out", help="the certificates of what was discharged (CSV)", **file)
    return parser
