"""History keeps energies of quarter hours alike on native partitions and on TimescaleDB."""

from __future__ import annotations

import io
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import grpc
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from parkflow.history.v1 import history_service_pb2 as wire
from services.energy.time_grid import QUARTER, to_microseconds
from services.history.domain.windows import Level, borders_of
from services.history.retention import Retention
from services.history.settings import Keeping
from services.runtime.clock import ParkClock
from services.runtime.interval_frames import IntervalFrame
from tests.support.history import START
from tests.support.history_energy import (
    Word,
    a_word_frame,
    frames_of_words,
    register,
    some_words,
    standing,
    told,
)
from tests.support.history_service import (
    CALL_S,
    SHANGHAI,
    History,
    engine_url,
    history,
    interval,
    running_history,
    stamp,
)

__all__ = ["engine_url", "history"]
PARK = "demo-park"
DAY = timedelta(days=1)
WH = ("believed_wh", "estimated_wh", "suspense_wh", "written_off_wh")
RELATIONS = ("energy", "energy_version", "energy_hour", "energy_day", "energy_month")
ROWS = "SELECT * FROM history.{} ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9"
PACKED = """
    SELECT bool_and(is_compressed) FROM timescaledb_information.chunks
     WHERE hypertable_schema = 'history' AND hypertable_name = 'energy'
"""


async def take(history: History, *frames: IntervalFrame) -> None:
    """Let history take frames, one batch."""
    await history.writer.write([told(frame) for frame in frames])


def rows(history: History) -> dict[str, list[tuple[Any, ...]]]:
    return {relation: history.rows(ROWS.format(relation)) for relation in RELATIONS}


async def energy(
    history: History, start: datetime, end: datetime, registers: int = 2, **more: Any
) -> list[wire.EnergySeries]:
    request = wire.GetEnergyRequest(
        park_id=PARK,
        point_ids=[register(number) for number in range(registers)],
        interval=interval(start, end),
        **({"step": QUARTER} if "calendar_step" not in more else {}) | more,
    )
    return list((await history.stub.GetEnergy(request, timeout=CALL_S)).series)


def summed(words: Iterable[Word], number: int, start: datetime, end: datetime) -> list[int]:
    """Return the four energies of a register in [start, end), one word at a time."""
    own = [w for w in words if w.register == number and start <= w.start < end]
    return [sum(word.parts[place] for word in own) for place in range(4)]


def assert_sums(
    series: list[wire.EnergySeries], words: Iterable[Word], start: datetime, end: datetime
) -> None:
    words = list(words)
    for number, one in enumerate(series):
        starts = borders(one)
        for slot in range(len(starts) - 1):
            begin, until = max(starts[slot], start), min(starts[slot + 1], end)
            found = [getattr(one, name)[slot] for name in WH]
            assert found == summed(words, number, begin, until), (number, begin)
            believed = [w for w in words if w.register == number and begin <= w.start < until]
            known_s = sum(900.0 for word in believed if not word.parts[2])
            assert one.known_s[slot] == known_s


def borders(series: wire.EnergySeries) -> list[datetime]:
    if series.border_us:
        return [datetime.fromtimestamp(us / 1e6, START.tzinfo) for us in series.border_us]
    begin, step = series.start.ToDatetime(START.tzinfo), series.step.ToTimedelta()
    return [begin + number * step for number in range(len(series.believed_wh) + 1)]


async def test_any_order_repetition_and_share_of_work_leaves_the_same_rows(
    history: History,
) -> None:
    frames = frames_of_words(some_words(1))
    await take(history, *frames)
    expected = rows(history)
    for relation in RELATIONS:
        history.rows(f"DELETE FROM history.{relation} RETURNING 1")

    shuffled = [*frames, *frames]
    random.Random(2).shuffle(shuffled)
    writers = [history.another_writer(), history.another_writer()]
    for place in range(0, len(shuffled), 9):
        history.writer = writers[place % 2]
        await take(history, *shuffled[place : place + 9])

    assert len(expected["energy"]) == 2 * 96
    assert expected["energy_version"]
    assert rows(history) == expected


