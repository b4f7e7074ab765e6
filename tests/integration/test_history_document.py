"""The examples of docs/history.md run, one after another, and say what is right."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import grpc
import pytest

from parkflow.history.v1.history_service_pb2_grpc import HistoryServiceStub
from tests.support.builders import REPOSITORY
from tests.support.history import REJECTED, START, Reading, a_frame, minutes
from tests.support.history_energy import Word, frames_of_words, told
from tests.support.history_service import History, interval, running_history

EXAMPLE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
METER = "meter.active_power_w"


@pytest.fixture
async def history(fresh_database: str) -> AsyncIterator[History]:
    async with running_history(fresh_database) as running:
        yield running


def named(frame: Any) -> Any:
    """Return a frame of one point under the document's name."""
    return replace(frame, point_ids=(METER,))


def run_examples(names: dict[str, Any]) -> dict[str, Any]:
    document = (REPOSITORY / "docs" / "history.md").read_text(encoding="utf-8")
    with grpc.insecure_channel(names["address"]) as channel:
        names["stub"] = HistoryServiceStub(channel)
        for example in EXAMPLE.findall(document):
            exec(compile(example, "docs/history.md", "exec"), names)
    return names


async def test_the_examples_answer_as_the_text_says(history: History) -> None:
    day = [Reading(1, minutes(10 * number), 600.0) for number in range(10 * 6 + 1)]
    await history.write(named(a_frame(day, arrival=minutes(700))))
    doubted = [Reading(1, minutes(600), 600.0, REJECTED)]
    await history.write(named(a_frame(doubted, arrival=minutes(800))))
    warm = [Reading(1, minutes(10), 20.0), Reading(1, minutes(55), 26.0)]
    weather = replace(a_frame(warm, arrival=minutes(60)), point_ids=("weather.temperature_c",))
    await history.write(weather)
    await history.refresher.refresh_all()
    quarters = [Word(1, quarter, (150, 0, 0, 0), 15.0 * quarter + 16) for quarter in range(72)]
    for frame in frames_of_words(quarters):
        named_register = replace(frame, point_ids=("meter.import_energy_wh",))
        await history.writer.write([told(named_register)])

    names = await asyncio.to_thread(
        run_examples,
        {
            "address": history.address,
            "day": interval(START, minutes(18 * 60)),
            "nine_o_clock": minutes(750),
            "kept_token": "",
        },
    )

    assert names["newest"] == {METER: 600.0, "weather.temperature_c": 26.0}
    assert names["names"].tolist() == list(names["newest"])
    assert names["values"].tolist() == list(names["newest"].values())
    assert (len(names["then"]), len(names["now"])) == (61, 60)
    assert names["energy_wh"] == pytest.approx([590 / 60 * 600.0])
    assert names["known_share"] == pytest.approx([590 / (24 * 60)])
    assert names["believed_share"] == pytest.approx([60 / 61])
    assert names["estimated"] == {1: (22.0, "GAP_METHOD_LINEAR"), 2: (24.0, "GAP_METHOD_LINEAR")}
    assert names["counted_wh"] == [72 * 150]
    assert names["quality_share"] == [0.75]
    assert names["table"].num_rows == 60
    assert names["kept_token"]
