"""A replay judges an interval again with the rules of now, and restates what differs; once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from services.demo.stack import Kafka
from services.energy.readings import Doubt, Verdict
from services.energy.time_grid import to_microseconds
from services.runtime.database import migrate
from services.runtime.frames import frame_from
from services.runtime.park_file import load_park
from services.runtime.topics import READINGS
from services.validation.replay import Replay
from tests.support.builders import after
from tests.support.ingest import ValidationProcess, running, the_log
from tests.support.raw_log import a_raw_frame, publish_raw

POWER, METER = "steel.active_power_w", "steel.consumption_energy_wh"
SOURCE = "mqtt-site"
COUNT = 20
STRICTER = f"\nvalidation: {{points: {{{METER}: {{steepest_kw: 100}}}}}}\n"


def at(number: int) -> Any:
    return after(minutes=5 * number - 120)


async def test_a_replay_with_changed_rules_restates_its_interval_once_and_with_the_same_nothing(
    kafka_with_topics: Kafka, fresh_database: str, tmp_path: Path
) -> None:
    await migrate("validation", fresh_database)
    with running(ValidationProcess(tmp_path, kafka_with_topics.address, fresh_database)) as worker:
        park_id = worker.park_id
        frames = [
            a_raw_frame(
                park_id,
                SOURCE,
                f"f{number}",
                at(number),
                [
                    (POWER, to_microseconds(at(number)), 900_000.0 + number),
                    (METER, to_microseconds(at(number)), 75_000.0 * number),
                ],
            )
            for number in range(COUNT)
        ]
        await publish_raw(kafka_with_topics, park_id, SOURCE, frames)
        async with the_log(kafka_with_topics, READINGS, park_id) as log:
            await log.until(lambda: len(log.rows()) >= 2 * COUNT)
            same = await Replay(load_park(worker.park_file), worker.kafka, {}).run(at(4), at(8))
            other = tmp_path / "changed.yaml"
            unchanged = worker.park_file.read_text(encoding="utf-8")
            other.write_text(unchanged + STRICTER, encoding="utf-8")
            told = await Replay(load_park(other), worker.kafka, {}).run(at(4), at(8))
            again = await Replay(load_park(other), worker.kafka, {}).run(at(4), at(8))
            await log.until(lambda: len(log.messages) > COUNT)

    assert same[0] == "8 readings judged again, 0 restated"
    assert told[0] == "8 readings judged again, 4 restated"
    assert told[1].strip() == "4  none -> register_too_steep"
    assert again[0] == "8 readings judged again, 0 restated"
    (restated,) = [frame for frame in map(frame_from, log.messages) if "replay" in frame.frame_id]
    assert restated.arrival_time > at(COUNT - 1)
    assert restated.point_ids == (METER,)
    assert restated.verdict.tolist() == [Verdict.REJECTED] * 4
    assert restated.doubt.tolist() == [Doubt.REGISTER_TOO_STEEP] * 4