@pytest.mark.parametrize("step", [QUARTER, 2 * QUARTER, 4 * QUARTER, 12 * QUARTER, DAY])
async def test_an_energy_of_any_step_is_the_sum_of_its_quarter_hours(
    history: History, step: timedelta
) -> None:
    words = some_words(3)
    for frame in frames_of_words(words):
        await take(history, frame)
    start, end = START + 3 * QUARTER, START + 91 * QUARTER

    series = await energy(history, start, end, step=step)

    assert_sums(series, standing(words).values(), start, end)


@pytest.mark.parametrize("level", [Level.DAY, Level.MONTH])
async def test_local_days_and_months_are_the_parks_own(history: History, level: Level) -> None:
    words = some_words(4, quarters=40 * 96, registers=1)
    await take(history, *frames_of_words(words))
    start, end = START, START + 40 * DAY
    step = {Level.DAY: wire.CALENDAR_STEP_DAY, Level.MONTH: wire.CALENDAR_STEP_MONTH}[level]

    (series,) = await energy(history, start, end, registers=1, calendar_step=step)

    enclosing = borders_of(level, SHANGHAI, to_microseconds(start), to_microseconds(end) - 1)
    assert list(series.border_us) == enclosing.tolist()
    assert_sums([series], standing(words).values(), start, end)


@pytest.mark.parametrize("step", [QUARTER, 8 * QUARTER])
async def test_what_was_known_then_is_answered_now(history: History, step: timedelta) -> None:
    words = some_words(5)
    await take(history, *frames_of_words(words))
    start, end = START, START + DAY

    for minutes in (0, 200, 700, 1500, 3000):
        known_at = START + timedelta(minutes=minutes)
        series = await energy(history, start, end, step=step, known_at=stamp(known_at))

        known = standing(word for word in words if word.known_at <= known_at)
        assert_sums(series, known.values(), start, end)


async def test_of_two_words_of_one_instant_the_later_in_the_log_stands_whatever_came_first(
    history: History,
) -> None:
    early = a_word_frame(Word(0, 0, (0, 100, 0, 0), 20, position=7))
    later = a_word_frame(Word(0, 0, (90, 0, 0, 0), 20, position=8))

    await take(history, later)
    await take(history, early)

    (series,) = await energy(history, START, START + QUARTER, registers=1)
    assert (list(series.believed_wh), list(series.estimated_wh)) == ([90], [0])


async def test_what_nobody_knows_is_not_known_rather_than_zero(history: History) -> None:
    await take(history, a_word_frame(Word(0, 1, (250, 0, 0, 0), 40)))

    (series,) = await energy(history, START, START + 3 * QUARTER, registers=1)

    assert list(series.believed_wh) == [0, 250, 0]
    assert list(series.known_s) == list(series.believed_s) == [0.0, 900.0, 0.0]


EXPORTS: list[tuple[Any, Callable[[bytes], Any]]] = [
    (wire.EXPORT_FORMAT_ARROW_STREAM, lambda content: pa.ipc.open_stream(content).read_all()),
    (wire.EXPORT_FORMAT_PARQUET, lambda content: pq.read_table(io.BytesIO(content))),
]


@pytest.mark.parametrize(("form", "read"), EXPORTS)
@pytest.mark.parametrize("then", [None, 900])
async def test_an_export_holds_every_quarter_hour_once_in_order(
    history: History, form: Any, read: Callable[[bytes], Any], then: int | None
) -> None:
    words = some_words(6)
    await take(history, *frames_of_words(words))
    moment = START + timedelta(minutes=then or 10_000)
    request = wire.ExportRequest(
        park_id=PARK,
        point_ids=[register(0), register(1)],
        interval=interval(START, START + DAY),
        format=form,
        content=wire.EXPORT_CONTENT_ENERGY,
        known_at=stamp(moment) if then else None,
    )

    pieces = [piece.chunk async for piece in history.stub.Export(request, timeout=CALL_S)]

    table = read(b"".join(pieces))
    columns = zip(table["point_id"].to_pylist(), table["start"].to_pylist(), strict=True)
    parts = zip(*(table[name].to_pylist() for name in WH), strict=True)
    expected = standing(word for word in words if word.known_at <= moment)
    found = dict(zip(columns, parts, strict=True))
    assert found == {(register(w.register), w.start): w.parts for w in expected.values()}
    assert len(table) == len(found)
    assert list(found) == sorted(found, key=lambda key: (key[0], key[1]))


