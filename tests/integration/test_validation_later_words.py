"""Which word on a key stands for balances and virtual points: history's (§3.3), in any order.

A worker that was cut off while it published may append an old word behind newer ones, and a point
that was pushed under a second source stands in another partition.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from opentelemetry.context import Context

from services.energy.formula import VirtualPoint
from services.energy.readings import Doubt, Verdict
from services.energy.site import Node
from services.energy.time_grid import to_microseconds
from services.history.domain.energy import settled
from services.history.domain.standing import standing as history_stands
from services.history.messages import rows_of, words_of
from services.runtime.clock import ParkClock
from services.runtime.database import Database, migrate
from services.runtime.frames import Frame, frame_from, message_from
from services.runtime.interval_frames import (
    QUARTER_US,
    IntervalFrame,
    interval_frame_from,
    message_from_intervals,
)
from services.runtime.received import Received
from services.runtime.topics import INTERVALS, READINGS, Topic
from services.validation.balances import Balances
from services.validation.virtual_points import VirtualPoints
from tests.support.builders import a_park, after

STEEL, LOAD = "steel.active_power_w", "load.active_power_w"
GRID_WH, STEEL_WH = "grid.import_energy_wh", "steel.consumption_energy_wh"
PARK = replace(
    a_park(), virtual_points=(VirtualPoint.of(LOAD, f"2 * {STEEL}", timedelta(minutes=1)),)
)
NODE = Node("park", "grid", ("steel",))
START_US = to_microseconds(after())


@dataclass(frozen=True)
class Said:
    """A word on the one key: as of which minute it is known, and what it says."""

    minute: int
    value: int
    position: int = 0
    frame_id: str = "f"
    verdict: Verdict = Verdict.BELIEVED


OLD, NEW = Said(60, 5_000, position=60), Said(90, 7_000, position=90)


def batches_of(*batches: Sequence[Said], topic: Topic) -> list[list[Received[Any]]]:
    """Return words as they stand in the log, one after the other from its beginning."""
    say = quarter if topic is INTERVALS else reading
    offset, taken = 0, []
    for batch in batches:
        taken.append([heard(say(said), topic, offset + n) for n, said in enumerate(batch)])
        offset += len(batch)
    return taken


def heard(message: Any, topic: Topic, offset: int, partition: int = 0) -> Received[Any]:
    return Received(message, topic.name, partition, offset, "key", Context())


def quarter(said: Said) -> Any:
    """Return the message of one quarter hour of both meters."""
    wh, none = np.full(2, said.value, np.int64), np.zeros(2, np.int64)
    return message_from_intervals(
        IntervalFrame(
            park_id=PARK.id,
            source_id="mqtt-site",
            frame_id=said.frame_id,
            known_at=after(minutes=said.minute),
            point_ids=(GRID_WH, STEEL_WH),
            point_index=np.array([0, 1], np.uint32),
            start_us=np.full(2, START_US),
            believed_wh=wh,
            estimated_wh=none,
            suspense_wh=none,
            written_off_wh=none,
            believed_us=np.full(2, QUARTER_US, np.uint32),
            known_us=np.full(2, QUARTER_US, np.uint32),
            methods=np.zeros(2, np.uint8),
            log_position=said.position,
        )
    )


def reading(said: Said) -> Any:
    """Return the message of one judged reading."""
    return message_from(
        Frame(
            park_id=PARK.id,
            source_id="mqtt-site",
            frame_id=said.frame_id,
            arrival_time=after(minutes=said.minute),
            point_ids=(STEEL,),
            point_index=np.zeros(1, np.uint32),
            event_time_us=np.array([START_US]),
            value=np.array([said.value], np.float64),
            verdict=np.array([said.verdict], np.uint8),
            doubt=np.array([Doubt.NONE], np.uint8),
        )
    )


@dataclass
class Published:
    """A Kafka that takes everything."""

    messages: list[Any] = field(default_factory=list)

    async def publish(self, topic: Topic, key: str, message: Any) -> None:
        self.messages.append(message)

    @property
    def loads(self) -> list[float]:
        """What was said of the virtual point, in order."""
        return [float(value) for one in self.messages for value in frame_from(one).value]


@pytest.fixture
async def database(fresh_database: str) -> AsyncIterator[Database]:
    await migrate("validation", fresh_database)
    opened = Database("validation", fresh_database)
    await opened.start()
    yield opened
    await opened.stop()


def the_balances(database: Database) -> Balances:
    return Balances(PARK.id, (NODE,), (GRID_WH, STEEL_WH), database)


def the_virtual_points(database: Database, kafka: Published) -> VirtualPoints:
    return VirtualPoints(PARK, ParkClock(after(hours=3), time.time(), 1.0), database, kafka)


async def metered_wh(database: Database) -> set[int]:
    """Return what the meters, and the node's balance, are believed to have counted."""
    metered = await database.rows("SELECT energy_wh FROM metered")
    balances = await database.rows("SELECT metered_wh, children_wh FROM balance")
    return {wh for row in (*metered, *balances) for wh in row}


