"""The year's end and the way to a target year, as the command writes them.

An hour a month of `books`: 5.6 MWh, of which 1.6 green, and 400 Nm3 of gas.
"""

import csv
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from services.carbon_accounting.book.command import main
from tests.unit.carbon.book.books import PARK, booked, quarters
from tests.unit.carbon.book.test_energy_audit import only, table

HOURLY = PARK.replace("  factor_year", "  interval: 1h\n  factor_year", 1)
NO_GAS = HOURLY.partition("  streams:")[0]
PATH = """  paths:
    - {indicator: green_direct.load_share, base_year: 2023, base: 20, target_year: 2027, target: 60}
"""
ZONE = ZoneInfo("Asia/Shanghai")


def hours(first: str, after: str, pv_from: str = "9999") -> str:
    """Each hour 3 MWh are used; from a day on 1.2 of them are of the sun, before 0.6."""
    at, end = (datetime.fromisoformat(day).replace(tzinfo=ZONE) for day in (first, after))
    lines = ["time,grid,out,pv,load_a,load_b"]
    while at < end:
        pv = 1200 if at.isoformat() >= pv_from else 600
        lines.append(f"{at.isoformat()},{3000 - pv},0,{pv},1500,1500")
        at += timedelta(hours=1)
    return "\n".join([*lines, ""])


def test_without_a_year_before_the_rest_goes_on_at_the_pace_of_the_last_whole_month(
    tmp_path: Path,
) -> None:
    readings = hours("2024-01-01", "2024-03-01", pv_from="2024-02")

    row = only(
        table(booked(tmp_path, park=NO_GAS, readings=readings), "projections"),
        indicator="green_direct.load_share",
    )

    # 31 days of 20 %, 29 of 40 %; the other 306 days as the 29
    assert float(row["so_far"]) == pytest.approx((31 * 20 + 29 * 40) / 60)
    assert float(row["at_year_end"]) == pytest.approx((31 * 20 + 335 * 40) / 366)
    assert row["how"] == "the rest of 2024 is taken at the pace of 2024-02"
    assert row["unverified"].startswith(row["how"])
    assert row["verdict"] == "met"


def test_the_rest_is_as_in_the_year_before_where_that_is_in_the_books(tmp_path: Path) -> None:
    readings = hours("2023-01-01", "2024-07-01", pv_from="2024")

    row = only(
        table(booked(tmp_path, park=NO_GAS, readings=readings), "projections"),
        indicator="green_direct.load_share",
    )

    # 182 days of 40 % in 2024, then 184 days of 20 % as in 2023
    assert float(row["at_year_end"]) == pytest.approx((182 * 40 + 184 * 20) / 366)
    assert row["how"] == "the rest of 2024 is taken as in 2023"


@pytest.mark.parametrize(
    ("first", "after"), [("2023-12-01", "2024-01-01"), ("2024-02-05", "2024-02-20")]
)
def test_nothing_is_projected_of_a_whole_year_or_from_no_whole_month(
    tmp_path: Path, first: str, after: str
) -> None:
    books = booked(tmp_path, park=NO_GAS, readings=hours(first, after))

    assert table(books, "projections") == []


def test_a_year_that_is_not_known_from_its_first_day_says_so(tmp_path: Path) -> None:
    books = booked(tmp_path, park=NO_GAS, readings=hours("2024-02-01", "2024-03-01"))

    row = only(table(books, "projections"), indicator="green_direct.load_share")

    assert "2024 is known from 2024-02-01 on alone" in row["unverified"]


def test_a_path_has_a_line_a_year_and_says_what_is_needed_from_the_last_known_one(
    tmp_path: Path,
) -> None:
    books = booked(tmp_path, park=NO_GAS + PATH, readings=hours("2024-01-01", "2025-01-01"))

    rows = table(books, "paths")

    assert [(row["year"], row["planned"]) for row in rows] == [
        ("2023", "20"),
        ("2024", "30"),
        ("2025", "40"),
        ("2026", "50"),
        ("2027", "60"),
    ]
    now = only(rows, year="2024")
    assert (now["value"], now["on_path"], now["beyond"]) == ("20", "false", "10")
    assert float(now["needed_step"]) == pytest.approx(40 / 3)
    assert float(now["needed_rate"]) == pytest.approx(3 ** (1 / 3) - 1)
    assert now["unverified"] == ""
    assert only(rows, year="2025")["on_path"] == ""


