"""The command `propose`: the cheapest purchase that reaches a target hourly score, from files."""

import argparse
import sys
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from services.carbon_accounting.book.inputs import Inputs, Refused, read_inputs
from services.carbon_accounting.book.matching import accepted, evidence_of
from services.carbon_accounting.book.offers_file import (
    Offered,
    Profiles,
    read_offers,
    read_profiles,
    shaped,
)
from services.carbon_accounting.book.own_output import over_inputs
from services.carbon_accounting.book.reading_all import read_or_told
from services.carbon_accounting.book.shares import share_of
from services.carbon_accounting.book.site_file import load_site
from services.carbon_accounting.book.tables import write_table
from services.carbon_accounting.domain.certificates.claims import Evidence
from services.carbon_accounting.domain.factoring.exact import BeyondInt64
from services.carbon_accounting.domain.inventory.booking import Booking
from services.carbon_accounting.domain.inventory.certifying import Attributes, Hours, by_hour
from services.carbon_accounting.domain.inventory.purchasing import need_of, together
from services.carbon_accounting.domain.inventory.site import PARK, Site
from services.carbon_accounting.domain.inventory.traced_site import opening_of
from services.carbon_accounting.domain.matching.periods import Granularity, Periods
from services.carbon_accounting.domain.matching.purchase import (
    Need,
    Offer,
    Proposal,
    Unreachable,
    propose,
)
from services.carbon_accounting.input_files.mistakes import BadFiles
from services.energy.time_grid import to_microseconds

COLUMNS = ("name", "technology", "mwh", "cost")
ROW = "{:<24} {:<12} {:>12} {:>16}"
EPILOG = """exit codes:
  0  a purchase reaches the score
  1  all offers together do not reach it; the best score is told
  2  refused: every mistake is told

docs/carbon-certificates.md says what the files hold."""


def main(arguments: list[str]) -> int:
    """Run the command; see EPILOG for what it returns."""
    asked = _parser().parse_args(arguments)
    try:
        inputs, offered, profiles = _read(asked)
        need, offers = _need(asked, inputs), _offers(asked, inputs, offered, profiles)
    except (BadFiles, BeyondInt64) as refused:
        sys.stderr.write(f"{refused}\nrefused\n")
        return 2
    found = propose(need, offers)
    sys.stdout.writelines(f"{line}\n" for line in _lines(asked, inputs.site, need, found))
    if isinstance(found, Unreachable):
        return 1
    if asked.out is not None:
        write_table(asked.out, COLUMNS, _rows(found))
    return 0


def _read(asked: argparse.Namespace) -> tuple[Inputs, list[Offered], Profiles]:
    """Return what the arguments name; Refused with the mistakes of all files."""
    told = [*over_inputs(asked)]
    inputs = read_or_told(lambda: read_inputs(asked), told)
    site = read_or_told(lambda: load_site(asked.park), [])
    if site is None:
        raise Refused(told)
    if asked.enterprise not in {*(one.id for one in site.enterprises), PARK, None}:
        told.append(f"--enterprise {asked.enterprise} is none of the park's")
    profiles = read_or_told(lambda: read_profiles(asked.profiles, site), told)
    offered = None
    if profiles is not None:
        offered = read_or_told(lambda: read_offers(asked.offers, profiles), told)
    if inputs is None or profiles is None or offered is None or told:
        raise Refused(told)
    return inputs, offered, profiles


def _need(asked: argparse.Namespace, inputs: Inputs) -> Need:
    """Return load and cover by hour and the score wanted; Refused where nothing is consumed."""
    hours = _hours(inputs)
    mine = together(hours) if hours and asked.enterprise is None else hours.get(asked.enterprise)
    if mine is None or not mine.load_wh.sum():
        raise Refused(["no consumption is known in these readings: give those of consumers"])
    return need_of(mine, asked.target)


def _hours(inputs: Inputs) -> dict[str, Hours]:
    site = inputs.site
    booking = Booking(site, inputs.data, inputs.rules, site.ledgers, opening_of(site))
    consumption, generation = booking.metered()
    evidence = evidence_of(inputs.data, consumption, generation, site.time_zone)
    return by_hour(consumption, _attributes(inputs, evidence), site.time_zone)


def _attributes(inputs: Inputs, evidence: Evidence) -> Attributes:
    return {} if inputs.certificates is None else accepted(inputs.certificates, evidence)


def _offers(
    asked: argparse.Namespace, inputs: Inputs, offered: list[Offered], profiles: Profiles
) -> list[Offer]:
    data = inputs.data
    span = to_microseconds(data.begins), to_microseconds(data.ends)
    hours = Periods.over(Granularity.HOURLY, *span, inputs.site.time_zone)
    return shaped(asked.offers.name, offered, profiles, hours)


def _lines(
    asked: argparse.Namespace, site: Site, need: Need, found: Proposal | Unreachable
) -> Iterator[str]:
    now = _percent(need.score(np.zeros_like(need.load_wh)))
    whose = asked.enterprise or "all enterprises"
    yield f"{site.id}, {whose}: hourly score {now} now, {_percent(need.target)} wanted"
    if isinstance(found, Unreachable):
        yield found.text
        return
    yield ROW.format("offer", "technology", "MWh", f"cost {site.currency}")
    for one in found.purchases:
        yield ROW.format(one.offer.name, one.offer.technology, one.mwh, f"{one.cost:,.2f}")
    score = _percent(found.score)
    yield f"reaches {score} for {found.cost:,.2f}; no purchase costs less than {_least(found)}"


def _least(found: Proposal) -> str:
    return f"{min(Decimal(found.least_cost), found.cost):,.2f}"


def _percent(share: Fraction) -> str:
    return f"{float(100 * share):.2f} %"


def _rows(found: Proposal) -> Iterator[tuple[object, ...]]:
    for one in found.purchases:
        yield one.offer.name, one.offer.technology, one.mwh, one.cost


def _score(text: str) -> str:
    """Return a share as it was written: above 0, at most 1."""
    if share_of(text) is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no share above 0 and at most 1, as 0.9")
    return text


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.carbon_accounting propose",
        description="Propose the cheapest purchase of green power for a target hourly score.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    file: dict[str, Any] = {"type": Path, "metavar": "FILE"}
    parser.add_argument("--park", required=True, help="the park file (YAML)", **file)
    parser.add_argument("--readings", required=True, help="what meters counted", **file)
    parser.add_argument("--certificates", help="what is covered already (CSV)", **file)
    parser.add_argument("--offers", required=True, help="what is offered (CSV)", **file)
    parser.add_argument("--profiles", help="how offers are delivered, kWh by time (CSV)", **file)
    parser.add_argument("--target", required=True, type=_score, help="the score wanted, 0 to 1")
    parser.add_argument("--enterprise", metavar="E", help="for whom, by id; without, for all")
    parser.add_argument("--out", help="what to buy, as a table (CSV)", **file)
    parser.set_defaults(factors=[], production=None)
    return parser
