"""A water meter through validation into the live books: litres by the rules of energies."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

import pytest

from parkflow.telemetry.v1.raw_frame_pb2 import RawFrame
from services.carbon_accounting.book.site_file import load_site
from services.carbon_accounting.domain.words import Word
from services.carbon_accounting.live.bookkeeping import take
from services.carbon_accounting.messages import words_of
from services.carbon_accounting.rules import rules_for
from services.energy.time_grid import to_microseconds
from services.runtime.interval_frames import (
    interval_frame_from,
    message_from_intervals,
    whole_frame_from,
)
from services.runtime.park_file import ParkFileError, load_park
from services.validation.domain.partition import ParkRules, beginning
from services.validation.folding import entry_from, fold
from tests.support.builders import DEMO_PARK_FILE, MORNING, after
from tests.support.carbon_books import MemoryBooks
from tests.support.raw_log import a_raw_frame
from tests.support.wet_park import SLAG, TAP, a_wet_park_file

Shown = tuple[float, str, float]
"""A minute, a point, what its register shows."""


def told(file: Path, readings: Iterable[Shown]) -> list[Word]:
    """What validation says of these readings, each a frame of its own, as the log carries it."""
    park = load_park(file)
    rules = ParkRules.of(park)
    state, words = beginning(rules), []
    for position, (minute, point, shown) in enumerate(readings):
        at, now = after(minutes=minute), after(minutes=300 + position)
        rows = [(point, to_microseconds(at), shown)]
        raw = RawFrame.FromString(a_raw_frame(park.id, "mqtt-site", str(position), now, rows))
        state, findings = fold(state, entry_from(raw, rules, position), rules)
        for frame in findings.intervals:
            message = message_from_intervals(frame)
            assert len(interval_frame_from(message)) == 0  # no energy in any of it
            words += words_of(whole_frame_from(message))
    return words


def standing(words: Iterable[Word]) -> dict[float, Word]:
    """The last word on each quarter, by the minute that it starts."""
    return {(word.start - MORNING).total_seconds() / 60: word for word in words}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return a_wet_park_file(tmp_path)


def test_a_tap_of_four_cubic_metres_an_hour_counts_a_thousand_litres_a_quarter(file: Path) -> None:
    found = standing(told(file, [(m, TAP, 50_000 + m * 1_000 / 15) for m in range(0, 61, 15)]))

    assert {minute: word.believed_wh for minute, word in found.items()} == {
        0: 1_000,
        15: 1_000,
        30: 1_000,
        45: 1_000,
    }
    assert all(word.is_measured for word in found.values())
    assert found[0].says == "1000 dm3"


def test_over_a_gap_the_sum_is_known_and_spread_evenly(file: Path) -> None:
    found = standing(told(file, [(0, SLAG, 0), (60, SLAG, 400_000), (75, SLAG, 500_000)]))

    assert [found[minute].estimated_wh for minute in (0, 15, 30, 45)] == [100_000] * 4
    assert found[60].believed_wh == 100_000
    assert found[0].says == "~100000 g linear"


def test_a_late_reading_takes_the_place_of_the_estimate(file: Path) -> None:
    late = [(0, TAP, 0), (60, TAP, 4_000), (75, TAP, 5_000), (30, TAP, 3_000)]

    found = standing(told(file, late))

    amounts = [found[m].believed_wh + found[m].estimated_wh for m in (0, 15, 30, 45)]
    assert amounts == [1_500, 1_500, 500, 500]


def test_more_than_the_meter_can_count_is_set_aside(file: Path) -> None:
    # 60 m3/h are 30 m3 in a quarter hour and the quarter it is given; the jump is of 90 m3
    readings = [(0, TAP, 0), (15, TAP, 1_000), (30, TAP, 91_000)]
    more = [(30 + 15 * n, TAP, 91_000 + 1_000 * n) for n in range(1, 9)]

    found = standing(told(file, readings + more))

    assert (found[0].believed_wh, found[15].believed_wh, found[30].believed_wh) == (1_000, 0, 1_000)
    assert (found[15].suspense_wh, found[15].known_us) == (90_000, 0)


def test_words_on_water_are_kept_and_book_nothing(file: Path) -> None:
    words = told(file, [(m, TAP, 1_000.0 * m) for m in range(0, 61, 15)])
    rules, books = rules_for(load_park(file), file, 2022), MemoryBooks()

    asyncio.run(take(books, words, rules, after(hours=6)))

    assert {word.point_id for word in books.kept.values()} == {TAP}
    assert (books.postings, books.resource_months) == ([], ["2019-06"])


def test_other_resources_stand_beside_the_devices_registers(file: Path) -> None:
    site, without = load_site(file), load_site(DEMO_PARK_FILE)

    assert site.meters == without.meters
    assert {one.id for one in site.streams} - {one.id for one in without.streams} == {
        "tap.volume_dm3",
        "drain.volume_dm3",
        "slag.mass_g",
        "flue.thermal_energy_wh",
    }


def test_a_quarter_waits_for_no_water(file: Path) -> None:
    rules = rules_for(load_park(file), file, 2022)
    dry = rules_for(load_park(DEMO_PARK_FILE), DEMO_PARK_FILE, 2022)

    assert rules.registers == dry.registers
    assert TAP in rules.resources


@pytest.mark.parametrize(
    ("peaks", "says"),
    [("", "has 0 of peak_kw"), ("peak_kw: 3, peak_m3_per_h: 5,", "has 2 of peak_kw")],
)
def test_a_meter_says_by_one_peak_what_it_counts(file: Path, peaks: str, says: str) -> None:
    text = file.read_text(encoding="utf-8").replace("peak_m3_per_h: 60,", peaks, 1)
    file.write_text(text, encoding="utf-8")

    with pytest.raises(ParkFileError, match=says):
        load_park(file)
