"""What of a person's decision is passed on to validation, and what is refused before."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest

from parkflow.telemetry.v1.edit_pb2 import READING_BELIEF_WITHDRAWN
from services.console.actions import BadOrder
from services.console.decisions import Decisions
from services.runtime.clock import ParkClock
from tests.support.builders import MORNING, a_park, after
from tests.support.fake_services import FakeServices
from tests.support.fake_validation import STEEL, FakeValidation, an_entry


@asynccontextmanager
async def deciding() -> AsyncIterator[tuple[FakeValidation, Decisions]]:
    async with FakeServices.at(ParkClock(MORNING, time.time(), 1.0)) as fakes:
        address = f"127.0.0.1:{fakes.ports['validation']}"
        async with grpc.aio.insecure_channel(address) as channel:
            yield fakes.validation, Decisions(a_park().id, channel)


def signed(**fields: Any) -> dict[str, Any]:
    given = {"reason": " seen on site ", "idempotency_key": "k", "confirmed": True, **fields}
    return {name: value for name, value in given.items() if value is not ...}


def a_release(**changes: Any) -> dict[str, Any]:
    return signed(**{"entry_id": "e", "balance_wh": 5, "into": "intervals", **changes})


async def test_a_release_is_passed_on_with_who_why_how_much_and_where_to() -> None:
    async with deciding() as (validation, decisions):
        entry = an_entry(STEEL, 3_299_000, after())
        validation.entries.append(entry)
        order = a_release(entry_id=entry.entry_id, balance_wh=3_299_000)
        answer = await decisions.release(order, "mei")

    [release] = validation.releases
    assert (release.entry_id, release.balance_wh) == (entry.entry_id, 3_299_000)
    assert (release.user, release.reason, release.edit_id) == ("mei", "seen on site", "k")
    assert release.write_off_account == ""
    assert answer == {"edit_id": "k"}


async def test_what_did_not_flow_goes_to_the_account_that_was_named() -> None:
    async with deciding() as (validation, decisions):
        entry = an_entry(STEEL, 5, after())
        validation.entries.append(entry)
        order = a_release(entry_id=entry.entry_id, into="account", account="meter fault")
        await decisions.release(order, "mei")

    assert [one.write_off_account for one in validation.releases] == ["meter fault"]


async def test_a_reading_is_judged_at_its_exact_time() -> None:
    async with deciding() as (validation, decisions):
        at = "2019-06-03T22:00:01.000017Z"
        order = signed(point=STEEL, source="mqtt-site", event_time=at, belief="withdrawn")
        await decisions.judge(order, "mei")

    [edit] = validation.judgements
    assert (edit.point_id, edit.source_id, edit.user) == (STEEL, "mqtt-site", "mei")
    assert edit.reading.belief == READING_BELIEF_WITHDRAWN
    assert edit.reading.event_time.ToMicroseconds() % 1_000_000 == 17


async def test_a_revocation_names_the_edit() -> None:
    async with deciding() as (validation, decisions):
        await decisions.revoke(signed(revoked_edit_id="e-7"), "mei")

    [revocation] = validation.revocations
    assert (revocation.revoked_edit_id, revocation.user) == ("e-7", "mei")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"confirmed": ...}, "confirmed is not true"),
        ({"confirmed": "yes"}, "confirmed is not true"),
        ({"reason": " "}, "reason is missing"),
        ({"idempotency_key": ...}, "idempotency_key is missing"),
        ({"balance_wh": 5.5}, "send whole Wh"),
        ({"balance_wh": True}, "send whole Wh"),
        ({"into": "nowhere"}, "into must be"),
        ({"into": "account"}, "account is missing"),
    ],
)
async def test_a_release_with_a_mistake_is_refused_and_passed_to_nobody(
    change: dict[str, Any], words: str
) -> None:
    async with deciding() as (validation, decisions):
        with pytest.raises(BadOrder, match=words):
            await decisions.release(a_release(**change), "mei")

    assert validation.releases == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"belief": "perhaps"}, "belief must be one of"),
        ({"event_time": "then"}, "send an ISO 8601 time"),
        ({"event_time": "2019-06-03T22:00:00"}, "no time zone"),
    ],
)
async def test_a_judgement_with_a_mistake_is_refused(change: dict[str, Any], words: str) -> None:
    at = "2019-06-03T22:00:00Z"
    order = signed(
        **{"point": STEEL, "source": "s", "event_time": at, "belief": "believed", **change}
    )
    async with deciding() as (validation, decisions):
        with pytest.raises(BadOrder, match=words):
            await decisions.judge(order, "mei")

    assert validation.judgements == []
