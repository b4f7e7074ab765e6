"""Factors and activities for any amounts, versions and dates: exact, and nothing else changes."""

import csv
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.carbon_accounting.domain.activities.combustion import Equipment, FuelUse, combustion
from services.carbon_accounting.domain.activities.electricity import supplied
from services.carbon_accounting.domain.activities.line import Line, NotCounted, OpenItem
from services.carbon_accounting.domain.factoring.exact import exact_sum, scaled
from services.carbon_accounting.domain.factoring.factor import Factor, Validity
from services.carbon_accounting.domain.factoring.store import (
    FactorStore,
    MissingFactor,
    StandIn,
    overlapping,
)
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.input_files.factor_import import FactorMistakes, read_factors
from services.carbon_accounting.input_files.factor_row import COLUMNS
from services.carbon_accounting.input_files.mistakes import Mistake
from tests.support.carbon_factors import GOOD_ROW, a_factor, books, line

LOCATION, GRID = Ledger.LOCATION_BASED, "grid-electricity"
NEW_YEAR = date(2023, 1, 1)
DAYS = [NEW_YEAR + timedelta(day) for day in range(40)]
AMOUNTS = st.lists(st.integers(0, 10**8), min_size=1, max_size=40)
USES = st.sampled_from(
    [
        FuelUse("m", "diesel", "g"),
        FuelUse("m", "natural-gas", "Ndm3"),
        FuelUse("m", "natural-gas", "Wh"),
        FuelUse("m", "lpg", "g", measured_ncv=49_123),
    ]
)
LEDGERS = st.sampled_from([Ledger.PARK_ACCEPTANCE, Ledger.LOCATION_BASED, Ledger.MARKET_BASED])


def whole(amounts: list[int]) -> np.ndarray:
    return np.array(amounts, dtype=np.int64)


@st.composite
def validities(draw: st.DrawFn) -> Validity:
    first, last = sorted((draw(st.integers(0, 39)), draw(st.integers(0, 39))))
    start = None if draw(st.booleans()) and first == 0 else DAYS[first]
    return Validity(start, DAYS[last] + timedelta(1))


@st.composite
def stores(draw: st.DrawFn) -> FactorStore:
    """Some factors of one key, here and everywhere, that do not overlap within a version."""
    kept: list[Factor] = []
    for number in range(draw(st.integers(0, 6))):
        factor = a_factor(
            region=draw(st.sampled_from(["CN", "*"])),
            version=draw(st.integers(1, 3)),
            validity=draw(validities()),
            value=Fraction(number),
        )
        rivals = [rival for rival in kept if rival.region == factor.region]
        if overlapping(factor, rivals) is None:
            kept.append(factor)
    stand_in = StandIn(LOCATION, GRID, draw(st.sampled_from(DAYS)), draw(validities()))
    return FactorStore(kept, [stand_in] if draw(st.booleans()) else [])


def all_days(store: FactorStore) -> list[Factor | MissingFactor]:
    return [store.find(LOCATION, GRID, "CN", day) for day in DAYS]


@given(USES, LEDGERS, AMOUNTS, st.data())
def test_splitting_an_amount_changes_no_total(
    use: FuelUse, ledger: Ledger, amounts: list[int], data: st.DataObject
) -> None:
    parts = [data.draw(st.integers(0, amount)) for amount in amounts]
    rests = [amount - part for amount, part in zip(amounts, parts, strict=True)]
    basis = books(ledger)

    at_once = line(combustion(use, sum(amounts), basis)).total_ng
    by_interval = line(combustion(use, whole(amounts), basis)).total_ng
    shared = [line(combustion(use, whole(share), basis)).total_ng for share in (parts, rests)]

    assert at_once == by_interval == sum(shared)


@given(AMOUNTS, st.permutations(range(40)))
def test_the_order_of_intervals_changes_no_total(amounts: list[int], order: list[int]) -> None:
    moved = [amounts[place] for place in order if place < len(amounts)]

    assert (
        line(supplied("grid", "m", whole(amounts), books())).total_ng
        == line(supplied("grid", "m", whole(moved), books())).total_ng
        == sum(amounts) * 827_300_000
    )


@given(stores(), validities())
def test_a_newer_version_changes_only_what_it_covers(store: FactorStore, period: Validity) -> None:
    newer = a_factor(version=9, validity=period, value=Fraction(99))
    before = all_days(FactorStore(store))

    after = all_days(FactorStore(store).with_factors([newer]))

    for day, old, new in zip(DAYS, before, after, strict=True):
        if period.covers(day):
            assert new == newer
        elif isinstance(old, Factor):
            assert new == old
        else:
            assert isinstance(new, MissingFactor)


