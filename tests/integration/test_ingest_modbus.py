"""Modbus rings to Kafka: every record once it is readable, whatever goes away in between."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from services.demo.stack import Kafka
from services.demo.stack.ports import free_port
from services.ingest.adapters.adapter import Adapter
from services.runtime.park_file import load_park
from services.runtime.topics import DEAD_LETTERS, RAW
from tests.support.builders import DEMO_PARK_FILE, MORNING
from tests.support.field import Intake, adapter_on, talking, until
from tests.support.ingest import IngestProcess, ended, the_log
from tests.support.modbus import (
    Unit,
    a_cabinet,
    a_grid_meter,
    cabinet_fields,
    grid_fields,
    serving,
)
from tests.support.stack import frozen

BEGAN_S = int(MORNING.timestamp()) - 3600
MICROS = 1_000_000
DAY_S = 86_400
TOO_LARGE = "1 to 10,000 records"


def at(sequence: int) -> int:
    return BEGAN_S + sequence


def meter_shows(meter: Unit, *sequences: int, later_s: int = 0) -> set[tuple[str, int, float]]:
    """Write records, stamped so much later, and return the readings they hold."""
    for number in sequences:
        meter.record(
            number, at(later_s + number), grid_fields(-5_000 - number, 2**40 + number, number)
        )
    return {
        (f"grid.{quantity}", at(later_s + number) * MICROS, float(value))
        for number in sequences
        for quantity, value in (
            ("active_power_w", -5_000 - number),
            ("import_energy_wh", 2**40 + number),
            ("export_energy_wh", number),
        )
    }


async def test_the_whole_ring_is_read_at_start_and_then_what_is_new(
    kafka_with_topics: Kafka, tmp_path: Path
) -> None:
    meter, cabinet, port = a_grid_meter(), a_cabinet(2), free_port()
    written = meter_shows(meter, *range(1, 301))
    gone = {row for row in written if row[1] <= at(300 - 256) * MICROS}
    cabinet.record(9, at(9), cabinet_fields(3_000, 777))
    ingest = IngestProcess(tmp_path, kafka_with_topics.address, modbus_port=port)
    async with serving(port, meter, cabinet):
        with ended(ingest):
            await asyncio.to_thread(ingest.start)
            async with the_log(kafka_with_topics, RAW, ingest.park_id) as readings:
                await readings.until(lambda: written - gone <= readings.told())
                more = meter_shows(meter, 301, 302, 303)

                await readings.until(lambda: more <= readings.told())
                await readings.until(
                    lambda: (
                        ("charger_26.consumption_energy_wh", at(9) * MICROS, 777.0)
                        in readings.told()
                    )
                )

    assert ("charger_14.active_power_w", at(9) * MICROS, 3000.0) in readings.told()
    assert not gone & readings.told()


async def test_slots_a_young_ring_has_not_filled_yet_are_no_missing_records(
    kafka_with_topics: Kafka, tmp_path: Path
) -> None:
    meter, port = a_grid_meter(), free_port()
    written = meter_shows(meter, *range(2_000, 2_010))  # 246 slots are empty
    ingest = IngestProcess(tmp_path, kafka_with_topics.address, modbus_port=port)
    async with serving(port, meter):
        with ended(ingest):
            await asyncio.to_thread(ingest.start)
            async with the_log(kafka_with_topics, RAW, ingest.park_id) as readings:
                await readings.until(lambda: written <= readings.told())

            assert ingest.events("records_missing") == []


async def test_a_torn_record_is_read_again_and_a_garbled_one_is_told(
    kafka_with_topics: Kafka, tmp_path: Path
) -> None:
    meter, port = a_grid_meter(), free_port()
    ingest = IngestProcess(tmp_path, kafka_with_topics.address, modbus_port=port)
    async with serving(port, meter):
        with ended(ingest):
            await asyncio.to_thread(ingest.start)
            async with (
                the_log(kafka_with_topics, RAW, ingest.park_id) as readings,
                the_log(kafka_with_topics, DEAD_LETTERS, "") as letters,
            ):
                written = meter_shows(meter, 1, 2)
                await readings.until(lambda: written <= readings.told())
                meter.torn_reads = 2  # the last known record, looked at again, and the new one
                written |= meter_shows(meter, 3)
                await readings.until(lambda: written <= readings.told())
                await letters.read_all()
                of_others = len(letters.messages)
                meter.record(4, 0, grid_fields(1, 2, 3))
                meter.header(4, size=0)  # a header that cannot be one
                await until(lambda: any(TOO_LARGE in e["error"] for e in away(ingest)))
                meter.header(4)
                await letters.until(
                    lambda: any("record 4" in m.detail for m in letters.messages[of_others:])
                )
                written |= meter_shows(meter, 5)

                await readings.until(lambda: written <= readings.told())

    assert readings.told() == written


def away(ingest: IngestProcess) -> list[dict[str, Any]]:
    return ingest.events("source_away")


async def test_a_meter_that_went_away_is_read_from_where_it_was(
    kafka_with_topics: Kafka, tmp_path: Path
) -> None:
    meter, port = a_grid_meter(), free_port()
    ingest = IngestProcess(tmp_path, kafka_with_topics.address, modbus_port=port)
    with ended(ingest):
        async with the_log(kafka_with_topics, RAW, ingest.park_id) as readings:
            async with serving(port, meter):
                await asyncio.to_thread(ingest.start)
                written = meter_shows(meter, *range(1, 11))
                await readings.until(lambda: written <= readings.told())
            written |= meter_shows(meter, *range(11, 31))
            await until(lambda: "modbus-grid" in [e["source"] for e in away(ingest)])
            async with serving(port, meter):
                await readings.until(lambda: written <= readings.told())

    assert readings.told() == written


def reading_of(port: int, folder: Path, intake: Intake) -> Adapter:
    """The adapter of the demo park's grid meter, which answers on `port`."""
    file = folder / "park.yaml"
    text = DEMO_PARK_FILE.read_text(encoding="utf-8")
    file.write_text(text.replace("port: 5020", f"port: {port}"), encoding="utf-8")
    return adapter_on(load_park(file), "modbus-grid", intake)


