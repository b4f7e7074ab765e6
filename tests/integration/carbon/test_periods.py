"""A closed month stays what it was; what would change it waits for somebody who says why."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from parkflow.carbon.v1 import chain_pb2, period_pb2, restatement_pb2, total_pb2
from services.carbon_accounting.domain.words import Word
from services.carbon_accounting.live.bookkeeping import take
from services.carbon_accounting.live.store import open_books
from services.energy.time_grid import QUARTER
from tests.support.calls import named_fields
from tests.support.carbon import GRID as GRID_IN
from tests.support.carbon import NOON, a_quarter, a_word, nothing_known, the_rules
from tests.support.live_books import ng_of
from tests.support.live_service import CALL_S, Running, serving

LAST_HOUR = 4 * (26 * 24 + 11)  # quarters from noon of June 4th to 23:00 of June 30th
JULY = NOON + (LAST_HOUR + 4) * QUARTER
NOW = JULY + timedelta(days=3)
WHO = {"user": "li.wei", "reason": "audited"}
LOAD = "load.used"


@pytest.fixture
async def running(empty_books: str, tmp_path: Path) -> AsyncIterator[Running]:
    """An hour of June and an hour of July are booked: 1000 Wh of the grid a quarter."""
    rules = the_rules(since=NOON + LAST_HOUR * QUARTER, late_after=timedelta(hours=1))
    async with serving(empty_books, tmp_path, now=NOW, rules=rules) as found:
        for quarter in range(LAST_HOUR, LAST_HOUR + 8):
            await told(found, a_quarter(quarter, grid_in=1000, load_used=1000), NOW)
        yield found


async def told(running: Running, words: list[Word], at: datetime) -> None:
    async with open_books(running.database, "park") as books:
        await take(books, words, running.rules, at)


async def corrected(running: Running, wh: int, quarter: int = LAST_HOUR, minute: int = 9) -> None:
    """The load of a quarter of June is another one, known so many minutes from now."""
    at = NOW + timedelta(minutes=minute)
    known = (at - NOON).total_seconds() / 60
    words = [a_word(point, quarter, wh, known=known) for point in (LOAD, "grid.in")]
    await told(running, words, at)


async def closed(running: Running, month: str = "2019-06", **more: Any) -> period_pb2.Period:
    request = period_pb2.ClosePeriodRequest(park_id="park", month=month, **(WHO | more))
    return (await running.stub.ClosePeriod(request, timeout=CALL_S)).period


async def pending(running: Running, **more: Any) -> list[period_pb2.PendingRestatement]:
    request = period_pb2.ListPendingRestatementsRequest(park_id="park", **more)
    answer = await running.stub.ListPendingRestatements(request, timeout=CALL_S)
    return list(answer.restatements)


async def decided(running: Running, how: str, one: str, **more: Any) -> Any:
    asked = getattr(period_pb2, f"{how}RestatementRequest")
    request = asked(park_id="park", restatement_id=one, **(WHO | more))
    return (await getattr(running.stub, f"{how}Restatement")(request, timeout=CALL_S)).restatement


async def june(running: Running, known_by: datetime | None = None) -> list[total_pb2.Total]:
    request = total_pb2.ListTotalsRequest(
        park_id="park", first_day="2019-06-01", last_day="2019-06-30"
    )
    if known_by is not None:
        request.known_by.FromDatetime(known_by)
    return list((await running.stub.ListTotals(request, timeout=CALL_S)).totals)


async def heads(running: Running, **more: Any) -> list[chain_pb2.ChainHead]:
    request = chain_pb2.GetChainRequest(park_id="park", **more)
    return list((await running.stub.GetChain(request, timeout=CALL_S)).heads)


async def proved(running: Running, **more: Any) -> list[chain_pb2.VerifyBooksResponse]:
    request = chain_pb2.VerifyBooksRequest(park_id="park", **more)
    return [one async for one in running.stub.VerifyBooks(request, timeout=CALL_S)]


def in_wh(totals: list[total_pb2.Total]) -> int:
    return sum(one.amount for one in totals if one.ledger == 2)


async def test_a_month_is_closed_with_who_why_and_the_heads_of_its_chains(running: Running) -> None:
    before = await heads(running, month="2019-06")

    period = await closed(running)

    assert (period.closed_by, period.because) == ("li.wei (local)", "audited")
    assert list(period.heads) == before
    assert [(head.ledger, head.link_count) for head in before] == [(1, 4), (2, 4), (3, 4)]
    request = period_pb2.ListPeriodsRequest(park_id="park")
    periods = (await running.stub.ListPeriods(request, timeout=CALL_S)).periods
    assert [(p.month, p.HasField("closed_at")) for p in periods] == [
        ("2019-06", True),
        ("2019-07", False),
    ]
    assert periods[0] == period


async def test_a_month_that_has_not_ended_or_holds_nothing_is_not_closed(
    running: Running,
) -> None:
    told = {
        "2019-07": "2019-07 ends 2019-07-31T16:00:00+00:00, books reach to",
        "2019-05": "nothing is booked of 2019-05",
    }
    for month, text in told.items():
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await closed(running, month)

        assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION
        assert text in str(refused.value.details())
    assert await running.database.rows("SELECT 1 FROM closed_period") == []


async def test_a_month_is_not_closed_while_its_last_quarters_may_be_withdrawn(
    empty_books: str, tmp_path: Path
) -> None:
    """With an hour of July told and two hours of patience, June may still lose its last quarter."""
    rules = the_rules(since=NOON + LAST_HOUR * QUARTER)
    async with serving(empty_books, tmp_path, now=NOW, rules=rules) as running:
        for quarter in range(LAST_HOUR, LAST_HOUR + 8):
            await told(running, a_quarter(quarter, grid_in=1000, load_used=1000), NOW)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await closed(running)

    assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert "may still be withdrawn: close it 2:00:00 later" in str(refused.value.details())


async def test_a_month_with_open_items_is_closed_by_whoever_says_that_they_are_known(
    running: Running,
) -> None:
    """Of June's last hour two quarters have no load: it waits for it, and does not close."""
    words = [a_word("load.used", LAST_HOUR + 1, 0, known=10**5)]
    unknown = nothing_known(GRID_IN, LAST_HOUR, known=10**5)
    await told(running, [*words, unknown], NOW)

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await closed(running)
    before = await running.database.rows("SELECT 1 FROM closed_period")
    period = await closed(running, are_open_items_acknowledged=True)

    assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    said = str(refused.value.details())
    assert said.startswith("2019-06 has open items, which stay open in a closed month")
    one = "1 quarter hours from 2019-06-30T15:00Z to 2019-06-30T15:00Z wait for grid.in"
    gap = "do not close: 1000 Wh came in without a metered consumer"
    assert one in said
    assert gap in said
    assert before == []
    assert (len(period.open_items), period.open_items[0]) == (2, one)