@given(stores(), st.randoms())
def test_the_order_of_rows_does_not_matter(store: FactorStore, random: Random) -> None:
    rows = list(FactorStore(store))
    random.shuffle(rows)

    assert all_days(FactorStore(rows)) == all_days(FactorStore(store))


@given(stores(), st.integers(0, 39), st.integers(0, 39))
def test_spans_are_the_days_one_by_one(store: FactorStore, one: int, other: int) -> None:
    first, last = sorted((one, other))

    spans = store.spans(LOCATION, GRID, "CN", (DAYS[first], DAYS[last]))

    days = [day for span in spans for day in DAYS if span.start <= day < span.end]
    assert days == DAYS[first:last]
    for span in spans:
        for day in (day for day in DAYS if span.start <= day < span.end):
            assert _same(span.factor, store.find(LOCATION, GRID, "CN", day))


@given(stores(), st.integers(0, 39), st.integers(0, 39))
def test_no_factor_changes_within_a_period(store: FactorStore, one: int, other: int) -> None:
    first, last = sorted((one, other))

    periods = store.periods(LOCATION, (DAYS[first], DAYS[last]))

    assert [day for a, b in periods for day in DAYS if a <= day < b] == DAYS[first:last]
    for start, end in periods:
        there = store.find(LOCATION, GRID, "CN", start)
        for day in (day for day in DAYS if start <= day < end):
            assert _same(there, store.find(LOCATION, GRID, "CN", day))


def _same(one: Factor | MissingFactor, other: Factor | MissingFactor) -> bool:
    if isinstance(one, Factor) and isinstance(other, Factor):
        return (one.id, one.version) == (other.id, other.version)
    return type(one) is type(other)


@given(AMOUNTS, st.fractions(0, 10**6, max_denominator=10**12))
def test_a_row_of_amounts_is_rounded_as_each_alone(amounts: list[int], by: Fraction) -> None:
    assert np.asarray(scaled(whole(amounts), by, "m")).tolist() == [round(a * by) for a in amounts]


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1))
def test_a_sum_is_exact_however_large(amounts: list[int]) -> None:
    assert exact_sum(whole(amounts)) == sum(amounts)


@given(AMOUNTS, st.lists(st.booleans(), min_size=40, max_size=40))
def test_what_is_unknown_adds_nothing_and_stays_unknown(
    amounts: list[int], unknown: list[bool]
) -> None:
    mask = unknown[: len(amounts)]
    metered = np.ma.array(whole(amounts), mask=mask)

    power = line(supplied("grid", "m", metered, books()))

    known = [amount for amount, hidden in zip(amounts, mask, strict=True) if not hidden]
    assert power.total_ng == sum(known) * 827_300_000
    assert np.ma.getmaskarray(power.emissions_ng).tolist() == mask


@given(st.sampled_from(Ledger), st.sampled_from(["diesel", "coke", "wood", "peat"]))
def test_a_fuel_comes_to_a_line_an_open_item_or_a_reason(ledger: Ledger, fuel: str) -> None:
    use = FuelUse("m", fuel, "g", Equipment.KILN)

    outcome = combustion(use, 1, books(ledger))

    assert isinstance(outcome, Line | OpenItem | NotCounted)
    assert outcome.ledger is ledger


NASTY = st.sampled_from(
    [
        *("", " ", "*", "0", "1", "-1", "1e9", "NaN", "0.5", "x,y", '"', "\u2028", "\x00", "１"),
        *("2023-01-01", "9999-01-01", "0000-00-00", "kgCO2/kWh", "GJ/t", "kg/kg", "kgce/kWh"),
        *("location_based", "cbam cbam", "CO2", "CO2e", "SF6", "V", "M", "dimensionless"),
    ]
)


@given(
    st.lists(
        st.dictionaries(st.sampled_from(COLUMNS), NASTY | st.text(max_size=9), max_size=6),
        max_size=4,
    )
)
def test_any_file_is_read_or_its_mistakes_are_named(rows: list[dict[str, str]]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "own.csv"
        with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows([GOOD_ROW | row for row in rows])
        factors, named = read_or_named(path)

    assert all(m.line >= 1 and m.cure for m in named)
    assert bool(factors) != bool(named) or not rows
    assert len({(f.id, f.version) for f in factors}) == len(factors)
    assert named or len(factors) >= len(rows)


def read_or_named(path: Path) -> tuple[list[Factor], tuple[Mistake, ...]]:
    try:
        return list(read_factors([path])), ()
    except FactorMistakes as mistakes:
        return [], mistakes.mistakes
