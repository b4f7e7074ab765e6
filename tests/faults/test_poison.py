"""Spoiled frames among good ones: each is told of or judged, good ones arrive, processes live."""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import psycopg
import pytest
from google.protobuf.message import DecodeError

from parkflow.telemetry.v1.raw_frame_pb2 import RawFrame as RawFrameMessage
from services.energy.site import Park
from services.ingest.domain.batch import Batch
from services.ingest.intake import raw_frame_of
from services.runtime.park_file import load_park
from services.runtime.raw_frames import RawFrame, raw_message_from
from services.validation.domain.partition import ParkRules
from services.validation.folding import entry_from
from tests.support.field_day import GATEWAYS, FieldDay, a_field_day
from tests.support.gateway import request_of
from tests.support.kept import CONTENT, Kept
from tests.support.pipeline import NOW, Pipeline, Servers, a_pipeline, whole
from tests.support.poison import spoiled, spoiled_anywhere
from tests.support.raw_day import Entry, raw_entries, write_entries

SEED = int(os.environ.get("PARKFLOW_FAULT_SEED", "4"))
FRAMES = 10_000
PUSHES = 500 * int(os.environ.get("PARKFLOW_FAULT_ROUNDS", "4"))
AT_ONCE = 8
GOOD_MINUTES = 360
SPOILED = "gateway-cars-1"
GOOD = [
    f"{device}."
    for gateway, devices in GATEWAYS.items()
    if "cars" not in gateway
    for device in devices
]
pytestmark = pytest.mark.timeout(900)

PUSH = "/parkflow.telemetry.v1.TelemetryService/Push"
LETTERS = """
    SELECT body->>'writer', body->>'reason', coalesce(body->>'detail', '') FROM history.result
     WHERE topic = 'telemetry.dead.v1'
"""
KEYS = """
    SELECT p.name, (extract(epoch FROM r.event_time) * 1000000)::bigint
      FROM (SELECT point_id, event_time FROM history.reading
             UNION SELECT point_id, event_time FROM history.misstamped) AS r
      JOIN history.point p USING (point_id) WHERE p.park_id = %s
"""


def good_hours() -> FieldDay:
    """Return the frames of everything but the cars."""
    frames = a_field_day(SEED, GOOD_MINUTES).frames
    return FieldDay({name: own for name, own in frames.items() if "cars" not in name})


def a_small_batch(chance: random.Random) -> Batch:
    """Return four readings of each of three points of the cars."""
    batch = chance.choice(a_field_day(SEED, GOOD_MINUTES).frames[SPOILED])
    points = np.unique(batch.point_index)[:-1]
    first = chance.randrange(len(points) - 3)
    rows = np.concatenate([np.flatnonzero(batch.point_index == p)[:4] for p in points[first:][:3]])
    names, index = np.unique(batch.point_index[rows], return_inverse=True)
    return Batch(
        SPOILED,
        tuple(batch.point_ids[name] for name in names),
        index.astype(np.uint32),
        batch.event_time_us[rows],
        batch.value[rows],
    )


def spoiled_entries(park_id: str, chance: random.Random) -> list[tuple[Entry, bool]]:
    """Return spoiled raw frames with whether each is sure to be none."""
    found = []
    for number in range(FRAMES):
        frame = raw_frame_of(park_id, a_small_batch(chance), f"spoiled-{number}", NOW)
        payload, is_none = spoiled(raw_message_from(frame), chance)
        found.append(((f"{park_id}/{SPOILED}", payload), is_none))
    return found


def verdict_on(payload: bytes, park: Park, rules: ParkRules) -> RawFrame | str:
    """Return the frame that bytes still are, or why validation has no use for them."""
    try:
        message = RawFrameMessage.FromString(payload)
    except DecodeError:
        return "unusable"
    if message.park_id not in ("", park.id):
        return "of another park"
    try:
        entry = entry_from(message, rules, 0)
    except ValueError:
        return "unusable"
    return entry.raw if entry.edit is None else "an edit"


def of_good(kept: Kept) -> Kept:
    """Return what is about the points of the good frames."""
    return Kept(
        {
            name: [line for line in lines if any(device in line for device in GOOD)]
            for name, lines in kept.lines.items()
        }
    )


async def alone(servers: Servers, folder: Path) -> Kept:
    """Return what the good frames come to by themselves."""
    async with a_pipeline(servers, folder) as run:
        whole(run, without="ingest")
        await run.start()
        await write_entries(servers.kafka, raw_entries(run.park_id, good_hours()))
        await run.settle()
        return of_good(run.kept(CONTENT))