async def test_energies_are_asked_for_by_quarter_hours_or_refused_by_field(
    history: History,
) -> None:
    await take(history, a_word_frame(Word(0, 0, (1, 0, 0, 0))))

    for changes, field in (
        ({"step": timedelta(minutes=20)}, "step"),
        ({"interval": interval(START, START + timedelta(minutes=20))}, "interval"),
        ({"point_ids": []}, "point_ids"),
        ({"interval": interval(START, START + 9_000 * DAY)}, "values"),
    ):
        request = wire.GetEnergyRequest(
            park_id=PARK, **{"point_ids": [register(0)], "step": QUARTER} | changes
        )
        if "interval" not in changes:
            request.interval.CopyFrom(interval(START, START + DAY))
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await history.stub.GetEnergy(request, timeout=CALL_S)
        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert field in str(refused.value.details())


async def kept(history: History, now: datetime, **days: int) -> None:
    clock = ParkClock(now, time.time(), 1.0)
    await Retention(history.database, history.refresher, Keeping(**days), clock).apply()


async def test_days_outlive_the_quarter_hours_they_were_made_of_and_are_not_spoilt(
    history: History,
) -> None:
    words = some_words(7, quarters=96, registers=1)
    await take(history, *frames_of_words(words))
    days = history.rows(ROWS.format("energy_day"))
    later = START + 90 * DAY

    await kept(history, later, raw_days=7, quarter_days=14, hour_days=42)
    late = Word(0, 5, (1_000_000, 0, 0, 0), known=90 * 24 * 60)
    await take(history, a_word_frame(late))

    assert history.rows(ROWS.format("energy_hour")) == []
    assert history.rows(ROWS.format("energy_day")) == days
    assert history.rows("SELECT believed_wh FROM history.energy") == [(1_000_000,)]


async def test_a_day_of_half_hours_offset_is_not_spoilt_where_half_of_it_is_gone(
    engine_url: str,
) -> None:
    async with running_history(engine_url, zone=ZoneInfo("Asia/Kolkata")) as history:
        monday = START + timedelta(days=6, hours=2)  # 00:00 in UTC, 05:30 of a day there
        first = (monday - START) // QUARTER
        words = [Word(0, first + k, (100, 0, 0, 0), 30_000) for k in range(-8, 8)]
        await take(history, *frames_of_words(words))

        await kept(history, monday + timedelta(days=15), raw_days=7, quarter_days=14)
        late = Word(0, first + 9, (5, 0, 0, 0), known=60_000)
        await take(history, a_word_frame(late))

        days = history.rows("SELECT believed_wh FROM history.energy_day")
        gone = history.rows("SELECT count(*) FROM history.energy WHERE window_start < %s", [monday])

    assert gone == [(0,)]
    assert days == [(1_600,)]


async def test_late_and_repeated_words_find_their_way_into_packed_chunks(
    history: History,
) -> None:
    words = some_words(8)
    frames = frames_of_words(words)
    await take(history, *frames[::2])
    now = START + 60 * DAY
    await kept(history, now, columnstore_days=14)

    restated = [
        replace(word, parts=(77, 0, 0, 0), known=50_000.0, position=0) for word in words[5:60:9]
    ]
    restated = list({(w.register, w.quarter): w for w in restated}.values())
    await take(history, *frames, a_word_frame(*restated))
    await kept(history, now, columnstore_days=14)

    series = await energy(history, START, START + DAY)
    assert_sums(series, standing([*words, *restated]).values(), START, START + DAY)
    if history.database.abilities.timescaledb:
        assert history.rows(PACKED) == [(True,)]