async def test_a_month_is_closed_once(running: Running) -> None:
    await closed(running)

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await closed(running, reason="again")

    assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert "2019-06 is closed already" in str(refused.value.details())


WRONG: list[tuple[dict[str, Any], set[str]]] = [
    ({"user": " ", "reason": ""}, {"user", "reason"}),
    ({"month": "2019-6"}, {"month"}),
    ({"month": "June", "user": "x" * 101}, {"month", "user"}),
]


async def test_who_and_why_are_needed(running: Running) -> None:
    for more, fields in WRONG:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await closed(running, **more)

        assert named_fields(refused.value) == fields


async def test_what_was_reported_at_closing_comes_out_the_same_after_an_approval(
    running: Running,
) -> None:
    await closed(running)
    at_closing, links = await june(running), await heads(running, month="2019-06")
    await corrected(running, 700)

    waiting = await june(running)
    (one,) = await pending(running)
    approved = await decided(running, "Approve", one.restatement_id)

    assert waiting == at_closing  # nothing is posted while it waits
    assert (one.month, one.quarter_count, one.state) == ("2019-06", 1, 1)
    assert "load.used: 1000 Wh became 700 Wh" in one.because
    assert (approved.state, approved.decided_by) == (2, "li.wei (local)")
    assert in_wh(at_closing) == 4000
    assert in_wh(await june(running)) == 3700
    assert await june(running, known_by=NOW) == at_closing
    assert await heads(running, month="2019-06", known_by=stamp(NOW)) == links
    (last,) = {r.because for r in await restatements(running) if r.ledger == 2}
    assert last.startswith("approved by li.wei (local): audited: ")
    assert [one.difference_count for one in await proved(running)][-1] == 0


async def test_the_difference_that_an_approval_made_is_told_with_its_reason(
    running: Running,
) -> None:
    await closed(running)
    await corrected(running, 700)
    (one,) = await pending(running)
    await decided(running, "Approve", one.restatement_id)

    request = restatement_pb2.CompareVersionsRequest(
        park_id="park",
        ledger="LEDGER_LOCATION_BASED",
        first_day="2019-06-01",
        last_day="2019-07-01",
        reported_on=stamp(NOW),
    )
    found = (await running.stub.CompareVersions(request, timeout=CALL_S)).differences

    (difference,) = found
    assert (difference.month, difference.enterprise) == ("2019-06", "steel")
    assert 4 * ng_of(difference.more) == -ng_of(difference.reported) * 300 // 1000
    assert [change.reason for change in difference.changes] == ["reading changed"]