def mixed(good: list[Entry], bad: list[Entry], chance: random.Random) -> list[Entry]:
    """Return both, the order among the good kept."""
    places = set(chance.sample(range(len(good) + len(bad)), len(good)))
    own, other = iter(good), iter(bad)
    return [next(own if at in places else other) for at in range(len(good) + len(bad))]


@pytest.mark.slow
async def test_spoiled_pushes_are_each_refused_with_a_reason_or_taken_and_ingest_lives(
    servers: Servers, tmp_path: Path
) -> None:
    chance = random.Random(SEED)
    async with a_pipeline(servers, tmp_path) as run:
        whole(run)
        await run.start()
        payloads = [a_spoiled_push(run.park_id, number, chance) for number in range(PUSHES)]
        answers = await pushed(run.workers["ingest"].address, payloads)
        (last,) = await pushed(run.workers["ingest"].address, [a_push(run.park_id, -1, chance)])
        await run.settle()
        bugs = run.failures()

    counts = Counter(code.name for code, _ in answers)
    print(f"seed {SEED}: {dict(counts)}")
    assert counts.total() == PUSHES
    assert set(counts) <= {"OK", "INVALID_ARGUMENT", "NOT_FOUND"}
    assert all(reason for code, reason in answers if code is not grpc.StatusCode.OK)
    assert counts["OK"] < PUSHES / 2
    assert last[0] is grpc.StatusCode.OK
    assert not bugs


@pytest.mark.slow
async def test_ten_thousand_spoiled_frames_are_each_told_of_or_judged_and_good_ones_arrive(
    servers: Servers, tmp_path: Path
) -> None:
    chance = random.Random(SEED)
    expected = await alone(servers, tmp_path)
    async with a_pipeline(servers, tmp_path) as run:
        whole(run, without="ingest")
        await run.start()
        park = load_park(run.workers["validation"].park_file)
        rules = ParkRules.of(park)
        bad = spoiled_entries(park.id, chance)
        good = raw_entries(park.id, good_hours())
        await write_entries(servers.kafka, mixed(good, [entry for entry, _ in bad], chance))
        await run.settle()
        letters, keys, found = rows(run, LETTERS), set(rows(run, KEYS, park.id)), run.kept(CONTENT)
        bugs = [line for line in run.failures() if "dead_letter" not in line]
        dead = [worker for worker in run.workers.values() if not worker.is_running]

    verdicts = [verdict_on(payload, park, rules) for (_, payload), _ in bad]
    counts = Counter("still a frame" if isinstance(v, RawFrame) else v for v in verdicts)
    print(f"seed {SEED}: {dict(counts)}; letters {Counter(letter[:2] for letter in letters)}")
    assert not dead
    assert not bugs
    assert [v for v, (_, is_none) in zip(verdicts, bad, strict=True) if is_none] == [
        "unusable"
    ] * sum(is_none for _, is_none in bad)
    assert Counter(letter[:2] for letter in letters) == {
        ("validation", "undecodable"): counts["unusable"]
    }
    assert all(detail for _, _, detail in letters)
    assert keys_of([v for v in verdicts if isinstance(v, RawFrame)]) <= keys
    assert not expected.differences(of_good(found))


def keys_of(frames: list[RawFrame]) -> set[tuple[Any, ...]]:
    return {
        (frame.point_ids[point], time_us)
        for frame in frames
        for point, time_us in zip(
            frame.point_index.tolist(), frame.event_time_us.tolist(), strict=True
        )
    }


def rows(run: Pipeline, query: str, *parameters: object) -> list[tuple[Any, ...]]:
    with psycopg.connect(run.url) as connection:
        return connection.execute(query.encode(), parameters or None).fetchall()


def a_push(park_id: str, number: int, chance: random.Random) -> bytes:
    request = request_of(park_id, a_small_batch(chance), f"push-{number}")
    return bytes(request.SerializeToString())


def a_spoiled_push(park_id: str, number: int, chance: random.Random) -> bytes:
    return spoiled_anywhere(a_push(park_id, number, chance), chance)


async def pushed(address: str, payloads: list[bytes]) -> list[tuple[grpc.StatusCode, str]]:
    """Return the answer to each push, made of bytes as they are."""
    turns = asyncio.Semaphore(AT_ONCE)
    async with grpc.aio.insecure_channel(address) as channel:
        call = channel.stream_unary(PUSH, request_serializer=bytes, response_deserializer=bytes)

        async def push(payload: bytes) -> tuple[grpc.StatusCode, str]:
            async with turns:
                try:
                    await call(iter([payload]), timeout=60)
                except grpc.aio.AioRpcError as refused:
                    return refused.code(), refused.details() or ""
                return grpc.StatusCode.OK, ""

        return await asyncio.gather(*map(push, payloads))
