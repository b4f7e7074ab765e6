"""The certificate file: what its rows mean, and every mistake at once with line and cure."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.carbon_accounting.domain.certificates.certificate import Instrument
from services.carbon_accounting.domain.certificates.gec import Title
from services.carbon_accounting.domain.certificates.states import State
from services.carbon_accounting.domain.matching.match import match
from services.carbon_accounting.domain.matching.periods import Granularity
from services.carbon_accounting.domain.matching.sharing import match_park
from services.carbon_accounting.domain.matching.supply import Share
from services.carbon_accounting.input_files.certificate_import import (
    CertificateFile,
    held,
    read_certificates,
)
from services.carbon_accounting.input_files.certificate_parts import Books
from tests.support.certificates import MARCH, MWH, SHANGHAI, YEAR, evidence, hours_of_load

EXAMPLE = Path(__file__).parents[3] / "docs/examples/carbon/certificates.csv"
BOOKS = Books(SHANGHAI, "CN", ("park", "steel", "campus", "metalwork", "trader"))
ROW = {
    "certificate": "G1",
    "instrument": "GEC",
    "technology": "wind",
    "device": "windfarm",
    "market": "CN",
    "produced_from": "2025-03",
    "produced_to": "",
    "issued_at": "2025-04-20",
    "quantity": "10",
    "unit": "MWh",
    "emission_kg_per_kwh": "0",
    "state": "cancelled",
    "owner": "trader",
    "beneficiary": "steel",
    "cancelled_at": "2025-05-06",
}


def a_file(folder: Path, *rows: dict[str, str]) -> Path:
    """A file of rows that differ from ROW in what is told."""
    columns = list(dict.fromkeys(name for row in ({}, *rows) for name in (*ROW, *row)))
    lines = [",".join(columns)]
    lines += [",".join((ROW | row).get(name, "") for name in columns) for row in rows]
    path = folder / "certificates.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def read(folder: Path, *rows: dict[str, str]) -> CertificateFile:
    found = read_certificates(a_file(folder, *rows), BOOKS)
    assert found.mistakes == []
    return found


def texts(folder: Path, *rows: dict[str, str]) -> list[str]:
    found = read_certificates(a_file(folder, *rows), BOOKS)
    assert found.mistakes, "the file is taken for sound"
    return [str(mistake) for mistake in found.mistakes]


def test_rows_of_commas_alone_say_nothing(tmp_path: Path) -> None:
    path = a_file(tmp_path, {})
    commas = "," * (len(ROW) - 1)
    path.write_text(path.read_text() + f"{commas}\n,,\n{commas},,\n", encoding="utf-8")

    found = read_certificates(path, BOOKS)

    assert found.mistakes == []
    assert list(found.standings) == ["G1"]


def test_the_documented_example_is_read() -> None:
    found = read_certificates(EXAMPLE, BOOKS)

    assert found.mistakes == []
    assert len(found.standings) == 6
    claims = held(found, evidence())
    assert claims.mistakes == ()
    assert {who: sum(a.quantity_wh for a in own) for who, own in claims.attributes.items()} == {
        "steel": 120_750_000,
        "campus": 30_000_000,
        "metalwork": 1_250_500,
    }


def test_a_row_is_a_certificate_cancelled_and_claimed_for_its_beneficiary(tmp_path: Path) -> None:
    found = read(tmp_path, {})

    certificate, (claim,) = found.standings["G1"].certificate, found.claims
    assert found.standings["G1"].state is State.CANCELLED
    assert certificate.quantity_wh == 10 * MWH
    assert certificate.production == MARCH.interval(SHANGHAI)
    assert certificate.expires_at == datetime(2027, 3, 31, 16, tzinfo=UTC)
    assert (claim.claimant, claim.ids, claim.consumption) == ("steel", certificate.ids, YEAR)
    assert found.lines[claim.id] == 2


def test_a_certificate_that_is_only_held_claims_nothing(tmp_path: Path) -> None:
    found = read(tmp_path, {"state": "issued", "emission_kg_per_kwh": ""})

    assert found.standings["G1"].state is State.ISSUED
    assert found.claims == []


def test_a_contract_comes_with_its_power(tmp_path: Path) -> None:
    hour = {"produced_from": "2025-01-01T00:00+08:00", "produced_to": "2025-01-01T01:00+08:00"}
    contract = {"instrument": "contract", "issued_at": "2025-01-02", **hour}

    found = held(read(tmp_path, contract, {"certificate": "G2"}), evidence())

    bought, gec = found.attributes["steel"]
    assert (bought.bundled, gec.bundled) == (True, False)
    assert bought.share is Share.CERTIFICATE
    load = hours_of_load(4 * MWH)
    covered = match(load, found.attributes["steel"], Granularity.HOURLY, SHANGHAI).coverage
    assert covered.covered_wh.tolist() == [4 * MWH]


def test_self_use_is_not_tradeable_and_covers_no_grid_import(tmp_path: Path) -> None:
    found = read(tmp_path, {"use": "self-use", "owner": "steel"})

    assert len(held(found, evidence()).claims) == 1
    assert held(found, evidence()).attributes == {}
    assert found.standings["G1"].certificate.title is Title.WITH_SETTLEMENT_ONLY


def test_a_rate_is_kept_exactly_with_its_trust(tmp_path: Path) -> None:
    found = read(tmp_path, {"technology": "biomass", "emission_kg_per_kwh": "0.0457"})

    rate = found.rates["G1"]
    assert (rate.ng_per_wh, rate.trust) == (45_700_000, "M")
    assert rate.factor_id == "market_based/GEC-biomass/CN/45700000"


@pytest.mark.parametrize(
    ("row", "mistake"),
    [
        ({"certificate": ""}, "certificate '' - must not be empty"),
        ({"instrument": "REC"}, "instrument 'REC' - must be one of GEC, GC, SD-GC, contract"),
        ({"technology": "coal"}, "technology 'coal' - must be one of wind, solar"),
        ({"technology": "storage"}, "technology 'storage' - no certificate for this generation"),
        ({"technology": "hydro"}, "commissioned 'unknown' - no certificate for this generation"),
        ({"quantity": "-1"}, "quantity '-1' - must be a number of at least 0"),
        ({"quantity": "NaN"}, "quantity 'NaN' - must be a number of at least 0"),
        ({"quantity": "1e999999999"}, "quantity '1e999999999' - must be a number"),
        ({"quantity": "0"}, "quantity '0' - must be whole Wh above 0"),
        ({"quantity": "0.5"}, "500000 Wh are no whole number of GEC"),
        ({"quantity": "0.0000001"}, "quantity '0.0000001' - must be whole Wh"),
        ({"unit": "t"}, "unit 't' - t cannot become Wh"),
        ({"unit": "MWhh"}, "unit 'MWhh' - 'MWhh' is no unit"),
        (
            {"produced_from": "2025-13", "produced_to": "2025-04-01"},
            "produced_from '2025-13' - must be a date or a time",
        ),
        (
            {"produced_from": "2025-02-01", "produced_to": "2025-03-01T00:00"},
            "produced_to '2025-03-01T",
        ),
        ({"produced_from": "2025-03-02", "produced_to": "2025-03-01"}, "must be after produced"),
        ({"issued_at": ""}, "issued_at '' - must be told"),
        ({"issued_at": "2025-03-20"}, "these must follow each other"),
        ({"state": "sold"}, "state 'sold' - must be one of issued, reserved, cancelled, expired"),
        ({"cancelled_at": ""}, "cancelled_at '' - must be told"),
        ({"cancelled_at": "2025-04-01"}, "cancelled_at '2025-03-31T16:00:00+00:00' - before issu"),
        ({"cancelled_at": "2027-04-01"}, "cancelled_at '2027-03-31T16:00:00+00:00' - expired"),
        ({"beneficiary": ""}, "beneficiary '' - must not be empty"),
        ({"beneficiary": "steal"}, "beneficiary 'steal' - must be one of park, steel, campus"),
        ({"certificate": "G" * 201}, "certificate 'GGGGGGGGGGGGGGGGGGGG…' - must not be longer"),
        ({"use": "self-use"}, "beneficiary 'steel' - not tradeable; reserve it for trader"),
        ({"emission_kg_per_kwh": ""}, "emission_kg_per_kwh '' - a claimed certificate must convey"),
        ({"emission_kg_per_kwh": "1e25"}, "emission_kg_per_kwh '1e25' - must be at most 1000"),
        ({"first_id": "0.5"}, "first_id '0.5' - must be a whole number"),
        ({"first_id": "1e25"}, "first_id '1e25' - must be a whole number below"),
        ({"trust": "A"}, "trust 'A' - must be one of V, V2, D, M"),
        ({"claim": "REC"}, "claim 'REC' - must be one of GEC, CCER, 碳普惠, physical"),
        ({"consumed_from": "2025-01-01"}, "consumed_to '' - give consumed_from and a later"),
    ],
)
def test_a_mistake_is_told_with_line_field_value_and_cure(
    tmp_path: Path, row: dict[str, str], mistake: str
) -> None:
    (found,) = texts(tmp_path, row)

    assert found.startswith("certificates.csv:2: ")
    assert mistake in found


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    rows = ({"quantity": "x", "unit": "t"}, {"certificate": "G2"}, {"state": "?", "market": ""})

    found = texts(tmp_path, *rows)

    assert [text.partition(" - ")[0] for text in found] == [
        "certificates.csv:2: quantity 'x'",
        "certificates.csv:2: unit 't'",
        "certificates.csv:4: market ''",
        "certificates.csv:4: state '?'",
    ]


def test_every_wrong_cell_of_a_row_is_told(tmp_path: Path) -> None:
    row = {"quantity": "x", "emission_kg_per_kwh": "y", "beneficiary": "steal", "claim": "REC"}
    odd = {"unit": "t", "claimed_quantity": "1", "state": "?", "claimed_at": "noon"}

    found = texts(tmp_path, row | {"cancelled_at": ""}, {"certificate": "G2"} | odd)

    assert [text.partition(" - ")[0].removeprefix("certificates.csv:") for text in found] == [
        *("2: quantity 'x'", "2: emission_kg_per_kwh 'y'", "2: beneficiary 'steal'"),
        *("2: cancelled_at ''", "2: claim 'REC'"),
        *("3: unit 't'", "3: state '?'", "3: claimed_at 'noon'"),
    ]


def test_a_wrong_row_hides_nothing_of_the_others(tmp_path: Path) -> None:
    rows = ({"technology": "coal"}, {"certificate": "G2", "market": "DE"}, {"certificate": "G3"})
    found = read_certificates(a_file(tmp_path, *rows), BOOKS)

    told = [str(one) for one in held(found, evidence(consumed_mwh=4)).mistakes]

    assert [text.partition(";")[0].partition(" - ")[0] for text in told] == [
        "certificates.csv:2: technology 'coal'",
        "certificates.csv:3: market 'DE'",
        *["certificates.csv:3: claimed_wh '10000000'", "certificates.csv:4: claimed_wh '10000000'"],
    ]


def test_missing_unknown_and_doubled_columns_are_named(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("certificate,certificate,colour\nG1,G1,red\n")

    found = read_certificates(path, BOOKS)

    told = [str(mistake) for mistake in found.mistakes]
    assert "c.csv:1: quantity is no column - add it" in told
    assert "c.csv:1: colour is an unknown column - remove or rename it" in told
    assert "c.csv:1: certificate is a column twice - remove one" in told


def test_an_empty_file_says_so(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("")

    found = read_certificates(path, BOOKS)

    assert [str(one) for one in found.mistakes] == [
        "c.csv:1: file is empty - give a header line and rows"
    ]


def test_a_file_that_is_no_text_is_a_mistake(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_bytes(b"\xff\xfe\x00\x01")

    found = read_certificates(path, BOOKS)

    assert found.mistakes[0].cure == "save the file as CSV in UTF-8"


@pytest.mark.parametrize(("tail", "word"), [(",x", "more"), ("", "fewer")])
def test_a_row_with_other_than_its_columns_is_a_mistake(
    tmp_path: Path, tail: str, word: str
) -> None:
    path = a_file(tmp_path, {})
    lines = path.read_text().splitlines()
    row = lines[1] + tail if tail else lines[1].rsplit(",", 1)[0]
    path.write_text(f"{lines[0]}\n{row}\n")

    found = read_certificates(path, BOOKS)

    assert any(f"has {word} cells" in str(mistake) for mistake in found.mistakes)


def test_two_rows_of_a_certificate_must_say_the_same_of_it(tmp_path: Path) -> None:
    (found,) = texts(tmp_path, {}, {"quantity": "20"})

    assert found.startswith("certificates.csv:3: certificate 'G1' - stands in another row")


def refusals(folder: Path, *rows: dict[str, str], consumed_mwh: float = 1000) -> list[str]:
    return [str(m) for m in held(read(folder, *rows), evidence(consumed_mwh)).mistakes]


def test_two_rows_may_claim_two_parts_of_a_certificate(tmp_path: Path) -> None:
    first, second = {"claimed_quantity": "4"}, {"claimed_quantity": "6"}

    assert refusals(tmp_path, first, second) == []


def test_a_mwh_claimed_as_gec_and_ccer_is_refused_with_its_line(tmp_path: Path) -> None:
    (found,) = refusals(tmp_path, {}, {"claim": "CCER"})

    assert found.startswith("certificates.csv:3: ids '0..9999999' - claimed twice")


def test_a_claim_larger_than_metered_is_refused_with_its_line(tmp_path: Path) -> None:
    (found,) = refusals(tmp_path, {}, consumed_mwh=4)

    assert found.startswith("certificates.csv:2: claimed_wh '10000000' - larger than metered")
    assert "claim at most 4000000 Wh" in found


def test_a_certificate_of_another_market_or_year_is_refused(tmp_path: Path) -> None:
    abroad = {"certificate": "G2", "market": "DE"}
    old = {"certificate": "G3", "produced_from": "2024-03"}

    found = refusals(tmp_path, abroad, old)

    assert "certificates.csv:2: market 'DE' - wrong market; consumption is in CN" in found
    assert any("certificates.csv:3: consumed '[2023-12-31T16:00Z" in text for text in found)


def test_two_certificates_of_the_same_ids_of_a_lot_are_claimed_once(tmp_path: Path) -> None:
    lot = {"lot": "windfarm/2025-03", "first_id": "0"}

    (found,) = refusals(tmp_path, lot, {**lot, "certificate": "G2"})

    assert "claimed twice; ids 0..9999999 of lot windfarm/2025-03" in found


def test_from_file_to_what_each_enterprise_has_covered(tmp_path: Path) -> None:
    common = {"certificate": "G2", "beneficiary": "park", "quantity": "4"}
    sound = held(read(tmp_path, {}, common), evidence())
    loads = {"steel": hours_of_load(8 * MWH, 8 * MWH), "campus": hours_of_load(1 * MWH, 1 * MWH)}

    found = match_park(loads, sound.attributes, Granularity.YEARLY, SHANGHAI)

    # steel has 10 MWh of its own and 6 of the 8 MWh that are left: 3 of the park's 4
    assert found.covered_wh("steel").sum() == 13 * MWH
    assert found.covered_wh("campus").sum() == 1 * MWH


def test_storage_discharge_may_be_a_storage_certificate(tmp_path: Path) -> None:
    found = read(tmp_path, {"instrument": "SD-GC", "technology": "storage", "quantity": "0.5"})

    certificate = found.standings["G1"].certificate
    assert certificate.instrument is Instrument.STORAGE_GRANULAR
    assert certificate.quantity_wh == 500_000
