"""What the page of carbon may ask and decide, and what is refused before anything is sent."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import grpc
import pytest

from services.console.actions import BadOrder
from services.console.carbon_books import CarbonBooks, days_of, month_in, span_of
from services.console.carbon_indicators import CarbonIndicators
from services.console.carbon_matching import offers_in, year_in
from services.runtime.clock import ParkClock
from tests.support.builders import a_park
from tests.support.fake_services import FakeServices

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
NOW = datetime(2019, 6, 4, 2, 32, tzinfo=UTC)


@asynccontextmanager
async def asking() -> AsyncIterator[tuple[FakeServices, CarbonBooks]]:
    async with FakeServices.at(ParkClock(NOW, time.time(), 1.0)) as fakes:
        address = f"127.0.0.1:{fakes.ports['carbon_accounting']}"
        async with grpc.aio.insecure_channel(address) as channel:
            yield fakes, CarbonBooks(a_park().id, SHANGHAI, channel)


def an_order(**fields: Any) -> dict[str, Any]:
    return {"reason": "checked", "confirmed": True, **fields}


async def test_a_month_is_closed_in_the_name_of_whoever_is_signed_in() -> None:
    async with asking() as (fakes, books):
        said = await books.close(an_order(month="2019-05", user="somebody else"), "li")

    assert (said["month"], said["closed_by"]) == ("2019-05", "li")
    assert fakes.decided[0].reason == "checked"
    assert not fakes.decided[0].are_open_items_acknowledged


async def test_who_closes_a_month_with_open_items_says_that_they_are_known() -> None:
    async with asking() as (fakes, books):
        await books.close(an_order(month="2019-05", acknowledged=True), "li")

    assert fakes.decided[0].are_open_items_acknowledged


async def test_nothing_is_decided_that_a_person_has_not_confirmed() -> None:
    async with asking() as (fakes, books):
        order = an_order(month="2019-05", restatement_id="x", version=1, confirmed=False)
        for decide in (books.close, books.approve, books.reject):
            with pytest.raises(BadOrder, match="confirm"):
                await decide(order, "li")

    assert fakes.decided == []


async def test_a_decision_needs_a_reason() -> None:
    async with asking() as (fakes, books):
        with pytest.raises(BadOrder, match="reason is missing"):
            await books.reject(an_order(restatement_id="x", reason="  "), "li")

    assert fakes.decided == []


async def test_what_is_approved_is_the_version_that_was_looked_at() -> None:
    async with asking() as (fakes, books):
        with pytest.raises(BadOrder, match="version is None"):
            await books.approve(an_order(restatement_id="demo-park/2019-04/1"), "li")
        await books.approve(an_order(restatement_id="demo-park/2019-04/1", version=3), "li")

    assert [one.version for one in fakes.decided] == [3]


async def test_what_waits_is_rejected_and_stays_in_the_list() -> None:
    async with asking() as (_, books):
        await books.reject(an_order(restatement_id="demo-park/2019-04/1"), "li")
        [one] = await books.pending()
        april, *_ = await books.months()

    assert (one["state"], one["decided_by"], one["decided_because"]) == (
        "rejected",
        "li",
        "checked",
    )
    assert april["pending"] is False


async def test_known_and_reported_are_asked_beside_each_other() -> None:
    async with asking() as (_, books):
        both = await books.totals("2019-05", datetime(2019, 6, 1, tzinfo=UTC))
        alone = await books.totals("2019-05", None)

    steel = [one["amount"] for one in (both["known"][0], both["reported"][0])]
    assert steel == ["990000000", "1000000000"]
    assert (alone["known"], alone["reported"]) == (both["known"], None)


async def test_all_pages_of_restatements_are_counted_and_the_newest_come_first() -> None:
    async with asking() as (fakes, books):
        fakes.more_restatements = 2_300
        said = await books.restatements("2019-05")

    assert said["count"] == 2_302
    assert len(said["restatements"]) == 200
    assert [one["version"] for one in said["restatements"][:2]] == [2_302, 2_301]


async def test_open_items_are_asked_for_the_local_month() -> None:
    async with asking() as (_, books):
        june, may = await books.open_items("2019-06"), await books.open_items("2019-05")

    assert june == [
        {
            "en": "2019-06-03T14:30Z waits for boilerhouse_gas.volume_m3",
            "zh": "2019-06-03T14:30Z 等待 boilerhouse_gas.volume_m3",
        }
    ]
    assert may == []


@pytest.mark.parametrize("text", ["", "2019", "2019-13", "2019-1", "2019-01-01", "0000-01"])
def test_what_is_no_month_is_refused_by_its_value(text: str) -> None:
    with pytest.raises(BadOrder, match=f"month is '{text}'"):
        month_in(text)


@pytest.mark.parametrize("text", ["", "19", "0000", "２０１９", "2019-01"])
def test_what_is_no_year_is_refused(text: str) -> None:
    with pytest.raises(BadOrder, match="send a year like"):
        year_in(text)


def test_a_month_ends_on_its_last_day_also_in_a_leap_year() -> None:
    assert days_of("2024-02") == ("2024-02-01", "2024-02-29")


def test_a_local_month_with_a_change_of_the_clock_is_an_hour_short() -> None:
    start, end = (moment.astimezone(UTC) for moment in span_of("2026-03", BERLIN))

    assert (end - start).total_seconds() == (31 * 24 - 1) * 3600
    assert start == datetime(2026, 2, 28, 23, tzinfo=UTC)


def test_an_offer_is_told_in_millionths_by_kwh_and_whole_mwh() -> None:
    [offer] = offers_in('[{"name": "wind", "price_per_mwh": "30.125", "max_mwh": "7"}]')

    assert (offer.price_micros_per_kwh, offer.max_wh) == (30_125, 7_000_000)


@pytest.mark.parametrize(
    ("offers", "why"),
    [
        ("no", "no JSON"),
        ("{}", "list of 1"),
        ("[]", "list of 1"),
        ("[1]", r"offers\[0\] must be an object"),
        ('[{"price_per_mwh": "x", "max_mwh": 1}]', r"offers\[0\].price_per_mwh is 'x'"),
        ('[{"price_per_mwh": "NaN", "max_mwh": 1}]', "price_per_mwh is 'NaN'"),
        ('[{"price_per_mwh": "-1", "max_mwh": 1}]', "from 0"),
        ('[{"price_per_mwh": "1.0001", "max_mwh": 1}]', "three decimals"),
        ('[{"price_per_mwh": "1", "max_mwh": "1.5"}]', "whole MWh"),
    ],
)
def test_an_offer_that_is_none_is_refused_with_field_and_value(offers: str, why: str) -> None:
    with pytest.raises(BadOrder, match=why):
        offers_in(offers)


async def test_a_report_that_does_not_exist_is_refused_with_all_mistakes_at_once() -> None:
    nobody = CarbonIndicators("demo-park", grpc.aio.insecure_channel("127.0.0.1:9"))

    with pytest.raises(BadOrder, match=r"kind is 'x'.*language is 'fr'.*format is 'doc'"):
        await anext(nobody.report("x", "2019-05", "", "fr", "doc"))