async def forgotten(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute("TRUNCATE metered, balance, virtual_reading")


async def test_an_old_word_on_a_quarter_that_is_repeated_last_changes_no_balance(
    database: Database,
) -> None:
    balances = the_balances(database)

    for batch in batches_of([OLD, NEW], [OLD], topic=INTERVALS):
        await balances.take(batch)

    assert await metered_wh(database) == {7_000}


async def test_an_old_reading_that_is_repeated_last_changes_no_virtual_point(
    database: Database,
) -> None:
    kafka = Published()
    virtual = the_virtual_points(database, kafka)

    for batch in batches_of([OLD], [NEW], [OLD], topic=READINGS):
        await virtual.take(batch)

    assert kafka.loads == [10_000.0, 14_000.0]


async def test_words_that_come_under_a_second_source_are_compared_by_when_they_were_known(
    database: Database,
) -> None:
    kafka = Published()
    balances, virtual = the_balances(database), the_virtual_points(database, kafka)

    await balances.take([heard(quarter(OLD), INTERVALS, offset=900)])
    await balances.take([heard(quarter(NEW), INTERVALS, offset=3, partition=1)])
    await virtual.take([heard(reading(OLD), READINGS, offset=900)])
    await virtual.take([heard(reading(NEW), READINGS, offset=3, partition=1)])

    assert await metered_wh(database) == {7_000}
    assert kafka.loads == [10_000.0, 14_000.0]


WORDS = [OLD, NEW, Said(90, 6_000, position=91, frame_id="g"), OLD]


@pytest.mark.parametrize("size", [1, 2, 4])
async def test_any_order_repetition_and_batches_end_with_the_quarter_that_history_lets_stand(
    database: Database, size: int
) -> None:
    balances = the_balances(database)
    for order in permutations(WORDS):
        await forgotten(database)

        for batch in batches_of(*cut(order, size), topic=INTERVALS):
            await balances.take(batch)

        assert await metered_wh(database) == {history_believes_quarter(order)}


@pytest.mark.parametrize("size", [1, 2, 4])
async def test_any_order_repetition_and_batches_end_with_the_reading_that_history_lets_stand(
    database: Database, size: int
) -> None:
    for order in permutations(WORDS):
        await forgotten(database)
        kafka = Published()
        virtual = the_virtual_points(database, kafka)

        for batch in batches_of(*cut(order, size), topic=READINGS):
            await virtual.take(batch)

        assert kafka.loads[-1] == 2 * history_believes_reading(order)


async def test_a_quarter_from_before_words_had_an_order_yields_to_the_next_word(
    database: Database,
) -> None:
    async with database.transaction() as connection:
        await connection.execute(
            "INSERT INTO metered (park_id, start_us, point_id, energy_wh, is_known, word)"
            " SELECT %s, %s, unnest(%s::text[]), 9000, true, 99",
            (PARK.id, START_US, [GRID_WH, STEEL_WH]),
        )

    await the_balances(database).take([heard(quarter(OLD), INTERVALS, offset=0)])

    assert await metered_wh(database) == {5_000}


def cut(words: Sequence[Said], size: int) -> list[Sequence[Said]]:
    return [words[at : at + size] for at in range(0, len(words), size)]


def history_believes_quarter(order: Sequence[Said]) -> int:
    frames = [interval_frame_from(quarter(said)) for said in order]
    words = words_of(frames, [np.arange(2, dtype=np.int32)] * len(frames), [1] * len(frames))
    (wh,) = set(settled(words, words.take(np.zeros(0, np.intp))).changed.believed_wh.tolist())
    return int(wh)


def history_believes_reading(order: Sequence[Said]) -> float:
    frames = [frame_from(reading(said)) for said in order]
    points = [np.zeros(1, np.int32)] * len(frames)
    (value,) = history_stands(rows_of(frames, points, [1] * len(frames))).value.tolist()
    return float(value)
