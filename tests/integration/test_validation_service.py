"""What is set aside is shown, released and edited; every decision is in the log and replayed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
import pytest

from parkflow.telemetry.v1 import edit_pb2, interval_frame_pb2
from parkflow.validation.v1 import validation_service_pb2 as wire
from parkflow.validation.v1.validation_service_pb2_grpc import ValidationServiceStub
from services.demo.stack import Kafka
from services.energy.readings import Doubt, Verdict
from services.energy.time_grid import QUARTER, to_microseconds
from services.runtime.database import migrate
from services.runtime.interval_frames import interval_frame_from
from services.runtime.topics import INTERVALS, READINGS
from tests.support.builders import after
from tests.support.ingest import Log, ValidationProcess, running, the_log
from tests.support.patience import until
from tests.support.raw_log import a_raw_frame, publish_raw

UNCONFIRMED = interval_frame_pb2.SUSPENSE_REASON_UNCONFIRMED
JUMP = interval_frame_pb2.SUSPENSE_REASON_JUMP
METER = "steel.consumption_energy_wh"
SOURCE = "mqtt-site"
CALL_S = 30.0


def minute(number: float) -> datetime:
    return after(minutes=number - 120)


async def tell(kafka: Kafka, park_id: str, *readings: tuple[float, float]) -> None:
    """Put register readings of the steel works into the raw log: (minute, Wh)."""
    await publish_raw(
        kafka,
        park_id,
        SOURCE,
        [
            a_raw_frame(
                park_id,
                SOURCE,
                f"frame-{number}-{wh}",
                minute(number),
                [(METER, to_microseconds(minute(number)), wh)],
            )
            for number, wh in readings
        ],
    )


@asynccontextmanager
async def a_desk(
    kafka: Kafka, url: str, folder: Path
) -> AsyncIterator[tuple[ValidationProcess, Any]]:
    await migrate("validation", url)
    with running(ValidationProcess(folder, kafka.address, url)) as worker:
        async with grpc.aio.insecure_channel(worker.address) as channel:
            yield worker, ValidationServiceStub(channel)


def quarters(log: Log) -> dict[int, tuple[int, int, int, int]]:
    """Return by start minute what each quarter hour stands at: believed … written off."""
    found: dict[int, tuple[int, tuple[int, int, int, int]]] = {}
    for frame in map(interval_frame_from, log.messages):
        known = to_microseconds(frame.known_at)
        for row in range(len(frame)):
            start = (int(frame.start_us[row]) - to_microseconds(minute(0))) // 60_000_000
            parts = tuple(
                int(getattr(frame, name)[row])
                for name in ("believed_wh", "estimated_wh", "suspense_wh", "written_off_wh")
            )
            if start not in found or found[start][0] <= known:
                found[start] = (known, parts)
    return {start: parts for start, (_, parts) in sorted(found.items())}


async def test_a_jump_is_set_aside_and_released_into_the_intervals_by_a_named_person(
    kafka_with_topics: Kafka, fresh_database: str, tmp_path: Path
) -> None:
    async with a_desk(kafka_with_topics, fresh_database, tmp_path) as (worker, desk):
        park = worker.park_id
        async with the_log(kafka_with_topics, INTERVALS, park) as log:
            await tell(kafka_with_topics, park, (0, 700_000), (15, 701_000), (30, 4_000_000))

            async def open_entries(reason: int) -> Any:
                listed = await desk.ListSuspense(wire.ListSuspenseRequest(park_id=park))
                return [entry for entry in listed.entries if entry.reason == reason]

            (claim,) = await until(lambda: open_entries(UNCONFIRMED), "an unconfirmed claim")
            early = wire.ReleaseSuspenseRequest(
                park_id=park,
                entry_id=claim.entry_id,
                balance_wh=claim.balance_wh,
                user="li",
                reason="seen on site",
            )
            with pytest.raises(grpc.aio.AioRpcError) as unconfirmed:
                await desk.ReleaseSuspense(early, timeout=CALL_S)
            confirming = [(number, 4_000_000.0 + number) for number in range(31, 95)]
            await tell(kafka_with_topics, park, *confirming)
            (entry,) = await until(lambda: open_entries(JUMP), "a jump")
            refused = wire.ReleaseSuspenseRequest(
                park_id=park,
                entry_id=entry.entry_id,
                balance_wh=entry.balance_wh - 1,
                user="li",
                reason="seen on site",
            )
            with pytest.raises(grpc.aio.AioRpcError) as changed:
                await desk.ReleaseSuspense(refused, timeout=CALL_S)
            refused.balance_wh, refused.write_off_account = entry.balance_wh, "meter fault"
            answer = await desk.ReleaseSuspense(refused, timeout=CALL_S)

            async def written_off() -> Any:
                request = wire.ListSuspenseRequest(park_id=park, account="meter fault")
                return (await desk.ListSuspense(request)).entries

            (moved,) = await until(written_off, "the entry on the other account")
            left = await desk.ListSuspense(wire.ListSuspenseRequest(park_id=park))
            await log.until(lambda: 0 in quarters(log))

    assert (claim.point_id, claim.balance_wh) == (METER, 3_299_000)
    assert unconfirmed.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert "believe or withdraw the reading" in str(unconfirmed.value.details())
    assert (entry.point_id, entry.balance_wh) == (METER, 3_299_000)
    assert changed.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert answer.edit.user == "li"
    assert moved.balance_wh == 3_299_000
    assert (list(left.entries), left.balance_wh) == ([], 0)
    assert quarters(log)[0] == (1_000, 0, 0, 0)


async def test_an_edit_restates_the_reading_and_its_quarters_and_a_revocation_brings_them_back(
    kafka_with_topics: Kafka, fresh_database: str, tmp_path: Path
) -> None:
    async with a_desk(kafka_with_topics, fresh_database, tmp_path) as (worker, desk):
        park = worker.park_id
        async with (
            the_log(kafka_with_topics, INTERVALS, park) as intervals,
            the_log(kafka_with_topics, READINGS, park) as readings,
        ):
            await tell(kafka_with_topics, park, (0, 0), (15, 1_000), (30, 2_000), (45, 3_000))
            await intervals.until(lambda: len(quarters(intervals)) == 3)
            request = wire.EditRequest(
                park_id=park, point_id=METER, user="li", reason="the meter was open"
            )
            request.reading.event_time.FromDatetime(minute(15))
            request.reading.belief = edit_pb2.READING_BELIEF_BELIEVED
            request.reading.register_wh = 1_400
            edit = (await desk.Edit(request, timeout=CALL_S)).edit
            await intervals.until(lambda: quarters(intervals)[0] == (1_400, 0, 0, 0))
            edited = quarters(intervals)

            async def applied(count: int) -> Any:
                listed = await desk.ListEdits(wire.ListEditsRequest(park_id=park))
                return list(listed.edits) if len(listed.edits) == count else None

            (shown,) = await until(lambda: applied(1), "the edit on the list")
            await desk.Revoke(
                wire.RevokeRequest(
                    park_id=park, revoked_edit_id=edit.edit_id, user="wu", reason="not so"
                ),
                timeout=CALL_S,
            )
            await intervals.until(lambda: quarters(intervals)[0] == (1_000, 0, 0, 0))
            at = to_microseconds(minute(15))
            await readings.until(lambda: sum(1 for row in readings.rows() if row[1] == at) == 3)

    assert edited == {0: (1_400, 0, 0, 0), 15: (600, 0, 0, 0), 30: (1_000, 0, 0, 0)}
    assert [q.believed_wh for q in shown.before] == [1_000, 1_000]
    assert [q.believed_wh for q in shown.after] == [1_400, 600]
    assert (shown.edit.user, shown.edit.reason) == ("li", "the meter was open")
    assert [row[2:] for row in readings.rows() if row[1] == at] == [
        (1_000.0, Verdict.BELIEVED, Doubt.NONE),
        (1_400.0, Verdict.BELIEVED, Doubt.EDITED),
        (1_000.0, Verdict.BELIEVED, Doubt.NONE),
    ]


def of_the_future(park: str) -> wire.EditRequest:
    """A reading of 2199, by a typo."""
    request = wire.EditRequest(park_id=park, point_id=METER, user="li", reason="read off")
    request.reading.event_time.FromDatetime(datetime(2199, 11, 22, tzinfo=UTC))
    request.reading.belief = edit_pb2.READING_BELIEF_BELIEVED
    request.reading.register_wh = 1_400
    return request


def of_too_much(park: str) -> wire.EditRequest:
    """A quarter hour of more than the meter's device can move: MWh meant, kWh taken for Wh."""
    request = wire.EditRequest(park_id=park, point_id=METER, user="li", reason="read off")
    request.interval.start.FromDatetime(minute(0))
    request.interval.energy_wh, request.interval.account = 10**15, "losses"
    return request