def test_a_year_of_less_than_its_days_says_so_on_its_path(tmp_path: Path) -> None:
    books = booked(tmp_path, park=NO_GAS + PATH, readings=hours("2024-01-01", "2024-03-01"))

    row = only(table(books, "paths"), year="2024")

    assert row["unverified"] == "of 2024-01-01 up to 2024-03-01 alone"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (("green_direct.load_share", "green_direct.lod_share"), "did you mean"),
        (("target_year: 2027", "target_year: 2023"), "is not after base_year"),
        (("target: 60", "target: 0, shape: compound"), "needs values above 0"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], wrong: tuple[str, str], told: str
) -> None:
    park, readings = tmp_path / "park.yaml", tmp_path / "r.csv"
    park.write_text(PARK + PATH.replace(*wrong), encoding="utf-8")
    readings.write_text(quarters(), encoding="utf-8")
    words = ["--park", park, "--readings", readings, "--out", tmp_path / "out"]

    assert main([str(word) for word in words]) == 2

    assert told in capsys.readouterr().err


def test_a_word_that_the_rest_lacks_is_named(tmp_path: Path) -> None:
    made = "period,product,amount\n2024-01,steel,2\n"
    product = "  products:\n    - {id: steel, enterprise: a, unit: t}\n"
    readings = hours("2024-01-01", "2024-03-01")

    books = booked(tmp_path, park=NO_GAS + product, readings=readings, production=made)

    row = only(table(books, "projections"), indicator="unit_energy.steel")
    assert row["at_year_end"] == ""
    assert "production.steel" in row["missing"]
    with (books / "projections.csv").open(encoding="utf-8") as file:
        assert "not_foreseen" in next(csv.reader(file))


def test_a_forecast_goes_before_every_guess_and_what_it_lacks_is_not_foreseen(
    tmp_path: Path,
) -> None:
    forecast = "word,amount,unit\ngreen.self_used,1,GWh\ngreen.load,2000,MWh\n"
    readings = hours("2024-01-01", "2024-02-01")  # 744 h of 3 MWh, 0.6 of them green

    books = booked(tmp_path, park=NO_GAS, readings=readings, forecast=forecast)

    rows = table(books, "projections")
    share = only(rows, indicator="green_direct.load_share")
    assert float(share["at_year_end"]) == pytest.approx((446.4 + 1000) / (2232 + 2000) * 100)
    assert share["how"] == "the rest of 2024 is a forecast that was given"
    core = only(rows, indicator="core_carbon_intensity")
    assert core["at_year_end"] == ""
    assert "energy.comprehensive" in core["not_foreseen"]


def test_mistakes_of_a_forecast_are_told_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = ["green.laod,1,kWh", "green.load,x,kWh", "green.load,1,t", "green.sold,-1,kWh"]
    files = {"p.yaml": PARK, "r.csv": quarters(), "f.csv": "\n".join(["word,amount,unit", *rows])}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    words = ["--park", tmp_path / "p.yaml", "--readings", tmp_path / "r.csv"]

    words += ["--forecast", tmp_path / "f.csv", "--out", tmp_path / "out"]
    assert main([str(word) for word in words]) == 2

    told = capsys.readouterr().err
    assert "f.csv:2: word is 'green.laod'" in told
    assert "f.csv:3: amount is 'x', no number" in told
    assert "f.csv:4: unit is 't' - write one that can be kWh" in told
    assert "f.csv:5: amount is negative" in told


@pytest.mark.parametrize("unknown_from", ["2024-02", "2024-01"])
def test_months_of_which_nothing_is_known_are_no_part_of_the_year_so_far(
    tmp_path: Path, unknown_from: str
) -> None:
    lines = hours("2024-01-01", "2024-03-01").splitlines()
    dark = [
        f"{one.partition(',')[0]},,,,," if one[:7] >= unknown_from else one for one in lines[1:]
    ]

    books = booked(tmp_path, park=NO_GAS, readings="\n".join([lines[0], *dark, ""]))

    hows = {row["how"] for row in table(books, "projections")}
    months = {"the rest of 2024 is taken at the pace of 2024-01"}
    assert hows == (months if unknown_from == "2024-02" else set())


def test_the_pace_is_that_of_a_month_without_a_gap(tmp_path: Path) -> None:
    readings = hours("2024-01-01", "2024-03-01").splitlines()
    whole = [one for one in readings if not one.startswith("2024-02-10T05:00")]

    books = booked(tmp_path, park=NO_GAS, readings="\n".join([*whole, ""]))

    hows = {row["how"] for row in table(books, "projections")}
    assert hows == {"the rest of 2024 is taken at the pace of 2024-01"}