def told(intake: Intake) -> set[tuple[str, int, float]]:
    return {(point, at_us, value) for point, at_us, value, _ in intake.rows()}


async def test_a_meter_that_was_replaced_and_has_counted_on_is_read_whole(tmp_path: Path) -> None:
    old, new, intake, port = a_grid_meter(), a_grid_meter(), Intake(), free_port()
    async with talking(reading_of(port, tmp_path, intake)):
        async with serving(port, old):
            known = meter_shows(old, *range(101, 301))
            await until(lambda: known <= told(intake))
        written = meter_shows(new, *range(1, 501), later_s=DAY_S)
        held = {row for row in written if row[1] > at(DAY_S + 500 - 256) * MICROS}
        async with serving(port, new):
            await until(lambda: held <= told(intake))

    assert told(intake) == known | held


async def test_a_meter_that_begins_anew_behind_a_gateway_while_the_intake_waits_is_read_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    meter, intake, port = a_grid_meter(), Intake(), free_port()
    async with serving(port, meter), talking(reading_of(port, tmp_path, intake)):
        written = meter_shows(meter, *range(1, 21))
        await until(lambda: written <= told(intake))
        intake.open.clear()
        written |= meter_shows(meter, 21)
        await until(lambda: meter.has_shown(21))
        written |= meter_shows(meter, *range(1, 41), later_s=DAY_S)
        intake.open.set()
        await until(lambda: written <= told(intake))

    assert told(intake) == written
    assert "ring_restarted" in capsys.readouterr().out


async def test_a_meter_that_counts_on_beyond_its_ring_is_read_whole_and_what_went_is_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    meter, intake, port = a_grid_meter(), Intake(), free_port()
    async with talking(reading_of(port, tmp_path, intake)):
        async with serving(port, meter):
            known = meter_shows(meter, *range(1, 11))
            await until(lambda: known <= told(intake))
        written = meter_shows(meter, *range(11, 301))
        held = {row for row in written if row[1] > at(300 - 256) * MICROS}
        async with serving(port, meter):
            await until(lambda: held <= told(intake))

    assert told(intake) == known | held
    logged = capsys.readouterr().out
    assert "first=11 last=44" in logged
    assert "ring_restarted" not in logged


async def test_a_meter_that_only_went_away_is_not_read_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    meter, intake, port = a_grid_meter(), Intake(), free_port()
    async with talking(reading_of(port, tmp_path, intake)):
        async with serving(port, meter):
            written = meter_shows(meter, *range(1, 201))
            await until(lambda: written <= told(intake))
        written |= meter_shows(meter, *range(201, 221))
        async with serving(port, meter):
            await until(lambda: written <= told(intake))

    assert sorted(told(intake)) == sorted(row[:3] for row in intake.rows())  # each once
    assert "ring_restarted" not in capsys.readouterr().out


async def test_records_written_while_kafka_was_away_or_ingest_dead_are_not_lost(
    kafka_with_topics: Kafka, tmp_path: Path
) -> None:
    meter, port = a_grid_meter(), free_port()
    ingest = IngestProcess(tmp_path, kafka_with_topics.address, modbus_port=port)
    async with serving(port, meter):
        with ended(ingest):
            await asyncio.to_thread(ingest.start)
            written = meter_shows(meter, *range(1, 6))
            with frozen(kafka_with_topics):
                for number in range(6, 26):
                    written |= meter_shows(meter, number)
                    await asyncio.sleep(0.2)
            await asyncio.to_thread(ingest.kill)
            written |= meter_shows(meter, *range(26, 60))
            await asyncio.to_thread(ingest.start)
            async with the_log(kafka_with_topics, RAW, ingest.park_id) as readings:
                await readings.until(lambda: written <= readings.told())

    assert readings.told() == written
