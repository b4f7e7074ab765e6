"""Two books of one park: which entries were reversed and booked anew, and why."""

from pathlib import Path

import pyarrow as pa
import pytest

from services.carbon_accounting.book.comparing_command import main as compare
from services.carbon_accounting.book.comparing_entries import versions
from services.carbon_accounting.book.entries_file import CONSTANTS
from tests.unit.carbon.book.files import ACCOUNTING, PARK
from tests.unit.carbon.book.two_books import (
    CERTIFICATES,
    FACTORS,
    READINGS,
    a_book,
    compared,
)

MORE_GAS = READINGS.replace("0.007,3\n2023-01-01T00:15", "0.007,4\n2023-01-01T00:15")
SHARED = (
    ACCOUNTING.replace("role: consumption, enterprise: a}", "role: consumption, shared_by: floor}")
    + "  keys: [{id: floor, weights: {a: 60, b: 40}}]\n"
)


def test_the_same_readings_in_another_order_and_format_leave_no_difference(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head, first, second = READINGS.splitlines()
    old = a_book(tmp_path, "old")
    new = a_book(tmp_path, "new", "--entries", "parquet", readings=f"{head}\n{second}\n{first}\n")

    assert compared(old, new) == []
    assert "no entry differs" in capsys.readouterr().out


def test_a_reading_that_changed_rebooks_its_entry_in_each_ledger(tmp_path: Path) -> None:
    lines = compared(a_book(tmp_path, "old"), a_book(tmp_path, "new", readings=MORE_GAS))

    assert [line["ledger"] for line in lines] == [
        "park_acceptance",
        "location_based",
        "market_based",
    ]
    first = lines[0]
    assert (first["start"], first["meter"], first["enterprise"]) == (
        "2022-12-31 16:00:00Z",
        "gas",
        "a",
    )
    assert (first["change"], first["reason"]) == ("rebooked", "reading changed")
    assert (first["amount_before"], first["amount_after"], first["unit"]) == (
        "3000",
        "4000",
        "Ndm3",
    )
    # 38.931 MJ/Nm3 x 15.32 tC/TJ x 0.99 x 44/12 = 2.1650152 kg/Nm3
    assert first["emissions_ng_before"] == str(3_000 * 2_165_015_200)
    assert first["emissions_ng_after"] == str(4_000 * 2_165_015_200)


def test_a_factor_that_changed_leaves_the_amounts(tmp_path: Path) -> None:
    lines = compared(a_book(tmp_path, "old"), a_book(tmp_path, "new", factors=FACTORS))

    assert {line["reason"] for line in lines} == {"factor changed"}
    assert {(line["ledger"], line["meter"], line["origin"]) for line in lines} == {
        ("park_acceptance", "load_a", "grid:grid"),
        ("park_acceptance", "load_b", "grid:grid"),
    }
    for line in lines:
        assert line["amount_before"] == line["amount_after"]
        assert int(line["emissions_ng_before"]) == int(line["amount_before"]) * 827_300_000
        assert int(line["emissions_ng_after"]) == int(line["amount_after"]) * 1_000_000_000
        assert line["factors_before"] == "park_acceptance/fossil-power/CN/2023 v1"
        assert line["factors_after"] == "park_acceptance/fossil-power/CN/2023 v2"


def test_a_key_that_changed_moves_amounts_between_enterprises(tmp_path: Path) -> None:
    even = SHARED.replace("a: 60, b: 40", "a: 50, b: 50")

    lines = compared(
        a_book(tmp_path, "old", accounting=SHARED), a_book(tmp_path, "new", accounting=even)
    )

    assert {line["reason"] for line in lines} == {"boundary changed"}
    assert {line["meter"] for line in lines} == {"load_a"}
    of_b = [line for line in lines if line["enterprise"] == "b" and line["origin"] == "grid:grid"]
    # 5 kWh, of which the grid gave 10 of 12: 40 % and 50 % of 4166 or 4167 Wh
    assert {(line["amount_before"], line["amount_after"]) for line in of_b} == {("1667", "2083")}


def test_a_certificate_turns_grid_power_into_its_own(tmp_path: Path) -> None:
    old, new = a_book(tmp_path, "old"), a_book(tmp_path, "new", certificates=CERTIFICATES)

    lines = compared(old, new)

    assert {(line["ledger"], line["reason"]) for line in lines} == {
        ("market_based", "certificate changed")
    }
    booked = [line for line in lines if line["change"] == "booked"]
    assert sum(int(line["amount_after"]) for line in booked) == 4_000
    assert {line["amount_before"] for line in booked} == {""}
    rebooked = [line for line in lines if line["change"] == "rebooked"]
    less = [int(line["amount_before"]) - int(line["amount_after"]) for line in rebooked]
    assert sum(less) == 4_000


def test_a_reading_that_is_gone_is_reversed(tmp_path: Path) -> None:
    gone = READINGS.replace("0.007,3\n2023-01-01T00:15", "0.007,\n2023-01-01T00:15")

    lines = compared(a_book(tmp_path, "old"), a_book(tmp_path, "new", readings=gone))

    assert {(line["meter"], line["change"], line["amount_after"]) for line in lines} == {
        ("gas", "reversed", "")
    }


@pytest.mark.parametrize("entries", ["csv", "parquet"])
def test_a_month_without_an_entry_is_booked_or_reversed_as_a_whole(
    tmp_path: Path, entries: str
) -> None:
    unknown = READINGS.splitlines()[0] + "\n2023-01-01T00:00,,,,,\n"
    none = a_book(tmp_path, "none", "--entries", entries, readings=unknown)
    some = a_book(tmp_path, "some")

    assert [line["change"] for line in compared(none, some)] == ["booked"] * 30
    assert [line["change"] for line in compared(some, none)] == ["reversed"] * 30


def test_an_estimate_in_place_of_a_measurement_is_told(tmp_path: Path) -> None:
    long = "time,meter,value,quality\n" + "".join(
        f"2023-01-01T00:00,{meter},{value},{{{meter}}}\n"
        for meter, value in (("grid", 10), ("pv", 0), ("load_a", 10), ("load_b", 0), ("gas", 3))
    )
    nothing = dict.fromkeys(("grid", "pv", "load_a", "load_b", "gas"), "")
    old = a_book(tmp_path, "old", readings=long.format(**nothing))
    new = a_book(tmp_path, "new", readings=long.format(**nothing | {"gas": "estimated"}))

    lines = compared(old, new)

    assert {
        (line["meter"], line["reason"], line["quality_before"], line["quality_after"])
        for line in lines
    } == {("gas", "reading changed", "measured", "estimated")}


def test_where_two_inputs_changed_each_entry_has_the_reason_that_fits_or_both(
    tmp_path: Path,
) -> None:
    even = SHARED.replace("a: 60, b: 40", "a: 50, b: 50")
    old = a_book(tmp_path, "old", accounting=SHARED)
    new = a_book(tmp_path, "new", accounting=even, readings=MORE_GAS)

    reasons = {(line["meter"], line["reason"]) for line in compared(old, new)}

    assert reasons == {
        ("load_a", "boundary changed"),
        ("gas", "reading changed or boundary changed"),
    }


def test_the_totals_of_both_books_stand_side_by_side(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compared(a_book(tmp_path, "old"), a_book(tmp_path, "new", readings=MORE_GAS))

    said = capsys.readouterr().out
    # one Nm3 of gas more is 2.165 kg more
    (row,) = [line for line in said.splitlines() if line.startswith("park_acceptance    2023-01")]
    assert row.split() == ["park_acceptance", "2023-01", "1", "1", "29.536", "31.701", "+2.165"]
    assert "reading changed: 3 entries" in said


def test_power_of_two_years_out_of_a_store_is_one_entry_of_two_factors() -> None:
    def rows(*factors: str) -> pa.Table:
        same = {name: pa.array(["x"] * len(factors)).dictionary_encode() for name in CONSTANTS}
        columns = same | {
            "factors": pa.array(factors).dictionary_encode(),
            "counted": pa.array(["true"] * len(factors)).dictionary_encode(),
            "quality": pa.array(["measured"] * len(factors)).dictionary_encode(),
            "start": pa.array([0] * len(factors), pa.timestamp("us", "UTC")),
            "amount": pa.array([5] * len(factors)),
            "emissions_ng": pa.array([7] * len(factors)),
        }
        return pa.table(columns)

    found = versions(rows("of 2023", "of 2022"), rows("of 2022"))

    assert (found.amount.before.tolist(), found.amount.after.tolist()) == ([10], [5])
    assert found.factors_of(int(found.stamp.before[0])) in ("of 2023; of 2022", "of 2022; of 2023")
    assert found.factors_of(int(found.stamp.after[0])) == "of 2022"
    assert not versions(rows("of 2023", "of 2022"), rows("of 2022", "of 2023")).changed.any()


YEARS = (
    PARK
    + """
accounting:
  interval: 1h
  ledgers: [location_based]
  meters:
    - {id: grid, role: grid_import}
    - {id: load, role: consumption}
    - {id: in, role: charge, store: cell}
    - {id: out, role: discharge, store: cell}
  stores: [{id: cell, round_trip_efficiency: 1}]
"""
)
CHARGED = """time,grid,load,in,out
2022-12-31T22:00:00+08:00,{more},0,{more},0
2022-12-31T23:00:00+08:00,10,0,10,0
2023-01-01T00:00:00+08:00,20,0,20,0
2023-01-01T01:00:00+08:00,0,20,0,20
"""


def test_a_reading_that_moves_power_between_two_years_changes_no_factor(tmp_path: Path) -> None:
    old = a_book(tmp_path, "old", park=YEARS, accounting="", readings=CHARGED.format(more=10))
    new = a_book(tmp_path, "new", park=YEARS, accounting="", readings=CHARGED.format(more=30))

    (line,) = [line for line in compared(old, new) if line["meter"] == "load"]

    assert (line["amount_before"], line["amount_after"]) == ("20000", "20000")
    assert (line["change"], line["reason"]) == ("rebooked", "reading changed")
    # of 20 kWh 10, then 13.333 came in 2022: 0.5366 - 0.5306 kg/kWh more of 3.333 kWh
    more = int(line["emissions_ng_after"]) - int(line["emissions_ng_before"])
    assert more == 3_333 * (536_600_000 - 530_600_000)


def test_books_with_one_changed_file_are_refused_though_the_chain_is_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = a_book(tmp_path, "old")
    for name in ("entries/location_based/2023-01.csv", "totals.csv", "chain.csv"):
        new = a_book(tmp_path, "new")
        (new / name).write_bytes((new / name).read_bytes().replace(b"1", b"2", 1))

        assert compare([str(old), str(new)]) == compare([str(new), str(old)]) == 2

        assert f"{name}: was changed" in capsys.readouterr().err


def test_books_that_lack_a_month_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = a_book(tmp_path, "old"), a_book(tmp_path, "new")
    (new / "entries" / "market_based" / "2023-01.csv").unlink()

    assert compare([str(old), str(new)]) == 2
    assert "entries/market_based/2023-01.csv: No such file" in capsys.readouterr().err


def test_what_is_no_books_or_was_changed_since_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = a_book(tmp_path, "old"), a_book(tmp_path, "new", readings=MORE_GAS)
    other = a_book(tmp_path, "other", park=PARK.replace("id: mill", "id: quarry"))
    entries = new / "entries" / "market_based" / "2023-01.csv"
    entries.write_text(entries.read_text().replace("measured", "estimated"))

    for folder, told in ((tmp_path, "holds no books"), (other, "of one park"), (new, "booked")):
        assert compare([str(old), str(folder)]) == 2
        assert told in capsys.readouterr().err