async def test_a_decision_without_name_reason_or_content_is_refused_by_field(
    kafka_with_topics: Kafka, fresh_database: str, tmp_path: Path
) -> None:
    async with a_desk(kafka_with_topics, fresh_database, tmp_path) as (worker, desk):
        park = worker.park_id
        for request, code, words in (
            (wire.EditRequest(park_id=park, point_id="steel.active_power_w"), 3, "no register"),
            (wire.EditRequest(park_id=park, point_id=METER), 3, "say who"),
            (
                wire.EditRequest(park_id=park, point_id=METER, user="li", reason="r"),
                3,
                "what is edited",
            ),
            (wire.EditRequest(park_id="elsewhere"), 5, "park"),
            (of_the_future(park), 3, "has not come yet"),
            (of_too_much(park), 3, "more than its device can move"),
        ):
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await desk.Edit(request, timeout=CALL_S)
            assert refused.value.code().value[0] == code
            assert words in str(refused.value.details())
        with pytest.raises(grpc.aio.AioRpcError) as unknown:
            await desk.Revoke(
                wire.RevokeRequest(park_id=park, revoked_edit_id="x", user="li", reason="r")
            )
        assert unknown.value.code() is grpc.StatusCode.NOT_FOUND


async def test_data_quality_tells_freshness_completeness_doubts_and_suspense_of_a_source(
    kafka_with_topics: Kafka, fresh_database: str, tmp_path: Path
) -> None:
    async with a_desk(kafka_with_topics, fresh_database, tmp_path) as (worker, desk):
        park = worker.park_id
        told = [(0.0, 700_000.0), (15.0, 701_000.0), (30.0, 4_000_000.0)]
        await tell(kafka_with_topics, park, *told)

        async def told_of() -> Any:
            answer = await desk.GetDataQuality(wire.GetDataQualityRequest(park_id=park))
            known = [s for s in answer.sources if sum(d.reading_count for d in s.doubts) == 3]
            return [source for source in known if source.suspense_wh and source.quarter_count]

        (quality,) = await until(told_of, "the quality at a checkpoint")

    assert quality.source_id == SOURCE
    assert quality.newest_event_time.ToDatetime(minute(0).tzinfo) == minute(30)
    assert quality.newest_arrival_time.ToDatetime(minute(0).tzinfo) == minute(30)
    assert {d.doubt: d.reading_count for d in quality.doubts} == {
        Doubt.NONE: 2,
        Doubt.REGISTER_TOO_STEEP: 1,
    }
    assert quality.suspense_wh == 3_299_000
    assert (quality.quarter_count, quality.believed_quarter_count) == (1, 1)
    assert quality.estimated_quarter_count == 0
    assert quality.completeness_share == 1.0
    first = quality.first_quarter_start.ToDatetime(minute(0).tzinfo)
    assert (first + 95 * QUARTER, quality.as_of.ToDatetime(first.tzinfo)) == (minute(30),) * 2
    assert list(quality.filled_point_count)[-3:] == [1, 1, 0]  # too steep is no usable reading
    assert list(quality.expected_point_count)[-3:] == [1, 1, 0]
    assert set(quality.expected_point_count[:-3]) == {0}  # it had not begun
    assert quality.unheard_point_count > 10  # one of the source's many points


