"""A file into the real log, as an operator does it: again and again, and nothing changes."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

from services.demo.stack import Kafka
from services.runtime.database import migrate
from services.runtime.topics import RAW, READINGS
from tests.support.builders import MORNING, REPOSITORY, after
from tests.support.import_files import written
from tests.support.ingest import ValidationProcess, running, the_log
from tests.support.patience import PATIENCE_S

ROWS = 25_000  # at least three frames
HEAD = "point,event_time,value"
LAST = f"offices.active_power_w,{MORNING.isoformat()},1000"


def a_file(folder: Path) -> Path:
    """Temperatures a second apart, the newest at the start of the demo."""
    lines = [HEAD]
    for number in range(ROWS):
        at = after(seconds=-number).isoformat()
        lines.append(f"weather.temperature_c,{at},{number % 40}")
    return written(folder, "archive.csv", "\n".join(lines) + "\n")


def the_command(worker: ValidationProcess, *arguments: str) -> subprocess.CompletedProcess[str]:
    origin = MORNING.isoformat().replace("+00:00", "Z")
    environment = os.environ | {
        "PARKFLOW_PARK": str(worker.park_file),
        "PARKFLOW_KAFKA": worker.kafka,
        "PARKFLOW_CLOCK": f"{origin}@{worker.began}x1",
    }
    return subprocess.run(
        [sys.executable, "-m", "services.ingest", "import", *arguments],
        env=environment,
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )


async def test_importing_twice_changes_nothing(
    kafka_with_topics: Kafka, fresh_database: str, tmp_path: Path
) -> None:
    await migrate("validation", fresh_database)
    worker = ValidationProcess(tmp_path, kafka_with_topics.address, fresh_database)
    file = str(a_file(tmp_path))
    with running(worker):
        async with (
            the_log(kafka_with_topics, RAW, worker.park_id) as raw,
            the_log(kafka_with_topics, READINGS, worker.park_id) as judged,
        ):
            dry = await asyncio.to_thread(the_command, worker, "--dry-run", file)
            first = await asyncio.to_thread(the_command, worker, file)
            await judged.until(lambda: len(judged.believed()) >= ROWS, 2 * PATIENCE_S)
            believed = judged.believed()
            await raw.until(lambda: len(raw.told()) >= ROWS)
            frames = {frame.frame_id for frame in raw.messages}

            again = await asyncio.to_thread(the_command, worker, file)
            await raw.until(lambda: len(raw.messages) >= 2 * len(frames))
            repeated = {frame.frame_id for frame in raw.messages}
            last = written(tmp_path, "last.csv", f"{HEAD}\n{LAST}\n")
            await asyncio.to_thread(the_command, worker, str(last))
            await judged.until(lambda: len(judged.believed()) > ROWS)

    assert "dry run: nothing was imported" in dry.stdout
    assert [dry.returncode, first.returncode, again.returncode] == [0, 0, 0], first.stderr
    assert f"imported {ROWS:,} of {ROWS:,} readings" in first.stdout
    assert repeated == frames
    assert len(frames) >= 3
    assert {frame.source_id for frame in raw.messages} == {"import"}
    assert {row for row in judged.believed() if row[0] != "offices.active_power_w"} == believed


async def test_a_file_with_a_mistake_is_not_imported_unless_told_to(
    kafka_with_topics: Kafka, fresh_database: str, tmp_path: Path
) -> None:
    worker = ValidationProcess(tmp_path, kafka_with_topics.address, fresh_database)
    worker.write_park()
    at = after(seconds=-60).isoformat()
    file = written(
        tmp_path,
        "a.csv",
        f"point,event_time,value\nweather.temperature_c,{at},20\nweather.temperature_c,soon,21\n",
    )
    async with the_log(kafka_with_topics, RAW, worker.park_id) as raw:
        refused = await asyncio.to_thread(the_command, worker, str(file))
        await raw.read_all()
        before = len(raw.messages)
        rest = await asyncio.to_thread(the_command, worker, "--keep-going", str(file))
        await raw.until(lambda: raw.told() != set())

    assert (refused.returncode, rest.returncode, before) == (1, 1, 0)
    assert "line 3: 'soon' is no time" in refused.stdout
    assert "1 mistakes: nothing was imported" in refused.stdout
    assert "imported 1 of 1 readings" in rest.stdout
    assert [value for _, _, value in raw.told()] == [20.0]


async def test_the_rate_leaves_room_for_what_is_live(
    kafka_with_topics: Kafka, fresh_database: str, tmp_path: Path
) -> None:
    worker = ValidationProcess(tmp_path, kafka_with_topics.address, fresh_database)
    worker.write_park()
    began = time.monotonic()

    done = await asyncio.to_thread(the_command, worker, "--rate", "5000", str(a_file(tmp_path)))

    assert done.returncode == 0, done.stderr
    assert time.monotonic() - began >= ROWS / 5000


def test_what_cannot_be_read_at_all_ends_with_another_code(tmp_path: Path) -> None:
    worker = ValidationProcess(tmp_path, "127.0.0.1:9", "")
    worker.write_park()

    done = the_command(worker, str(written(tmp_path, "a.csv", "")))

    assert done.returncode == 2
    assert "nothing was imported" in done.stderr
    assert "Traceback" not in done.stderr
