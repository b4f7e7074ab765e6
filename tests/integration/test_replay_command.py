"""`make replay FROM= TO=` with changed rules: restated in Kafka and history, summed up in print.

Every meter shows 50 kWh more each quarter hour, but 500 kWh between minutes 15 and 30: what the
works could just have drawn. By the changed rules nobody draws more than 300 kW.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from services.demo.stack import Kafka
from services.energy.readings import Doubt, Verdict
from services.energy.time_grid import to_microseconds
from services.runtime.frames import Frame as ReadingFrame
from services.runtime.frames import frame_from
from services.runtime.interval_frames import IntervalFrame, interval_frame_from
from services.runtime.topics import INTERVALS, READINGS
from services.validation.replay import main
from tests.support.builders import REPOSITORY
from tests.support.ingest import Log, the_log
from tests.support.live_park import LivePark
from tests.support.park_client import (
    NOW_MINUTE,
    Client,
    Rollup,
    Row,
    Shown,
    comes_to,
    eventually,
    minute,
)

STEEL, OFFICES = "steel.consumption_energy_wh", "offices.consumption_energy_wh"
STRICTER = "\nvalidation: {quantities: {consumption_energy_wh: {steepest_kw: 300}}}\n"
SHOWS_WH = (0, 50_000, 550_000, 600_000, 650_000, 700_000, 750_000, 800_000)
FOLLOWED, CUT_OFF = 8, 5
"""So many readings: five agree that the works' new level is true, three are too few to say so."""
Frame = TypeVar("Frame", ReadingFrame, IntervalFrame)
FROM, TO = (f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in (minute(0), minute(NOW_MINUTE)))


def energy(wh: int, aside: int = 0) -> tuple[int, int, int, int]:
    return (wh, 0, aside, 0)


def pushed(count: int) -> Shown:
    """Return what the first readings come to when all of them are believed."""
    rows = [Row(15.0 * n, SHOWS_WH[n], Verdict.BELIEVED, Doubt.LATE) for n in range(count)]
    steps = pairwise(SHOWS_WH[:count])
    return Shown(
        rows,
        {row.minute: Rollup(row.value, believed=1) for row in rows},
        {15.0 * n: energy(end - start) for n, (start, end) in enumerate(steps)},
    )


def restated_steel() -> Shown:
    """Return the level that changed by more than flowed: one quarter hour is set aside."""
    before = pushed(FOLLOWED)
    rows = [
        row._replace(doubt=Doubt.METER_SWAP) if row.minute == 30 else row for row in before.rows
    ]
    return before._replace(rows=rows, energies=before.energies | {15.0: energy(0, 500_000)})


def restated_offices() -> Shown:
    """Return readings that nothing confirmed: what they claim is in no quarter hour."""
    first, second, *rest = pushed(CUT_OFF).rows
    return Shown(
        [
            first,
            second,
            *(
                row._replace(verdict=Verdict.REJECTED, doubt=Doubt.REGISTER_TOO_STEEP)
                for row in rest
            ),
        ],
        pushed(2).rollups | {row.minute: Rollup(None, rejected=1) for row in rest},
        {0.0: energy(50_000)},
    )


def make_replay(
    park_file: Path, kafka: str, start: str, end: str
) -> subprocess.CompletedProcess[str]:
    """Run the target as people do, with this Python in place of the one it would install."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    given = {
        "BIN": Path(sys.executable).parent,
        "DEMO_PARTS": "",
        "FROM": start,
        "TO": end,
        "PARK": park_file,
        "KAFKA": kafka,
    }
    return subprocess.run(
        ["make", "replay", *(f"{name}={value}" for name, value in given.items())],
        cwd=REPOSITORY,
        env=outside,
        capture_output=True,
        text=True,
        timeout=180,
    )


def replayed(log: Log, frame_of: Callable[[Any], Frame]) -> list[Frame]:
    """Return the frames that a replay has published."""
    return [frame_of(message) for message in log.messages if "replay" in message.frame_id]


async def test_a_replay_with_changed_rules_restates_readings_energies_and_suspense_downstream(
    kafka_with_topics: Kafka, live_park: LivePark, client: Client, tmp_path: Path
) -> None:
    kafka, park_file = kafka_with_topics, tmp_path / "stricter.yaml"
    for meter, count in ((STEEL, FOLLOWED), (OFFICES, CUT_OFF)):
        await client.push(*((meter, 15.0 * n, SHOWS_WH[n]) for n in range(count)))
        await comes_to(partial(client.shown, meter), pushed(count))
    park_file.write_text(
        live_park.ingest.park_file.read_text(encoding="utf-8") + STRICTER,
        encoding="utf-8",
    )

    told = await asyncio.to_thread(make_replay, park_file, kafka.address, FROM, TO)
    await comes_to(lambda: client.shown(STEEL), restated_steel())
    await comes_to(lambda: client.shown(OFFICES), restated_offices())
    (steel,) = await eventually(lambda: client.set_aside(STEEL))
    (offices,) = await eventually(lambda: client.set_aside(OFFICES))
    again = await asyncio.to_thread(make_replay, park_file, kafka.address, FROM, TO)
    async with (
        the_log(kafka, READINGS, live_park.park_id) as readings,
        the_log(kafka, INTERVALS, live_park.park_id) as intervals,
    ):
        await readings.until(lambda: sum(map(len, replayed(readings, frame_from))) >= 4)
        await intervals.until(lambda: sum(map(len, replayed(intervals, interval_frame_from))) >= 4)
    frames, changed = replayed(readings, frame_from), replayed(intervals, interval_frame_from)
    known_before = Timestamp()
    known_before.FromMicroseconds(to_microseconds(frames[0].arrival_time) - 1)

    assert (told.returncode, told.stdout.splitlines()) == (
        0,
        [
            "13 readings judged again, 4 restated",
            "         3  late -> register_too_steep",
            "         1  late -> meter_swap",
            "11 quarter hours counted again, 4 restated",
            "2 suspense entries changed, +1,100,000 Wh in all",
        ],
    )
    assert sum(map(len, frames)) == 4
    assert sum(map(len, changed)) == 4
    postings = {p.entry_id: p.change_wh for frame in changed for p in frame.postings}
    assert postings == {steel.entry_id: 500_000, offices.entry_id: 600_000}
    assert (steel.balance_wh, offices.balance_wh) == (500_000, 600_000)
    assert await client.shown(STEEL, known_before) == pushed(FOLLOWED)
    assert await client.shown(OFFICES, known_before) == pushed(CUT_OFF)
    assert again.stdout.splitlines() == [
        "13 readings judged again, 0 restated",
        "11 quarter hours counted again, 0 restated",
        "0 suspense entries changed, +0 Wh in all",
    ]


def test_make_passes_a_wrong_interval_on_as_it_was_told(tmp_path: Path) -> None:
    told = make_replay(REPOSITORY / "parks" / "demo.yaml", "127.0.0.1:9", TO, FROM)

    assert told.returncode == 2
    assert "2019-06-03 22:00:00+00:00 is not before --to 2019-06-03 20:00:00+00:00" in told.stderr


@pytest.mark.parametrize("start", ["", "yesterday", "2019-06-03", "2019-06-03T20:00:00"])
def test_an_instant_that_cannot_be_read_is_told_with_one_that_can(
    start: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["replay", "--from", start, "--to", TO])

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert f"argument --from: {start!r} is no instant with a time zone" in told
    assert "write it like 2019-06-03T20:00:00Z" in told
