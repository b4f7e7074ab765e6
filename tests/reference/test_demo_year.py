"""A year of the demo park: every ledger of `book` against a calculation that shares no code."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from tests.reference.carbon_reference import (
    GREEN,
    GRID_NG,
    Books,
    in_fractions,
    in_whole_wh,
    traced_books,
)
from tests.reference.covering import Covered, covered
from tests.reference.demo_year import write_year
from tests.reference.files import Paper, papers_of, park_of
from tests.support.booking import Booked, nanograms, run_with

Key = tuple[str, ...]
"""Ledger, month, enterprise, scope, activity, carrier, origin, unit."""
Line = tuple[str, str, str]
"""Month, line, kind of origin."""
KEY = ("ledger", "month", "enterprise", "scope", "activity", "carrier", "origin", "unit")
QUARTERS_OF_A_MONTH = 31 * 96


@dataclass(frozen=True)
class Year:
    """The files, what the command made of them, and what the reference did."""

    files: Path
    command: Booked
    reference: Books
    covered: Covered


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Year:
    files = tmp_path_factory.mktemp("year")
    write_year(files)
    arguments = ["--out", str(files / "books"), "--park", str(files / "park.yaml")]
    arguments += ["--readings", str(files / "readings.csv")]
    arguments += ["--certificates", str(files / "certificates.csv")]
    command = run_with(arguments, files / "books")
    assert command.code == 0, command.refused
    reference = traced_books(files, in_whole_wh)
    papers, park = papers_of(files / "certificates.csv"), park_of(files / "park.yaml")
    return Year(files, command, reference, covered(park, reference, papers))


def test_every_total_of_every_ledger_is_the_references_to_the_nanogram(year: Year) -> None:
    said = {
        tuple(row[name] for name in KEY): (int(row["amount"]), nanograms(row))
        for row in year.command.rows("totals")
    }

    papers = papers_of(year.files / "certificates.csv")
    expected = expected_totals(year.reference, papers, year.covered)

    assert said == expected
    assert len(said) > 700  # three ledgers, twelve months, five enterprises


def test_supply_and_every_line_by_origin_are_the_references_to_the_wh(year: Year) -> None:
    supply, lines = by_origin(year.command)

    assert supply == {key: wh for key, wh in year.reference.supply.items() if wh}
    assert lines == {key: wh for key, wh in year.reference.lines.items() if wh}


def test_whole_wh_cost_less_than_one_wh_an_interval_and_other_origin(year: Year) -> None:
    exact = traced_books(year.files, in_fractions)
    supply, lines = by_origin(year.command)

    assert supply == {key: wh for key, wh in exact.supply.items() if wh}
    largest = max(abs(lines[key] - exact.lines[key]) for key in {*lines, *exact.lines})
    assert 0 < largest < QUARTERS_OF_A_MONTH  # at most 1 Wh of each interval of a month
    assert {key: round(wh, 6) for key, wh in by_meter(exact.lines).items()} == by_meter(lines)


def test_the_books_say_where_energy_went_that_they_do_not_know(year: Year) -> None:
    assert "electricity by origin closes to the Wh" in year.command.said

    missing = {row["origin"] for row in year.command.rows("electricity_by_origin")
               if row["way"] == "not-traced"}  # fmt: skip
    assert missing == {"grid", "pv", "wind", "unknown"}


def test_certificates_cover_no_more_than_there_is_of_grid_power(year: Year) -> None:
    used: dict[str, int] = defaultdict(int)
    for (*_, paper), wh in year.covered.items():
        used[paper] += wh

    said = {r["certificate"].partition("/")[0]: int(r["used_wh"])
            for r in year.command.rows("certificates")}  # fmt: skip

    assert said == used
    assert used["C-metal"] == 120_000_000
    assert used["G-steel"] < 900_000_000  # more than the steel works drew from the grid


def expected_totals(
    books: Books, papers: list[Paper], under: Covered
) -> dict[Key, tuple[int, int]]:
    """Return what the totals must say: amount and ng."""
    totals: dict[Key, tuple[int, int]] = {}
    for ledger, grid_ng in GRID_NG.items():
        for (month, name, unit), sums in books.burnt.items():
            totals[ledger, month, name, "1", "combustion", "natural-gas", "", unit] = sums
        counting = [p for p in papers if p.bundled or ledger == "market_based"]
        if ledger == "location_based":
            counting = []
        for key, sums in electricity(books, under, counting, grid_ng).items():
            month, name, activity, kind = key
            totals[ledger, month, name, "2", activity, "electricity", kind, "Wh"] = sums
    return {key: sums for key, sums in totals.items() if sums[0]}


def electricity(
    books: Books, given: Covered, counting: list[Paper], grid_ng: int
) -> dict[tuple[str, str, str, str], tuple[int, int]]:
    """Return one ledger's electricity: by origin, and what certificates that count cover."""
    wh = dict(books.energy)
    rate = {paper.name: paper.ng for paper in counting}
    under: dict[tuple[str, str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for (month, name, activity, kind, paper), part in given.items():
        if paper in rate:
            wh[month, name, activity, kind] -= part
            sums = under[month, name, activity, "certificate"]
            sums[0], sums[1] = sums[0] + part, sums[1] + part * rate[paper]
    plain = {key: (v, 0 if key[3] in GREEN else v * grid_ng) for key, v in wh.items()}
    return plain | {key: (sums[0], sums[1]) for key, sums in under.items()}


def by_origin(command: Booked) -> tuple[dict[tuple[str, str], int], dict[Line, int]]:
    """Return supply by month and kind, and lines by month, line and kind, Wh."""
    supply: dict[tuple[str, str], int] = defaultdict(int)
    lines: dict[Line, int] = defaultdict(int)
    for row in command.rows("electricity_by_origin"):
        if row["way"] == "supply":
            supply[row["month"], row["origin"]] += int(row["energy_wh"])
        elif row["line"]:
            lines[row["month"], row["line"], row["origin"]] += int(row["energy_wh"])
    return dict(supply), lines


def by_meter(lines: Mapping[Line, int | Decimal]) -> dict[Key, Decimal]:
    """Return lines without their origins; what a store loses is rounded on its own."""
    sums: dict[Key, Decimal] = defaultdict(Decimal)
    for (month, line, _), wh in lines.items():
        if not line.startswith("losses"):
            sums[month, line] += wh
    return dict(sums)
