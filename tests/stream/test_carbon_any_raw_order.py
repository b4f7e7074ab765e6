"""A faulty day's raw log in any order, validated and booked without a broker: the same books."""

import asyncio
import random
from collections.abc import Iterable
from dataclasses import replace

import pytest
from services.carbon_accounting.bookkeeping import take
from services.carbon_accounting.domain.booking import Rules
from services.carbon_accounting.domain.entries import Quality
from services.carbon_accounting.factor_file import factors_for, load_factors

from parkflow.telemetry.v1.raw_frame_pb2 import RawFrame
from services.carbon_accounting.domain.words import Word
from services.carbon_accounting.messages import words_of
from services.carbon_accounting.rules import rules_for
from services.carbon_accounting.verify import compared
from services.validation.domain.partition import ParkRules, beginning
from services.validation.folding import entry_from, fold
from tests.support.builders import MORNING, a_park
from tests.support.carbon import MemoryBooks
from tests.support.field_day import DAY_BEGINS, GATEWAYS, a_field_day
from tests.support.raw_day import raw_entries

HOURS, FRAMES_AT_ONCE = 6, 12
RAW = [RawFrame.FromString(it) for _, it in raw_entries(a_park().id, a_field_day(4, HOURS * 60))]
VALIDATION = ParkRules.of(a_park())


def the_rules() -> Rules:
    """The demo park's ledgers, of the devices that the field day has."""
    devices = {device for devices in GATEWAYS.values() for device in devices}
    rules = rules_for(a_park(), factors_for(a_park(), 2022, load_factors()))
    chargers = tuple(point for point in rules.meters.chargers if point.split(".")[0] in devices)
    meters = replace(rules.meters, chargers=chargers)
    return replace(rules, meters=meters, ledger_from=DAY_BEGINS)


def books_of(log: Iterable[RawFrame]) -> MemoryBooks:
    """Fold the log and book what a few frames came to at a time."""
    rules, books, state = the_rules(), MemoryBooks(), beginning(VALIDATION)
    words: list[Word] = []
    for position, message in enumerate(log):
        state, findings = fold(state, entry_from(message, VALIDATION, position), VALIDATION)
        words += [word for f in findings.intervals for word in words_of(f, rules.meters.all)]
        if position % FRAMES_AT_ONCE == 0:
            asyncio.run(take(books, words, rules, MORNING))
            words = []
    asyncio.run(take(books, words, rules, MORNING))
    return books


@pytest.mark.parametrize("seed", range(2))
def test_a_shuffled_and_repeated_log_ends_in_the_same_books(seed: int) -> None:
    chance = random.Random(seed)
    undisturbed = books_of(RAW)

    shuffled = chance.sample(RAW, len(RAW)) + chance.choices(RAW, k=len(RAW) // 3)
    disturbed = books_of(shuffled)

    booked = undisturbed.picture().values()
    assert len({key.interval_start for key in undisturbed.picture()}) > 3 * HOURS
    assert {quality for _, _, _, quality, _, _ in booked} == set(Quality)
    assert disturbed.picture() == undisturbed.picture()
    assert len(disturbed.entries) > len(undisturbed.entries)  # it went through other versions
    assert asyncio.run(compared(disturbed, the_rules())).differences == ()
