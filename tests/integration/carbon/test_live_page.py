"""The page about the live books shows calls that really work."""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format, message_factory

from parkflow.carbon.v1 import carbon_service_pb2
from services.carbon_accounting.domain.costing.declared import Pricing, Tariff
from services.carbon_accounting.live.bookkeeping import take
from services.carbon_accounting.live.store import open_books
from services.energy.time_grid import QUARTER
from tests.support.builders import REPOSITORY
from tests.support.carbon import NOON, a_quarter, a_word, the_rules, the_site
from tests.support.live_service import CALL_S, SERVICE, Running, serving

PAGE = (REPOSITORY / "docs/carbon-live.md").read_text(encoding="utf-8")
CALL = re.compile(
    r"^grpcurl -plaintext -d '(?P<document>\{.*\})' 127\.0\.0\.1:7105"
    r" parkflow\.carbon\.v1\.CarbonService/(?P<method>\w+)$",
    re.MULTILINE,
)
METHODS = carbon_service_pb2.DESCRIPTOR.services_by_name["CarbonService"].methods_by_name
OURS = (
    "ListTotals",
    "GetTracing",
    "ListCosts",
    "ListRestatements",
    "CompareVersions",
    "ListPeriods",
    "ClosePeriod",
    "ListPendingRestatements",
    "ApproveRestatement",
    "RejectRestatement",
    "GetChain",
    "VerifyBooks",
    "GetResources",
    "ProposeExchanges",
    "GetEnergyAudit",
)
LAST_HOUR = 4 * (26 * 24 + 11)  # quarters from noon of June 4th to 23:00 of June 30th
NOW = NOON + (LAST_HOUR + 4) * QUARTER + timedelta(days=1)


def calls() -> Iterator[tuple[str, str]]:
    """Yield the method and document of each of our calls that the page shows."""
    for found in CALL.finditer(PAGE):
        if found["method"] in OURS:
            yield found["method"], found["document"]


@pytest.fixture
async def running(empty_books: str, tmp_path: Path) -> AsyncIterator[Running]:
    """Two hours around the end of June, one quarter of which was read again."""
    pricing = Pricing((Tariff("grid", "kWh", date.min, 620_000),))
    site = replace(the_site(), id="demo-park", pricing=pricing)
    begin = NOON + LAST_HOUR * QUARTER
    rules = the_rules(site, since=begin, late_after=timedelta(hours=1))
    async with serving(empty_books, tmp_path, now=NOW, rules=rules) as found:
        hours = range(LAST_HOUR, LAST_HOUR + 8)
        words = [w for quarter in hours for w in a_quarter(quarter, grid_in=900, load_used=900)]
        await told(found, words, minutes=-2000)
        await told(found, [reread(800, 1)], minutes=-100)
        yield found


def reread(wh: int, place: int) -> Any:
    known = (NOW - NOON).total_seconds() / 60
    return a_word("load.used", LAST_HOUR, wh, known=known, log_position=place)


async def told(running: Running, words: Any, minutes: int) -> None:
    async with open_books(running.database, "demo-park") as books:
        await take(books, words, running.rules, NOW + timedelta(minutes=minutes))


def test_the_page_shows_every_call() -> None:
    assert {method for method, _ in calls()} == set(OURS)


async def test_every_call_that_the_page_shows_is_answered(running: Running) -> None:
    answers: list[tuple[str, Any]] = []
    for method, document in calls():
        if method == "ListPendingRestatements":
            await told(running, [reread(700, 2)], minutes=-50)
        if method == "RejectRestatement":
            await told(running, [reread(600, 3)], minutes=-40)
        answers += [(method, one) async for one in answered(running, method, document)]

    empty = [method for method, one in answers if not one.ListFields()]
    assert empty == []
    assert {method for method, _ in answers} == set(OURS)


async def test_a_park_without_such_meters_says_so(running: Running) -> None:
    said = {}
    for method, document in calls():
        if method in ("GetResources", "ProposeExchanges", "GetEnergyAudit"):
            said[method] = [one async for one in answered(running, method, document)][-1].missing

    for method in ("GetResources", "ProposeExchanges"):
        assert "names no meter of water" in " ".join(said[method])
    assert "declares no product" in " ".join(said["GetEnergyAudit"])


async def answered(running: Running, method: str, document: str) -> AsyncIterator[Any]:
    call = METHODS[method]
    request = json_format.Parse(document, message_factory.GetMessageClass(call.input_type)())
    found = getattr(running.stub, method)(request, timeout=CALL_S)
    if call.server_streaming:
        async for one in found:
            yield one
    else:
        yield await found


def test_the_service_is_named_as_on_the_page() -> None:
    assert f" {SERVICE}/" in PAGE
