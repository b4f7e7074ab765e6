"""Green direct connection by meters: ratios and the identity of self-use, with stores and CHP."""

import csv
from pathlib import Path

import pytest

from tests.unit.carbon.book.books import booked

PARK = """
park: {id: mill, name: {en: Mill, zh: 工厂}, time_zone: Asia/Shanghai, currency: CNY}
tenants: [{id: a, name: {en: Anvil Works, zh: 铁砧厂}}]
accounting:
  interval: 1h
  factor_year: 2023
  meters:
    - {id: grid, role: grid_import}
    - {id: out, role: export}
    - {id: pv, role: generation, kind: pv}
    - {id: chp, role: generation, kind: chp}
    - {id: load, role: consumption, enterprise: a}
    - {id: into, role: charge, store: battery}
    - {id: from, role: discharge, store: battery}
  stores: [{id: battery, round_trip_efficiency: 0.9}]
  streams:
    - {id: lost, activity: resource, substance: green.curtailed, unit: kWh}
"""
COLUMNS = ("grid", "out", "pv", "chp", "load", "into", "from", "lost")
Row = dict[str, str]


def hours(*some: dict[str, float | str]) -> str:
    """Return hours of noon and after, in kWh; what is not named is 0."""
    rows = [
        f"2026-03-30T{12 + at}:00," + ",".join(str(hour.get(name, 0)) for name in COLUMNS)
        for at, hour in enumerate(some)
    ]
    return "\n".join([f"time,{','.join(COLUMNS)}", *rows, ""])


STORED = {"pv": 100, "load": 40, "into": 40, "out": 20}


def of_the_month(books: Path, table: str) -> list[Row]:
    with (books / table).open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["kind"] == "month"]


def ratios(books: Path) -> dict[str, tuple[float, str]]:
    """Return percent and verdict of each ratio."""
    return {
        row["indicator"].partition(".")[2]: (float(row["value"]), row["verdict"])
        for row in of_the_month(books, "indicators.csv")
        if row["indicator"].startswith("green_direct")
    }


def identity(books: Path) -> Row:
    rows = of_the_month(books, "identities.csv")
    (found,) = (row for row in rows if row["identity"] == "green_direct.reconciliation")
    return found


def test_what_a_store_took_is_self_used_and_the_ratios_are_those_of_the_meters(
    tmp_path: Path,
) -> None:
    books = booked(tmp_path, park=PARK, readings=hours(STORED))

    found = ratios(books)
    assert (found["self_use"], found["feed_in"]) == ((80, "met"), (20, "met"))
    assert identity(books)["values"] == "80; 80; 80"
    assert identity(books)["finding"] == "closes"


def test_what_a_store_gives_back_is_not_self_used_twice(tmp_path: Path) -> None:
    back = {"load": 36, "from": 36}

    books = booked(tmp_path, park=PARK, readings=hours(STORED, back))

    assert ratios(books)["self_use"] == (80, "met")
    assert identity(books)["values"] == "80; 80; 80"


def test_own_power_that_is_not_green_is_neither_bought_nor_self_used(tmp_path: Path) -> None:
    books = booked(
        tmp_path, park=PARK, readings=hours({"grid": 10, "pv": 20, "chp": 30, "load": 60})
    )

    assert identity(books)["values"] == "20; 20; 20"
    assert ratios(books)["load_share"][0] == pytest.approx(100 / 3)


def test_exported_power_that_is_not_green_does_not_break_the_identity(tmp_path: Path) -> None:
    park = PARK.replace("  factor_year", "  export: proportional\n  factor_year", 1)

    books = booked(
        tmp_path, park=park, readings=hours({"pv": 20, "chp": 30, "load": 40, "out": 10})
    )

    assert identity(books)["values"] == "16; 16; 16"  # 4 of the 10 are green


def test_curtailed_power_was_available(tmp_path: Path) -> None:
    books = booked(tmp_path, park=PARK, readings=hours({"pv": 60, "load": 60, "lost": 40}))

    assert ratios(books)["self_use"] == (60, "met")
    assert identity(books)["values"] == "60; 60; 60"


def test_generation_that_could_not_be_traced_was_available_and_breaks_the_identity(
    tmp_path: Path,
) -> None:
    dark = {"pv": 30, "load": ""}

    found = identity(booked(tmp_path, park=PARK, readings=hours({"pv": 50, "load": 50}, dark)))

    assert (found["finding"], found["values"]) == ("breaks", "50; 80; 50")
    assert (found["difference"], found["allowed"]) == ("30", "0")
    assert "electricity is not known in every interval" in found["unverified"]


def test_where_nobody_meters_what_is_curtailed_the_identity_is_undecided(tmp_path: Path) -> None:
    park = PARK.partition("  streams:")[0]
    readings = hours({"pv": 60, "load": 60}).replace(",lost", "").replace("0,0\n", "0\n")

    found = identity(booked(tmp_path, park=park, readings=readings))

    assert (found["finding"], found["values"]) == ("undecided", "60; ; 60")
    assert found["missing"] == "green.available is missing, green.curtailed is missing"
