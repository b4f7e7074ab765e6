"""A faulty day's raw log in any order, validated and booked without a broker: the same books."""

import asyncio
import random
from collections.abc import Iterable
from dataclasses import replace

import pytest

from parkflow.telemetry.v1.raw_frame_pb2 import RawFrame
from services.carbon_accounting.book.site_file import load_site
from services.carbon_accounting.domain.inventory.site import Role
from services.carbon_accounting.domain.words import Word
from services.carbon_accounting.live.bookkeeping import take
from services.carbon_accounting.live.live_rules import LiveRules
from services.carbon_accounting.messages import words_of
from services.validation.domain.partition import ParkRules, beginning
from services.validation.folding import entry_from, fold
from tests.support.builders import DEMO_PARK_FILE, MORNING, a_park
from tests.support.carbon import the_rules
from tests.support.carbon_books import MemoryBooks
from tests.support.field_day import DAY_BEGINS, GATEWAYS, a_field_day
from tests.support.raw_day import raw_entries

HOURS, FRAMES_AT_ONCE = 6, 12
RAW = [RawFrame.FromString(it) for _, it in raw_entries(a_park().id, a_field_day(4, HOURS * 60))]
VALIDATION = ParkRules.of(a_park())


def rules_of_the_day() -> LiveRules:
    """The demo park's ledgers, of the devices that the field day has."""
    devices = {device for devices in GATEWAYS.values() for device in devices}
    site = load_site(DEMO_PARK_FILE)
    meters = tuple(
        meter
        for meter in site.meters
        if meter.role is not Role.CONSUMPTION or meter.id.split(".")[0] in devices
    )
    return the_rules(replace(site, meters=meters), since=DAY_BEGINS)


def books_of(log: Iterable[RawFrame]) -> MemoryBooks:
    """Fold the log and book what a few frames came to at a time."""
    rules, books, state = rules_of_the_day(), MemoryBooks(), beginning(VALIDATION)
    words: list[Word] = []
    for position, message in enumerate(log):
        state, findings = fold(state, entry_from(message, VALIDATION, position), VALIDATION)
        words += [word for f in findings.intervals for word in words_of(f)]
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

    booked = undisturbed.picture()
    assert len({start for start, _ in booked}) > 3 * HOURS
    assert {measured for _, _, measured in booked.values()} == {True, False}
    assert disturbed.picture() == undisturbed.picture()
    assert disturbed.facts == undisturbed.facts
    assert len(disturbed.postings) > len(undisturbed.postings)  # it went through other versions