async def test_edits_and_accounts_survive_a_killed_worker_without_a_checkpoint(
    kafka_with_topics: Kafka, fresh_database: str, tmp_path: Path
) -> None:
    async with a_desk(kafka_with_topics, fresh_database, tmp_path) as (worker, desk):
        park = worker.park_id
        async with the_log(kafka_with_topics, INTERVALS, park) as log:
            await tell(kafka_with_topics, park, (0, 0), (15, 1_000), (30, 2_000))
            await log.until(lambda: len(quarters(log)) == 2)
            request = wire.EditRequest(park_id=park, point_id=METER, user="li", reason="read off")
            request.interval.start.FromDatetime(minute(0))
            request.interval.energy_wh, request.interval.account = 900, "li's log"
            await desk.Edit(request, timeout=CALL_S)
            await log.until(lambda: quarters(log)[0] == (0, 900, 0, 100))
            before = {bytes(m.SerializeToString()) for m in log.messages}

            worker.kill()
            await asyncio.to_thread(worker.start)
            await tell(kafka_with_topics, park, (45, 3_000))
            await log.until(lambda: len(quarters(log)) == 3)

            async def written_off() -> Any:
                query = wire.ListSuspenseRequest(park_id=park, account="li's log")
                return (await desk.ListSuspense(query)).balance_wh

            assert await until(written_off, "the account") == 100

    assert quarters(log) == {0: (0, 900, 0, 100), 15: (1_000, 0, 0, 0), 30: (1_000, 0, 0, 0)}
    assert len({bytes(m.SerializeToString()) for m in log.messages} - before) == 1