async def test_a_rejected_restatement_leaves_the_month_and_is_decided_once(
    running: Running,
) -> None:
    await closed(running)
    at_closing = await june(running)
    await corrected(running, 700)
    (one,) = await pending(running)

    rejected = await decided(running, "Reject", one.restatement_id, reason="wrong meter")

    assert (rejected.state, rejected.decided_because) == (3, "wrong meter")
    assert await pending(running) == []
    assert await pending(running, include_decided=True) == [rejected]
    assert await june(running) == at_closing
    for how in ("Approve", "Reject"):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await decided(running, how, one.restatement_id)
        assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION
        assert "was rejected by li.wei (local)" in str(refused.value.details())


async def test_what_waits_is_told_by_ledger_as_reported_and_as_known(running: Running) -> None:
    """1 kWh at 530.6 g became 0.7 kWh: 371.42 g, 159.18 g less."""
    await closed(running)

    await corrected(running, 700)

    (one,) = await pending(running)
    assert len(one.differences) == 3
    (location,) = [each for each in one.differences if each.ledger == 2]
    told = [ng_of(each) for each in (location.reported, location.known, location.more)]
    assert told == [530_600_000_000, 371_420_000_000, -159_180_000_000]
    assert len(one.reasons) == 2  # the load and the grid
    assert one.version == 1


async def test_an_approval_is_of_the_version_that_was_looked_at(running: Running) -> None:
    await closed(running)
    at_closing = await june(running)
    await corrected(running, 700)
    (shown,) = await pending(running)
    await corrected(running, 600, minute=10)
    (grown,) = await pending(running)

    for seen in (0, 1):  # 0: said nothing, though it became something else
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await decided(running, "Approve", shown.restatement_id, version=seen)
        assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION
        assert "is something else by now, version 2" in str(refused.value.details())
    assert await june(running) == at_closing
    await decided(running, "Approve", shown.restatement_id, version=2)

    assert (grown.version, grown.found_at, grown.quarter_count) == (2, shown.found_at, 1)
    assert in_wh(await june(running)) == 3600


async def test_what_is_known_again_after_the_approval_keeps_when_it_was_found(
    running: Running,
) -> None:
    await closed(running)
    await corrected(running, 700)
    (shown,) = await pending(running)

    approved = await decided(running, "Approve", shown.restatement_id)

    assert approved.found_at == shown.found_at
    assert approved.differences == shown.differences


async def test_an_unknown_restatement_is_not_found_and_a_wrong_id_is_named(
    running: Running,
) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as unknown:
        await decided(running, "Approve", "77")
    with pytest.raises(grpc.aio.AioRpcError) as wrong:
        await decided(running, "Reject", "-1", reason="")

    assert unknown.value.code() is grpc.StatusCode.NOT_FOUND
    assert named_fields(wrong.value) == {"restatement_id", "reason"}


async def test_a_proof_tells_its_way_and_finds_what_was_changed(running: Running) -> None:
    whole = await proved(running)
    chains = await proved(running, chain_only=True)
    async with running.database.transaction() as connection:
        await connection.execute("ALTER TABLE posting DISABLE TRIGGER posting_only_added")
        await connection.execute(
            "UPDATE posting SET because = 'x' WHERE ledger = 2 AND start = %s", (JULY,)
        )

    changed = await proved(running, chain_only=True)

    assert [one.month for one in whole] == [*["2019-06", "2019-07"] * 4, ""]
    assert (whole[-1].is_done, whole[-1].difference_count) == (True, 0)
    assert (whole[-1].posting_count, whole[-1].entry_count > 0) == (24, True)
    assert [one.step for one in chains] == [1] * 6 + [0]
    (found,) = [text for one in changed for text in one.differences]
    assert "location_based/2019-06-30T16:00:00Z/1: its link does not follow" in found
    assert changed[-1].difference_count == 1


async def test_heads_are_told_as_they_were(running: Running) -> None:
    before = await heads(running)
    await corrected(running, 900)

    now = await heads(running)

    assert await heads(running, known_by=stamp(NOW)) == before
    assert {h.link_count for h in now if h.month == "2019-06"} == {5}
    assert [h.ledger for h in await heads(running, ledger=2, month="2019-07")] == [2]
    assert [h for h in now if h.month == "2019-07"] == [h for h in before if h.month == "2019-07"]


async def restatements(running: Running) -> list[restatement_pb2.Restatement]:
    request = restatement_pb2.ListRestatementsRequest(park_id="park")
    return list((await running.stub.ListRestatements(request, timeout=CALL_S)).restatements)


def stamp(moment: datetime) -> Timestamp:
    found = Timestamp()
    found.FromDatetime(moment)
    return found
