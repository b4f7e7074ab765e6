"""Certificates bought apart in the park core: what the park chose, and what both readings are.

An hour of 4 MWh of grid power, 1 MWh of it under a certificate.
"""

import csv
from pathlib import Path

from tests.unit.carbon.book.books import CERTIFICATES, PARK, booked

GAP = "certificates bought apart count here by the park's choice: annex 4 is open (GAP)"
COUNTING = PARK.replace("  factor_year", "  gec_counts_in_park_core: true\n  factor_year", 1)
Row = dict[str, str]


def rows(books: Path, table: str, **wanted: str) -> list[Row]:
    with (books / table).open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if wanted.items() <= row.items()]


def core(books: Path) -> Row:
    (found,) = rows(books, "indicators.csv", indicator="core_carbon_intensity", kind="month")
    return found


def test_what_counts_by_the_parks_choice_alone_is_unverified_in_the_park_ledger(
    tmp_path: Path,
) -> None:
    books = booked(tmp_path, park=COUNTING, certificates=CERTIFICATES)

    covered = rows(books, "totals.csv", ledger="park_acceptance", origin="certificate")
    assert [(row["amount"], row["unverified"]) for row in covered] == [("1000000", GAP)]
    assert GAP in core(books)["unverified"]
    (market,) = rows(books, "totals.csv", ledger="market_based", origin="certificate")
    assert market["unverified"] == ""


def test_the_careful_reading_is_the_same_whatever_the_park_chose(tmp_path: Path) -> None:
    counting = core(booked(tmp_path / "1", park=COUNTING, certificates=CERTIFICATES))
    not_counting = core(booked(tmp_path / "2", certificates=CERTIFICATES))

    assert counting["conservative"] == not_counting["conservative"] == not_counting["value"]
    assert float(counting["value"]) < float(counting["conservative"])


def test_what_certificates_convey_to_emit_is_no_part_of_the_careful_reading(
    tmp_path: Path,
) -> None:
    of_biomass = CERTIFICATES.replace(",1,MWh,0,", ",1,MWh,0.1,")  # 100 kg on the 1 MWh covered
    counting = core(booked(tmp_path / "1", park=COUNTING, certificates=of_biomass))
    without = core(booked(tmp_path / "2", certificates=""))

    assert counting["conservative"] == without["value"]
    clean = core(booked(tmp_path / "3", park=COUNTING, certificates=CERTIFICATES))
    assert float(counting["value"]) > float(clean["value"])


def test_no_indicator_is_met_by_what_the_park_chose_alone(tmp_path: Path) -> None:
    wanted = "  indicators_as_of: 2027-02-01\n  annual_energy_tce: 30000\n  factor_year"
    park = COUNTING.replace("  factor_year", wanted, 1)
    books = booked(tmp_path, park=park, certificates=CERTIFICATES)

    for name in ("hunan.carbon_intensity", "unmatched_grid_headroom"):
        found = rows(books, "indicators.csv", indicator=name)
        assert found
        assert all(row["conservative"] and row["verdict"] != "met" for row in found)


def test_what_the_careful_reading_adds_has_the_factor_that_was_booked(tmp_path: Path) -> None:
    found = core(booked(tmp_path, park=COUNTING, certificates=CERTIFICATES))
    (tce,) = rows(tmp_path / "books", "comprehensive_energy.csv", period="2024-01", stream="*")

    more = (float(found["conservative"]) - float(found["value"])) * float(tce["tce"])

    assert round(more, 5) == 0.8273  # t for 1 MWh, by the factor of 2023


def test_the_kind_reading_takes_away_no_more_than_was_booked(tmp_path: Path) -> None:
    park = PARK.split("  streams:")[0].replace("    - {id: out, role: export}\n", "")
    readings = "time,grid,pv,load_a,load_b\n2024-01-01T12:00,1000,0,1000,0\n"

    found = core(booked(tmp_path, park=park, readings=readings, certificates=CERTIFICATES))

    assert round(float(found["value"]), 3) == round(0.8273 / 0.1229, 3)
    assert float(found["optimistic"]) == 0


def test_without_certificates_and_without_a_market_factor_the_core_is_missed_not_open(
    tmp_path: Path,
) -> None:
    for number, park in enumerate((PARK, PARK.replace("  factor_year: 2023\n", ""))):
        without_export = park.replace("    - {id: out, role: export}\n", "")
        books = booked(
            tmp_path / str(number),
            park=without_export,
            readings="time,grid,pv,load_a,load_b,boiler_a\n2024-01-01T12:00,1000,0,1000,0,0\n",
        )

        assert (core(books)["verdict"], core(books)["missing"]) == ("missed", "")


def test_a_park_without_a_market_ledger_knows_what_its_certificates_would_take_away(
    tmp_path: Path,
) -> None:
    park = PARK.replace("  factor_year", "  ledgers: [park_acceptance]\n  factor_year", 1)

    found = core(booked(tmp_path, park=park, certificates=CERTIFICATES))

    assert float(found["optimistic"]) < float(found["value"])


def test_what_a_certificate_covers_is_booked_at_its_rate_where_the_rest_has_no_factor(
    tmp_path: Path,
) -> None:
    of_biomass = CERTIFICATES.replace(",1,MWh,0,", ",1,MWh,0.1,")
    no_factor = PARK.replace("  factor_year: 2023\n", "")  # none of 2024 in the market ledger
    books = booked(tmp_path, park=no_factor, certificates=of_biomass)

    bought = rows(books, "totals.csv", ledger="market_based", category="purchased-electricity")
    booked_wh = {row["origin"]: (row["amount"], float(row["emissions_g"])) for row in bought}
    assert booked_wh["certificate"] == ("1000000", 100_000)
    assert "grid" not in booked_wh
    items = [row["what"] for row in rows(books, "open_items.csv", kind="missing-factor")]
    assert any("market_based, quantity residual-mix, region CN on 2024-01-01" in i for i in items)
