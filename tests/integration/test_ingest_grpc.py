"""Readings and curves over gRPC: stored once, every mistake named, watched as they come."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from parkflow.market.v1.intensity_pb2 import IntensityCurve
from parkflow.market.v1.market_service_pb2 import (
    PublishIntensityRequest,
    PublishPricesRequest,
    WatchMarketRequest,
)
from parkflow.market.v1.market_service_pb2_grpc import MarketServiceStub
from parkflow.market.v1.price_pb2 import PriceCurve
from parkflow.telemetry.v1.telemetry_service_pb2 import (
    ListSourcesRequest,
    PushedColumns,
    PushedReading,
    PushRequest,
    WatchRequest,
)
from parkflow.telemetry.v1.telemetry_service_pb2_grpc import TelemetryServiceStub
from services.demo.stack import Kafka
from services.energy.readings import Doubt, Verdict
from services.energy.time_grid import to_microseconds
from services.runtime.database import migrate
from services.runtime.topics import PRICES, RAW, READINGS
from tests.support.builders import MORNING, after
from tests.support.ingest import IngestProcess, ValidationProcess, ended, running, the_log
from tests.support.patience import CALL_S, PATIENCE_S
from tests.support.refusals import refusal_of
from tests.support.stack import frozen


@pytest.fixture(scope="module")
def ingest(
    kafka_with_topics: Kafka, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[IngestProcess]:
    folder = tmp_path_factory.mktemp("ingest")
    with running(IngestProcess(folder, kafka_with_topics.address)) as process:
        yield process


@pytest.fixture(scope="module")
def validation(
    ingest: IngestProcess, kafka_with_topics: Kafka, module_database: str
) -> Iterator[ValidationProcess]:
    asyncio.run(migrate("validation", module_database))
    with running(
        ValidationProcess(
            ingest.folder,
            kafka_with_topics.address,
            module_database,
            park_id=ingest.park_id,
            began=ingest.began,
        )
    ) as process:
        yield process


@pytest.fixture
async def channel(ingest: IngestProcess) -> AsyncIterator[grpc.aio.Channel]:
    async with grpc.aio.insecure_channel(ingest.address) as channel:
        yield channel


@pytest.fixture
def telemetry(channel: grpc.aio.Channel) -> TelemetryServiceStub:
    return TelemetryServiceStub(channel)


@pytest.fixture
def market(channel: grpc.aio.Channel) -> MarketServiceStub:
    return MarketServiceStub(channel)


def stamp(moment: datetime) -> Timestamp:
    message = Timestamp()
    message.FromDatetime(moment)
    return message


def a_reading(point: str, at: datetime, value: float) -> PushedReading:
    return PushedReading(point_id=point, event_time=stamp(at), value=value)


def a_batch(ingest: IngestProcess, key: str, *readings: PushedReading) -> PushRequest:
    return PushRequest(
        park_id=ingest.park_id, source_id="scada", idempotency_key=key, readings=readings
    )


def violations(error: grpc.aio.AioRpcError) -> dict[str, str]:
    """Return field and description of every named mistake."""
    status = rpc_status.from_call(error)
    found: dict[str, str] = {}
    for detail in status.details if status else ():
        request = error_details_pb2.BadRequest()
        if detail.Unpack(request):
            found |= {v.field: v.description for v in request.field_violations}
    return found


async def test_pushed_readings_are_in_kafka_when_the_answer_comes(
    ingest: IngestProcess, telemetry: TelemetryServiceStub, kafka_with_topics: Kafka
) -> None:
    answer = await telemetry.Push(
        iter(
            [
                a_batch(ingest, "a1", a_reading("steel.active_power_w", MORNING, 1.0)),
                a_batch(
                    ingest,
                    "a2",
                    a_reading("steel.active_power_w", after(60), 2.0),
                    a_reading("steel.active_power_w", after(60), 2.0),
                    a_reading("steel.active_power_w", after(120), math.nan),
                    a_reading("steel.colour", after(60), 3.0),
                ),
            ]
        ),
        timeout=CALL_S,
    )

    assert (answer.believed_count, answer.rejected_count) == (3, 2)  # what can be told at once
    assert answer.repeated_batch_count == 0
    doubts = {(d.point_id, d.doubt) for d in answer.doubted}
    assert doubts == {
        ("steel.active_power_w", Doubt.NOT_A_NUMBER),
        ("steel.colour", Doubt.UNKNOWN_POINT),
    }
    assert all(d.detail for d in answer.doubted)
    async with the_log(kafka_with_topics, RAW, ingest.park_id) as log:
        await log.read_all()
    assert [len(message.value) // 8 for message in log.messages] == [1, 4]
    assert ("steel.active_power_w", to_microseconds(MORNING), 1.0) in log.told()
    assert ("steel.colour", to_microseconds(after(60)), 3.0) in log.told()


async def test_what_was_pushed_is_judged_and_counts_stay_complete(
    ingest: IngestProcess,
    validation: ValidationProcess,
    telemetry: TelemetryServiceStub,
    kafka_with_topics: Kafka,
) -> None:
    point = "labs_a.consumption_energy_wh"
    told = [(0, 100.0), (60, 120.0), (60, 120.0), (120, 90.0), (180, math.nan)]
    readings = [a_reading(point, after(second - 600), value) for second, value in told]
    await telemetry.Push(iter([a_batch(ingest, "judged", *readings)]), timeout=CALL_S)

    async with the_log(kafka_with_topics, READINGS, ingest.park_id) as log:
        await log.until(lambda: sum(1 for row in log.rows() if row[0] == point) >= 4)

    assert [row[3:] for row in log.rows() if row[0] == point] == [
        (Verdict.BELIEVED, Doubt.NONE),
        (Verdict.BELIEVED, Doubt.NONE),
        (Verdict.REJECTED, Doubt.REGISTER_BACKWARDS),
        (Verdict.REJECTED, Doubt.NOT_A_NUMBER),
    ]


async def test_the_same_key_and_content_again_is_stored_once_and_answered_alike(
    ingest: IngestProcess, telemetry: TelemetryServiceStub, kafka_with_topics: Kafka
) -> None:
    batch = a_batch(ingest, "same", a_reading("offices.active_power_w", after(1), 5.0))
    first = await telemetry.Push(iter([batch]), timeout=CALL_S)

    again = await telemetry.Push(iter([batch, batch]), timeout=CALL_S)

    assert (first.believed_count, first.repeated_batch_count) == (1, 0)
    assert (again.believed_count, again.repeated_batch_count) == (2, 2)
    async with the_log(kafka_with_topics, RAW, ingest.park_id) as log:
        await log.read_all()
    frames = [m for m in log.messages if "offices.active_power_w" in m.point_ids]
    assert len(frames) == 1


async def test_the_same_key_with_other_content_is_refused(
    ingest: IngestProcess, telemetry: TelemetryServiceStub
) -> None:
    batches = [
        a_batch(ingest, "twice", a_reading("labs_a.active_power_w", after(1), value))
        for value in (5.0, 6.0)
    ]

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await telemetry.Push(iter(batches), timeout=CALL_S)

    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "used before" in violations(refused.value)["requests[1].idempotency_key"]


async def test_every_mistake_of_a_batch_is_named_at_once(
    ingest: IngestProcess, telemetry: TelemetryServiceStub
) -> None:
    wrong = PushRequest(
        readings=[
            PushedReading(point_id="", value=1.0),
            PushedReading(point_id="a.b", event_time=Timestamp(seconds=10**13), value=1.0),
        ],
    )

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await telemetry.Push(iter([wrong]), timeout=CALL_S)

    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    named = violations(refused.value)
    assert set(named) == {
        "requests[0].park_id",
        "requests[0].source_id",
        "requests[0].idempotency_key",
        "requests[0].readings[0].point_id",
        "requests[0].readings[0].event_time",
        "requests[0].readings[1].event_time",
    }
    assert ingest.park_id in named["requests[0].park_id"]


@pytest.mark.parametrize("count", [0, 10_001])
async def test_a_batch_of_a_wrong_size_is_refused(
    ingest: IngestProcess, telemetry: TelemetryServiceStub, count: int
) -> None:
    batch = a_batch(ingest, "big", *[a_reading("x.y", MORNING, 1.0)] * count)

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await telemetry.Push(iter([batch]), timeout=CALL_S)

    assert "1 to 10000 a batch" in violations(refused.value)["requests[0].readings"]


async def test_readings_in_columns_are_told_as_they_were_pushed(
    ingest: IngestProcess, telemetry: TelemetryServiceStub, kafka_with_topics: Kafka
) -> None:
    at_us = to_microseconds(MORNING) + 7
    batch = PushRequest(
        park_id=ingest.park_id,
        source_id="columns",
        idempotency_key="c1",
        columns=PushedColumns(
            point_ids=["steel.active_power_w", "pv.active_power_w"],
            point_index=np.array([1, 0, 0], "<u4").tobytes(),
            event_time_us=np.array([at_us, at_us, at_us + 1], "<i8").tobytes(),
            value=np.array([-5.0, 6.0, 1e12], "<f8").tobytes(),
        ),
    )

    answer = await telemetry.Push(iter([batch]), timeout=CALL_S)

    assert (answer.believed_count, answer.rejected_count) == (2, 1)
    assert [doubted.point_id for doubted in answer.doubted] == ["steel.active_power_w"]
    async with the_log(kafka_with_topics, RAW, ingest.park_id) as log:
        await log.until(lambda: any(frame.source_id == "columns" for frame in log.messages))
    assert {
        ("pv.active_power_w", at_us, -5.0),
        ("steel.active_power_w", at_us, 6.0),
        ("steel.active_power_w", at_us + 1, 1e12),
    } <= log.told()


async def test_bytes_that_are_no_request_are_refused_and_harm_nobody(
    ingest: IngestProcess, channel: grpc.aio.Channel, telemetry: TelemetryServiceStub
) -> None:
    raw = channel.stream_unary("/parkflow.telemetry.v1.TelemetryService/Push")

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await raw(iter([b"\xff\xff\xff"]), timeout=CALL_S)

    assert refused.value.code() in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.INTERNAL)
    batch = a_batch(ingest, "after", a_reading("labs_b.active_power_w", MORNING, 5.0))
    assert (await telemetry.Push(iter([batch]), timeout=CALL_S)).believed_count == 1


async def seen_by(watch: Any, count: int) -> list[Any]:
    """Return the next `count` readings of a watch."""
    seen: list[Any] = []
    while len(seen) < count:
        seen += (await asyncio.wait_for(watch.read(), PATIENCE_S)).readings
    return seen


async def test_a_watcher_gets_the_newest_of_each_point_and_then_all_that_comes(
    ingest: IngestProcess, validation: ValidationProcess, telemetry: TelemetryServiceStub
) -> None:
    point = "metalwork.active_power_w"
    old, new = a_reading(point, after(10), 10.0), a_reading(point, after(20), 20.0)
    late = a_reading(point, after(5), 5.0)
    first = telemetry.Watch(WatchRequest(park_id=ingest.park_id, point_ids=[point]))
    assert (await first.read()).snapshot
    await telemetry.Push(iter([a_batch(ingest, "w1", old, new)]), timeout=CALL_S)
    await telemetry.Push(iter([a_batch(ingest, "w2", late)]), timeout=CALL_S)
    assert [reading.value for reading in await seen_by(first, 3)] == [10.0, 20.0, 5.0]
    first.cancel()
    watch = telemetry.Watch(WatchRequest(park_id=ingest.park_id, point_ids=[point]))

    snapshot = await watch.read()
    await telemetry.Push(
        iter([a_batch(ingest, "w3", a_reading(point, after(30), -1.0))]), timeout=CALL_S
    )
    live = await watch.read()
    watch.cancel()

    assert snapshot.snapshot
    assert [(r.point_id, r.value) for r in snapshot.readings] == [(point, 20.0)]
    assert snapshot.readings[0].arrival_time.seconds > 0
    assert not live.snapshot
    assert [(r.value, r.verdict, r.doubt) for r in live.readings] == [
        (-1.0, Verdict.REJECTED, Doubt.OUT_OF_RANGE)
    ]
    assert live.dropped_count == 0


async def test_a_watcher_of_an_unknown_park_or_point_is_refused(
    ingest: IngestProcess, telemetry: TelemetryServiceStub
) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as park:
        await telemetry.Watch(WatchRequest(park_id="elsewhere")).read()
    with pytest.raises(grpc.aio.AioRpcError) as point:
        await telemetry.Watch(WatchRequest(park_id=ingest.park_id, point_ids=["a.b"])).read()

    assert park.value.code() is grpc.StatusCode.NOT_FOUND
    assert "no point" in violations(point.value)["point_ids[0]"]


async def test_a_watcher_that_does_not_read_holds_nobody_up_and_can_account_for_everything(
    ingest: IngestProcess, validation: ValidationProcess, telemetry: TelemetryServiceStub
) -> None:
    point = "wind.active_power_w"
    slow = telemetry.Watch(WatchRequest(park_id=ingest.park_id, point_ids=[point]))
    await slow.read()
    sent = 0
    for number in range(8):
        readings = [
            a_reading(point, MORNING - timedelta(days=1) + timedelta(seconds=sent + i), -(i % 7.0))
            for i in range(10_000)
        ]
        sent += len(readings)
        began = time.monotonic()
        await telemetry.Push(iter([a_batch(ingest, f"slow{number}", *readings)]), timeout=CALL_S)
        assert time.monotonic() - began < CALL_S

    seen = dropped = 0
    while seen + dropped < sent:
        burst = await asyncio.wait_for(slow.read(), PATIENCE_S)
        seen, dropped = seen + len(burst.readings), dropped + burst.dropped_count
    slow.cancel()

    assert seen + dropped == sent


async def test_a_push_while_kafka_is_away_is_refused_clearly_and_may_be_repeated(
    ingest: IngestProcess, telemetry: TelemetryServiceStub, kafka_with_topics: Kafka
) -> None:
    reading = a_reading("h3_gas.consumption_energy_wh", after(1), 5.0)
    with frozen(kafka_with_topics):
        batch, refused = await refusal_of(
            telemetry, lambda number: a_batch(ingest, f"later{number}", reading)
        )
        assert refused.code() is grpc.StatusCode.UNAVAILABLE
        assert "Kafka did not take it" in str(refused.details())

    answer = await telemetry.Push(iter([batch]), timeout=CALL_S)

    assert (answer.believed_count, answer.repeated_batch_count) == (1, 0)
    async with the_log(kafka_with_topics, RAW, ingest.park_id) as log:
        await log.until(lambda: any(r[0].startswith("h3_gas") for r in log.told()))


def test_ingest_told_to_end_while_kafka_is_away_ends(
    kafka_with_topics: Kafka, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("ending")
    process = IngestProcess(folder, kafka_with_topics.address)
    with running(process) as ingest, frozen(kafka_with_topics):
        code = ingest.stop()  # raises when it takes longer than 30 s

    assert code in (0, 1)
    assert ingest.events("stopping")


def prices(ingest: IngestProcess, **changes: Any) -> PublishPricesRequest:
    fields: dict[str, Any] = {
        "park_id": ingest.park_id,
        "source_id": "agile-gb",
        "start": stamp(MORNING),
        "step": Duration(seconds=1800),
        "currency_code": "GBP",
        "import_price_micros_per_kwh": [100_000, -5_000],
    } | changes
    return PublishPricesRequest(curve=PriceCurve(**fields))


def intensity(ingest: IngestProcess, **changes: Any) -> PublishIntensityRequest:
    fields: dict[str, Any] = {
        "park_id": ingest.park_id,
        "source_id": "neso-gb",
        "start": stamp(MORNING),
        "step": Duration(seconds=3600),
        "intensity_g_per_kwh": [200.0, math.nan],
    } | changes
    return PublishIntensityRequest(curve=IntensityCurve(**fields))


async def test_curves_are_in_kafka_and_with_every_watcher(
    ingest: IngestProcess, market: MarketServiceStub, kafka_with_topics: Kafka
) -> None:
    await market.PublishPrices(prices(ingest), timeout=CALL_S)
    watch = market.WatchMarket(WatchMarketRequest(park_id=ingest.park_id))
    first = await watch.read()
    await market.PublishIntensity(intensity(ingest), timeout=CALL_S)
    second = await watch.read()
    watch.cancel()

    assert list(first.prices.import_price_micros_per_kwh) == [100_000, -5_000]
    assert first.prices.known_at.ToDatetime(tzinfo=UTC) >= MORNING
    assert second.intensity.intensity_g_per_kwh[0] == 200.0
    async with the_log(kafka_with_topics, PRICES, ingest.park_id) as log:
        await log.until(lambda: len(log.messages) >= 1)


@pytest.mark.parametrize(
    ("make", "changes", "field"),
    [
        (prices, {"park_id": ""}, "park_id"),
        (prices, {"source_id": ""}, "source_id"),
        (prices, {"currency_code": "CNY"}, "currency_code"),
        (prices, {"step": Duration(seconds=7)}, "step"),
        (prices, {"start": stamp(after(60))}, "start"),
        (prices, {"start": None}, "start"),
        (prices, {"known_at": stamp(after(hours=24))}, "known_at"),
        (prices, {"import_price_micros_per_kwh": []}, "import_price_micros_per_kwh"),
        (prices, {"import_price_micros_per_kwh": [1] * 337}, "import_price_micros_per_kwh"),
        (prices, {"export_price_micros_per_kwh": [1]}, "export_price_micros_per_kwh"),
        (prices, {"import_price_micros_per_kwh": [10**13]}, "import_price_micros_per_kwh[0]"),
        (intensity, {"intensity_g_per_kwh": [math.inf]}, "intensity_g_per_kwh[0]"),
        (intensity, {"intensity_g_per_kwh": [1.0, -1.0]}, "intensity_g_per_kwh[1]"),
        (intensity, {"intensity_g_per_kwh": [1.0] * 169}, "intensity_g_per_kwh"),
    ],
)
async def test_an_unsound_curve_is_refused_by_field(
    ingest: IngestProcess,
    market: MarketServiceStub,
    make: Callable[..., Any],
    changes: dict[str, Any],
    field: str,
) -> None:
    call = market.PublishPrices if make is prices else market.PublishIntensity

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call(make(ingest, **changes), timeout=CALL_S)

    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert f"curve.{field}" in violations(refused.value)


async def test_a_restart_forgets_neither_newest_readings_nor_curves(
    kafka_with_topics: Kafka, fresh_database: str, tmp_path: Path
) -> None:
    point = "steel.consumption_energy_wh"
    ingest = IngestProcess(tmp_path, kafka_with_topics.address)
    validation = ValidationProcess(
        tmp_path,
        kafka_with_topics.address,
        fresh_database,
        park_id=ingest.park_id,
        began=ingest.began,
    )
    await migrate("validation", fresh_database)
    with ended(ingest), ended(validation):
        await asyncio.to_thread(ingest.start)
        await asyncio.to_thread(validation.start)
        batch = a_batch(ingest, "k", a_reading(point, MORNING, 50.0))
        async with (
            grpc.aio.insecure_channel(ingest.address) as channel,
            the_log(kafka_with_topics, READINGS, ingest.park_id) as log,
        ):
            await TelemetryServiceStub(channel).Push(iter([batch]), timeout=CALL_S)
            await MarketServiceStub(channel).PublishPrices(prices(ingest), timeout=CALL_S)
            await log.until(lambda: len(log.rows()) == 1)
        await asyncio.to_thread(ingest.kill)
        await asyncio.to_thread(ingest.start)
        async with (
            grpc.aio.insecure_channel(ingest.address) as channel,
            the_log(kafka_with_topics, READINGS, ingest.park_id) as log,
        ):
            telemetry = TelemetryServiceStub(channel)
            snapshot = await telemetry.Watch(WatchRequest(park_id=ingest.park_id)).read()
            curve = await (
                MarketServiceStub(channel)
                .WatchMarket(WatchMarketRequest(park_id=ingest.park_id))
                .read()
            )
            await telemetry.Push(iter([batch]), timeout=CALL_S)
            await telemetry.Push(
                iter([a_batch(ingest, "k2", a_reading(point, after(60), 49.0))]), timeout=CALL_S
            )
            await log.until(lambda: len(log.rows()) == 2)

    assert [(r.point_id, r.value) for r in snapshot.readings] == [(point, 50.0)]
    assert list(curve.prices.import_price_micros_per_kwh) == [100_000, -5_000]
    assert [row[2:] for row in log.rows()] == [
        (50.0, Verdict.BELIEVED, Doubt.NONE),
        (49.0, Verdict.REJECTED, Doubt.REGISTER_BACKWARDS),
    ]


# ---- connections


async def test_every_source_of_the_park_file_is_listed_with_why_it_is_away(
    telemetry: TelemetryServiceStub, ingest: IngestProcess
) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:  # until each has tried once
            request = ListSourcesRequest(park_id=ingest.park_id)
            sources = (await telemetry.ListSources(request, timeout=CALL_S)).sources
            if all(one.away_reason != "never connected" for one in sources[1:]):
                break
            await asyncio.sleep(0.1)

    assert [one.source_id for one in sources][:2] == ["mqtt-site", "modbus-grid"]
    assert [one.protocol for one in sources][:2] == ["mqtt", "modbus_tcp"]
    assert {(one.connected, one.connection_count) for one in sources} == {(False, 0)}
