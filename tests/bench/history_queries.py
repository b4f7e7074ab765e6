"""Questions to history as a client asks them, against the time they may take.

Filled through the writer and the refresher: a day of 1,000 points every five minutes, a year of one
every ten, one reading of 50,000, energies of a day of 1,000 registers, and of every point of the
demo park that has a course five weeks and a day, without six hours of the last. Asked over gRPC on
loopback and decoded; the least of five, CPU that of server and client without PostgreSQL's.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any

import numpy as np

from parkflow.history.v1 import history_service_pb2 as wire
from services.demo.stack import Postgres
from services.demo.stack.ports import free_port
from services.energy.like_days import QUARTER_US
from services.energy.time_grid import QUARTER, to_microseconds
from services.history.domain.courses import courses_of
from services.runtime.frames import Frame
from services.runtime.interval_frames import IntervalFrame
from services.runtime.park_file import load_park
from tests.bench.measure import Result
from tests.support.builders import DEMO_PARK_FILE
from tests.support.history import START
from tests.support.history_energy import Word, a_word_frame, register, told
from tests.support.history_service import History, interval, running_history, stamp
from tests.support.stack import a_state_folder, started

HOUR, DAY, YEAR = timedelta(hours=1), timedelta(days=1), timedelta(days=365)
BOARD = [f"board_{number:04}.active_power_w" for number in range(1_000)]
EVERYTHING = [f"meter_{number:05}.active_power_w" for number in range(50_000)]
METER = "year.active_power_w"
GAPPY = sorted(courses_of(load_park(DEMO_PARK_FILE)))
LOOKED_BACK = timedelta(days=35)
GAP = (START + 6 * HOUR, START + 12 * HOUR)
REGISTERS = 1_000
CALL_S = 60.0


def run() -> tuple[list[Result], str]:
    """Return seconds a question."""
    with a_state_folder() as folder:
        postgres = Postgres(folder, port=free_port())
        with started(postgres):
            return asyncio.run(_measured(postgres.create_database("bench"))), ""


async def _measured(url: str) -> list[Result]:
    async with running_history(url) as history:
        began = time.perf_counter()
        for frame in _frames():
            await history.write(frame)
        await history.writer.write([told(frame) for frame in _quarter_hours()])
        windows = await history.refresher.refresh_all()
        note = f"filled and rolled up ({windows:,} windows) in {time.perf_counter() - began:.0f} s"
        day = _aggregate(BOARD, START, START + DAY, timedelta(minutes=15))
        year = _aggregate([METER], START - YEAR, START, timedelta(hours=1))
        latest = wire.GetLatestRequest(park_id="demo-park", as_columns=True)
        plain = wire.GetLatestRequest(park_id="demo-park")
        known = _aggregate(BOARD[:10], START, START + DAY, timedelta(minutes=15))
        known.known_at.CopyFrom(stamp(START + 2 * DAY))
        gappy = _aggregate(GAPPY, START, START + DAY, timedelta(minutes=15))
        filled = wire.GetAggregateRequest(estimate_gaps=True)
        filled.MergeFrom(gappy)
        ask = history.stub
        unfilled = await _took("", ask.GetAggregate, gappy, 1.0)
        return [
            await _took("a day of 15 min means, 1,000 points", ask.GetAggregate, day, 0.3, note),
            await _took("a year of hourly means, one point", ask.GetAggregate, year, 0.1),
            await _took("latest of 51,001 points, columns", ask.GetLatest, latest, 0.2),
            await _took("latest of 51,001 points, messages", ask.GetLatest, plain, 0.2),
            await _took("a day known at then, 10 points", ask.GetAggregate, known, 0.3),
            await _took("a day of energies, 1,000 registers", ask.GetEnergy, _energies(), 0.3),
            await _took(
                f"a day of {len(GAPPY)} points, six hours of each estimated",
                ask.GetAggregate,
                filled,
                unfilled.measured,
                against="the same with its gaps",
            ),
            await _exported(history),
        ]


async def _took(
    what: str,
    ask: Callable[..., Awaitable[Any]],
    request: Any,
    may_s: float,
    note: str = "",
    against: str = "the allowed time",
) -> Result:
    took = []
    for _ in range(6):  # the first one warms up
        began, began_cpu = time.perf_counter(), time.process_time()
        await ask(request, timeout=CALL_S)
        took.append((time.perf_counter() - began, time.process_time() - began_cpu))
    took_s, cpu_s = min(took[1:])
    notes = "; ".join(part for part in (f"CPU {cpu_s:.3f} s", note) if part)
    return Result(f"history: {what}", took_s, may_s, "s", against, notes)


async def _exported(history: History) -> Result:
    """Export the day of the board, and say how fast against what a page read by GetRange is."""
    export = wire.ExportRequest(
        park_id="demo-park",
        point_ids=BOARD[:200],
        interval=interval(START, START + DAY),
        format=wire.EXPORT_FORMAT_ARROW_STREAM,
    )
    page = wire.GetRangeRequest(
        park_id="demo-park", point_ids=BOARD[:200], interval=export.interval, page_size=50_000
    )
    exported, paged, rows = 0.0, 0.0, 0
    for _ in range(4):  # by turns: whatever else the machine does, it does to both
        began = time.perf_counter()
        async for response in history.stub.Export(export, timeout=CALL_S):
            rows = response.row_count
        exported = max(exported, rows / (time.perf_counter() - began))
        began = time.perf_counter()
        answer = await history.stub.GetRange(page, timeout=CALL_S)
        paged = max(paged, len(answer.readings) / (time.perf_counter() - began))
    return Result(
        "history: Arrow export", exported, paged, "rows/s", "pages of GetRange", f"{rows:,} rows"
    )


def _energies() -> wire.GetEnergyRequest:
    request = wire.GetEnergyRequest(
        park_id="demo-park",
        point_ids=[register(number) for number in range(REGISTERS)],
        interval=interval(START, START + DAY),
    )
    request.step.FromTimedelta(timedelta(minutes=15))
    return request


def _quarter_hours() -> Iterator[IntervalFrame]:
    """Yield a day of quarter hours of the registers."""
    for quarter in range(96):
        known = 15.0 * quarter + 16
        yield a_word_frame(
            *(Word(number, quarter, (250, 0, 0, 0), known) for number in range(REGISTERS))
        )


def _aggregate(points: list[str], start: Any, end: Any, step: timedelta) -> Any:
    request = wire.GetAggregateRequest(
        park_id="demo-park",
        point_ids=points,
        interval=interval(start, end),
        aggregation=wire.AGGREGATION_MEAN,
    )
    request.step.FromTimedelta(step)
    return request


def _frames() -> Iterator[Frame]:
    """Yield the year of one point, the day of a thousand, and one reading of all the others."""
    ten = np.arange(365 * 144, dtype=np.int64) * 600_000_000
    yield _frame([METER], to_microseconds(START - YEAR) + ten, np.zeros(len(ten), np.uint32))
    for hour in range(24):
        begin = to_microseconds(START + hour * HOUR)
        times = begin + np.repeat(np.arange(12, dtype=np.int64) * 300_000_000, len(BOARD))
        yield _frame(BOARD, times, np.tile(np.arange(len(BOARD), dtype=np.uint32), 12))
    every = np.arange(0, int((LOOKED_BACK + DAY) / QUARTER), dtype=np.int64) * QUARTER_US
    every += to_microseconds(START - LOOKED_BACK)
    every = every[(every < to_microseconds(GAP[0])) | (every >= to_microseconds(GAP[1]))]
    index = np.tile(np.arange(len(GAPPY), dtype=np.uint32), len(every))
    yield _frame(GAPPY, np.repeat(every, len(GAPPY)), index)
    own = np.arange(len(EVERYTHING), dtype=np.uint32)
    yield _frame(EVERYTHING, np.full(len(own), to_microseconds(START)), own)


def _frame(points: list[str], times: Any, index: Any) -> Frame:
    rng = np.random.default_rng(1)
    return Frame(
        park_id="demo-park",
        source_id="bench",
        frame_id=f"{points[0]}/{times[0]}",
        arrival_time=START + DAY,
        point_ids=tuple(points),
        point_index=index,
        event_time_us=times.astype(np.int64),
        value=rng.normal(1000, 100, len(times)),
        verdict=np.ones(len(times), np.uint8),
        doubt=np.zeros(len(times), np.uint8),
    )
