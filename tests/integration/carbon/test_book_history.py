"""`book --history` on a real database: the same books as from a file of the same readings."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.support.booking import Booked, run_with
from tests.support.builders import DEMO_PARK_FILE
from tests.support.history_service import engine_url as engine_url
from tests.support.told_park import (
    BEGIN,
    REGISTERS,
    Said,
    fill,
    some_days,
    standing,
    write_readings,
)

QUARTERS = 96 + 7
NOON = BEGIN + timedelta(hours=12)
LOAD = "steel.consumption_energy_wh"


def book(folder: Path, *source: str | Path, park: Path = DEMO_PARK_FILE) -> Booked:
    """Book a park out of a source into a folder."""
    return run_with(["--park", str(park), "--out", str(folder), *map(str, source)], folder)


def same_books(url: str, words: list[Said], folder: Path, known_by: datetime | None) -> None:
    """Book from the history and from a file of what stands in it, and compare all they wrote."""
    write_readings(folder / "readings.csv", standing(words, known_by))
    then = [] if known_by is None else ["--known-by", known_by.isoformat()]

    from_history = book(folder / "history", "--history", url, *then)
    from_file = book(folder / "file", "--readings", folder / "readings.csv")

    assert (from_history.code, from_file.code) == (0, 0), from_history.refused
    assert differing(from_history, from_file) == []
    assert without_its_source(from_history) == without_its_source(from_file)


def differing(one: Booked, other: Booked) -> list[str]:
    """Return the files that are not the same in both books."""
    here, there = one.bytes_by_file, other.bytes_by_file
    return sorted(name for name in here | there if here.get(name) != there.get(name))


def manifest(books: Booked) -> dict[str, Any]:
    """Return what books say that they are of."""
    said: dict[str, Any] = json.loads((books.folder / "manifest.json").read_text("utf-8"))
    return said


def without_its_source(books: Booked) -> dict[str, Any]:
    """Return the manifest without where the readings came from."""
    said = manifest(books)
    return said | {"files": [file for file in said["files"] if file["role"] != "readings"]}


@pytest.fixture(scope="module")
def words() -> list[Said]:
    """What was said of a day and a bit of the demo park."""
    return some_days(QUARTERS)


@pytest.fixture(scope="module")
def url(module_database: str, words: list[Said]) -> str:
    """A history that was told these words, and one word of a park with one meter."""
    fill(module_database, words)
    return module_database


def test_the_history_and_a_file_of_its_readings_make_the_same_books_to_the_byte(
    engine_url: str, words: list[Said], tmp_path: Path
) -> None:
    fill(engine_url, words)

    same_books(engine_url, words, tmp_path, known_by=None)


def test_books_as_known_by_noon_are_those_of_the_readings_that_were_known_then(
    url: str, words: list[Said], tmp_path: Path
) -> None:
    same_books(url, words, tmp_path, known_by=NOON)


def test_books_name_when_their_readings_were_known_and_come_again_as_known_by_then(
    url: str, words: list[Said], tmp_path: Path
) -> None:
    first = book(tmp_path / "books", "--history", url)

    (source,) = (one for one in manifest(first)["files"] if one["role"] == "readings")
    newest = max(word.known_at for word in standing(words))
    known_by = f"{newest:%Y-%m-%dT%H:%M:%S.%fZ}"
    assert source["name"] == f"history of demo-park, known by {known_by}"
    assert source["rows"] == len([*standing(words)])
    again = book(tmp_path / "books", "--history", url, "--known-by", known_by, "--verify")
    assert (again.code, again.said) == (0, "all equal, to the byte\n")


def test_days_without_words_are_unknown_and_never_zero(url: str, tmp_path: Path) -> None:
    days = ("--from", "2019-06-30", "--to", "2019-07-02")  # words end at 01:45 of July 1st

    books = book(tmp_path / "books", "--history", url, *days)

    assert manifest(books)["begins"] == "2019-06-29T16:00:00+00:00"
    assert manifest(books)["ends"] == "2019-07-02T16:00:00+00:00"
    (july,) = (
        row
        for row in books.rows("readings_used")
        if (row["month"], row["meter"]) == ("2019-07", LOAD)
    )
    assert int(july["intervals"]) == 2 * 96
    assert 0 < int(july["known"]) <= 7
    assert any(
        row["kind"] == "unknown-reading" and row["end"] == "2019-07-02T16:00:00Z"
        for row in books.rows("open_items")
    )


def test_books_tell_the_range_and_version_of_each_meter_s_readings(
    url: str, words: list[Said], tmp_path: Path
) -> None:
    before = book(tmp_path / "before", "--history", url, "--known-by", NOON.isoformat())
    after = book(tmp_path / "after", "--history", url, "--from", "2019-06-30", "--to", "2019-06-30")

    (row,) = (r for r in after.rows("readings_used") if r["meter"] == LOAD)
    assert (row["start"], row["end"]) == ("2019-06-29T16:00:00Z", "2019-06-30T16:00:00Z")
    ours = [w for w in standing(words) if w.point == LOAD and w.quarter < 96]
    assert int(row["known"]) == sum(w.known_us == 900_000_000 for w in ours)
    versions = {r["version"] for r in (*before.rows("readings_used"), *after.rows("readings_used"))}
    assert len(versions) == 2 * len(REGISTERS)


def test_all_that_the_history_lacks_is_told_at_once(url: str, tmp_path: Path) -> None:
    park = tmp_path / "park.yaml"
    park.write_text(
        "park: {id: demo-park, name: {en: A, zh: 甲}, time_zone: Asia/Shanghai, currency: CNY}\n"
        "accounting:\n"
        "  interval: 30min\n"
        f"  meters: [{{id: {LOAD}, role: consumption}}, {{id: grid, role: grid_import}}]\n"
        "  streams: [{id: coke, activity: process, substance: CaCO3, unit: t}]\n",
        encoding="utf-8",
    )
    days = ("--from", "2019-07-02", "--to", "2019-07-01")

    refused = book(tmp_path / "books", "--history", url, *days, park=park)

    assert refused.code == 2
    assert refused.refused.splitlines() == [
        "history: holds quarter hours, accounting.interval is 0:30:00: 15min, or a file alone",
        "history: holds energies, 'coke' is counted in t: give it by --readings",
        "history: --to 2019-07-01 lies before --from 2019-07-02: name the first day and the last",
        "history: has no point 'grid' of the park 'demo-park': name meters as their registers",
    ]


def test_a_file_gives_what_no_register_counts(url: str, tmp_path: Path) -> None:
    park, coke = with_coke(tmp_path), tmp_path / "coke.csv"
    coke.write_text(f"time,meter,value\n{NOON.isoformat()},coke,2\n", encoding="utf-8")

    books = book(tmp_path / "books", "--history", url, "--readings", coke, park=park)

    assert books.code == 0, books.refused
    (row,) = (r for r in books.rows("readings_used") if (r["meter"], r["known"]) == ("coke", "1"))
    assert row["month"] == "2019-06"
    assert books.total(ledger="location_based", carrier="CaCO3")[0] == 2_000_000  # 2 t in g
    assert [one["name"] for one in manifest(books)["files"]][2] == "coke.csv"


def test_what_the_history_has_too_and_what_lies_beyond_it_is_refused(
    url: str, tmp_path: Path
) -> None:
    park, coke = with_coke(tmp_path), tmp_path / "coke.csv"
    coke.write_text(f"time,meter,value\n{NOON.isoformat()},coke,2\n", encoding="utf-8")
    rows = coke.read_text("utf-8")

    coke.write_text(f"{rows}{NOON.isoformat()},{LOAD},1\n", encoding="utf-8")
    twice = book(tmp_path / "books", "--history", url, "--readings", coke, park=park)
    coke.write_text(f"{rows}2019-08-01T00:00:00+08:00,coke,1\n", encoding="utf-8")
    beyond = book(tmp_path / "books", "--history", url, "--readings", coke, park=park)
    days = ("--from", "2019-06-30", "--to", "2019-06-30")
    named = book(tmp_path / "books", "--history", url, "--readings", coke, *days, park=park)

    assert (
        twice.refused == f"history: has {LOAD!r} as well as --readings: leave it out of the file\n"
    )
    assert beyond.refused == (
        "history: ends 2019-06-30 17:45:00+00:00, --readings has 2019-07-31 16:00:00+00:00: "
        "name the last day with --to\n"
    )
    assert named.total(ledger="location_based", carrier="CaCO3")[0] == 2_000_000


def with_coke(folder: Path) -> Path:
    """Return a park of two registers and a stream that is weighed."""
    park = folder / "park.yaml"
    grid = "grid.import_energy_wh"
    park.write_text(
        "park: {id: demo-park, name: {en: A, zh: 甲}, time_zone: Asia/Shanghai, currency: CNY}\n"
        "accounting:\n"
        f"  meters: [{{id: {LOAD}, role: consumption}}, {{id: {grid}, role: grid_import}}]\n"
        "  streams: [{id: coke, activity: process, substance: CaCO3, unit: t}]\n",
        encoding="utf-8",
    )
    return park


def test_a_park_that_the_history_never_heard_of_is_refused(url: str, tmp_path: Path) -> None:
    park = tmp_path / "park.yaml"
    text = DEMO_PARK_FILE.read_text("utf-8").replace("id: demo-park", "id: other-park")
    park.write_text(text, encoding="utf-8")

    refused = book(tmp_path / "books", "--history", url, park=park)

    assert refused.code == 2
    assert refused.refused == (
        "history: has no point of the park 'other-park' by the names of its meters; "
        "it has demo-park\n"
    )


def test_days_that_nothing_is_known_of_are_refused(url: str, tmp_path: Path) -> None:
    days = ("--from", "2020-01-01", "--to", "2020-01-31")

    refused = book(tmp_path / "books", "--history", url, *days)

    assert refused.code == 2
    assert refused.refused == "history: holds no energy of the park's meters in these days\n"


def test_days_that_were_dropped_are_refused(fresh_database: str, tmp_path: Path) -> None:
    fill(fresh_database, [Said(point, 0, 1) for point in REGISTERS])
    with psycopg.connect(fresh_database) as connection:
        connection.execute("UPDATE history.horizon SET quarters_from = '2019-06-24T00:00:00Z'")

    refused = book(tmp_path / "books", "--history", fresh_database, "--from", "2019-06-24")

    assert refused.code == 2
    assert refused.refused == (
        "history: keeps quarter hours since 2019-06-24 08:00 alone: begin --from 2019-06-25\n"
    )


def test_a_database_without_a_history_is_refused(fresh_database: str, tmp_path: Path) -> None:
    refused = book(tmp_path / "books", "--history", fresh_database)

    assert refused.code == 2
    assert refused.refused.endswith("holds no history: name the database of services.history\n")
    assert str(conninfo_to_dict(fresh_database)["password"]) not in refused.refused


def test_the_environment_may_name_the_history(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "url").write_text(f"{url}\n", encoding="utf-8")
    monkeypatch.delenv("PARKFLOW_DATABASE_URL", raising=False)
    monkeypatch.setenv("PARKFLOW_DATABASE_URL_FILE", str(tmp_path / "url"))

    by_file = book(tmp_path / "books", "--history", "env")

    assert by_file.code == 0, by_file.refused
