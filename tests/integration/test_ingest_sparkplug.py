"""Sparkplug B against real brokers: names, gaps, deaths, kept data and commands."""

import asyncio
import json
import math
import random
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiomqtt
import pytest

from services.demo.stack import Mqtt
from services.energy.readings import FieldQuality
from services.energy.site import Park
from services.ingest.adapters.adapter import Accepted, NoAnswer, Refused
from services.ingest.adapters.sparkplug.wire import Payload
from tests.support.brokers import any_broker, mosquitto
from tests.support.edge_node import AT_MS, EdgeNode, an_edge_node
from tests.support.one_adapter import Intake, a_command, a_park_with, adapting
from tests.support.patience import PATIENCE_S
from tests.support.slow_devices import slower_devices

__all__ = ["any_broker", "mosquitto"]
POWER = "pv.active_power_w"
RACK = {"edge_node": "edge", "edge_device": "rack"}


def a_park(folder: Path, **more: Any) -> Park:
    source = {
        "id": "plant",
        "protocol": "sparkplug_b",
        "group": f"g{uuid4().hex[:6]}",
        "points": [{"point": POWER, **RACK, "metric": "Power", "scale": -1000}],
        "setpoints": [
            {
                "device": "pv",
                "quantity": "active_power_limit_w",
                **RACK,
                "metric": "Limit",
                "scale": 1000,
            }
        ],
    } | more
    return a_park_with(folder, source, {"pv": {}})


def group_of(park: Park) -> str:
    group: str = park.source("plant").settings.group  # type: ignore[attr-defined]
    return group


async def alive(node: EdgeNode, intake: Intake) -> None:
    """Wait until ingest has asked for the birth of the node and has it."""
    await intake.until(lambda: node.births > 0 and intake.shows(pv__active_power_w=-1000.0))


async def test_data_by_alias_becomes_readings_with_the_nodes_own_times(
    any_broker: Mqtt, tmp_path: Path
) -> None:
    park = a_park(tmp_path)
    async with (
        an_edge_node(any_broker.port, group_of(park)) as node,
        adapting(park, "plant", mqtt=any_broker.url) as (_, intake),
    ):
        await alive(node, intake)
        await node.data(250.0)
        await node.data(100.0, at_ms=AT_MS - 3_600_000, is_historical=True)
        await intake.until(lambda: len(intake.values(POWER)) >= 3)

    assert intake.rows[-2:] == [
        (POWER, AT_MS * 1000, -250_000.0, FieldQuality.GOOD),
        (POWER, (AT_MS - 3_600_000) * 1000, -100_000.0, FieldQuality.GOOD),
    ]
    assert node.births == 1


async def test_a_gap_in_the_sequence_asks_for_a_rebirth_and_loses_nothing_that_came(
    any_broker: Mqtt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.ingest.adapters.sparkplug.adapter.REBIRTH_AGAIN_S", 0.1)
    park = a_park(tmp_path)
    async with (
        an_edge_node(any_broker.port, group_of(park)) as node,
        adapting(park, "plant", mqtt=any_broker.url) as (_, intake),
    ):
        await alive(node, intake)
        before = node.births
        node.skip()
        await node.data(7.0)
        await intake.until(lambda: node.births > before and -7_000.0 in intake.values(POWER))


async def test_a_node_that_dies_leaves_no_value_behind(any_broker: Mqtt, tmp_path: Path) -> None:
    park = a_park(tmp_path)
    async with (
        an_edge_node(any_broker.port, group_of(park)) as node,
        adapting(park, "plant", mqtt=any_broker.url) as (adapter, intake),
    ):
        await alive(node, intake)
        await node.died(bd_seq=99)  # of an earlier session: says nothing
        await node.data(3.0)
        await intake.until(lambda: intake.shows(pv__active_power_w=-3_000.0))
        await node.died()
        await intake.until(lambda: intake.shows(pv__active_power_w=math.nan))
        answer = await adapter.hand_over(a_command("pv", 1.0))

    assert intake.last(POWER)[3] is FieldQuality.INVALID  # type: ignore[index]
    assert isinstance(answer, NoAnswer)
    assert "not alive" in answer.reason


async def test_what_cannot_be_read_is_told_and_harms_no_other(
    any_broker: Mqtt, tmp_path: Path
) -> None:
    park = a_park(tmp_path)
    async with (
        an_edge_node(any_broker.port, group_of(park)) as node,
        adapting(park, "plant", mqtt=any_broker.url) as (_, intake),
    ):
        await alive(node, intake)
        await node.raw("DDATA", b"\x00\xff no protobuf")
        await node.send(
            "DDATA", {"alias": 99, "double_value": 1.0}, {"alias": 7, "double_value": 4}
        )
        await intake.until(
            lambda: len(intake.letters) == 2 and intake.shows(pv__active_power_w=-4_000.0)
        )

    assert "not a Sparkplug B payload" in intake.letters[0]["detail"]
    assert "no birth has named" in intake.letters[1]["detail"]
    assert intake.letters[1]["reason"] == "partly unreadable"


async def test_mutated_payloads_are_told_and_the_process_lives(mqtt: Mqtt, tmp_path: Path) -> None:
    park, dice = a_park(tmp_path), random.Random(7)
    payload = Payload(timestamp=AT_MS, seq=2)
    payload.metrics.add(name="Power", timestamp=AT_MS, datatype=10, double_value=5.0)
    whole = payload.SerializeToString()
    async with (
        an_edge_node(mqtt.port, group_of(park)) as node,
        adapting(park, "plant", mqtt=mqtt.url) as (_, intake),
    ):
        await alive(node, intake)
        for _ in range(500):
            content = bytearray(whole)
            for _ in range(dice.randint(1, 3)):
                content[dice.randrange(len(content))] = dice.randrange(256)
            await node.raw(dice.choice(["DDATA", "NDATA", "DBIRTH"]), bytes(content))
        await node.born()
        await node.data(77.0)
        await intake.until(lambda: -77_000.0 in intake.values(POWER))  # a birth may follow

    assert len(intake.letters) > 50


async def test_a_metric_is_written_and_seen_to_be_held(any_broker: Mqtt, tmp_path: Path) -> None:
    park = a_park(tmp_path)
    async with (
        an_edge_node(any_broker.port, group_of(park)) as node,
        adapting(park, "plant", mqtt=any_broker.url) as (adapter, intake),
    ):
        await alive(node, intake)
        taken = await adapter.hand_over(a_command("pv", 900_000.0))
        node.follows = False
        with slower_devices(1):
            ignored = await adapter.hand_over(a_command("pv", 800_000.0))
        wrong = await adapter.hand_over(a_command("pv", 1.0, quantity="active_power_w"))
        await node.born()  # it restarted and has forgotten
        await intake.until(lambda: node.commands.count(("Limit", 900.0)) >= 2)

    assert taken == Accepted(900_000.0)
    assert isinstance(ignored, NoAnswer)
    assert isinstance(wrong, Refused)


async def test_at_the_end_of_the_lease_the_fail_safe_is_written(
    any_broker: Mqtt, tmp_path: Path
) -> None:
    park = a_park(tmp_path)
    async with (
        an_edge_node(any_broker.port, group_of(park)) as node,
        adapting(park, "plant", mqtt=any_broker.url) as (adapter, intake),
    ):
        await alive(node, intake)
        await adapter.hand_over(a_command("pv", 900_000.0, seconds=2))
        await intake.until(lambda: ("Limit", 1_500.0) in node.commands)


async def test_nodes_are_told_whether_their_host_is_there(any_broker: Mqtt, tmp_path: Path) -> None:
    park = a_park(tmp_path, host="our-host")
    seen: list[bool] = []

    async def watch() -> None:
        async with aiomqtt.Client("127.0.0.1", any_broker.port, timeout=PATIENCE_S) as client:
            await client.subscribe("spBv1.0/STATE/our-host", qos=1)
            async for message in client.messages:
                seen.append(json.loads(bytes(message.payload))["online"])  # type: ignore[arg-type]

    watching = asyncio.create_task(watch())
    async with adapting(park, "plant", mqtt=any_broker.url) as (_, intake):
        await intake.until(lambda: seen[-1:] == [True])
    await intake.until(lambda: seen[-1:] == [False])
    watching.cancel()


async def test_a_broker_that_comes_back_is_asked_for_births(
    any_broker: Mqtt, tmp_path: Path
) -> None:
    park = a_park(tmp_path)
    async with adapting(park, "plant", mqtt=any_broker.url) as (_, intake):
        async with an_edge_node(any_broker.port, group_of(park)) as node:
            await node.born()  # as nodes are when they connect
            await alive(node, intake)
        any_broker.stop()
        any_broker.start()
        async with an_edge_node(any_broker.port, group_of(park)) as node:
            seen = len(intake.values(POWER))
            await node.born()
            await intake.until(lambda: -1000.0 in intake.values(POWER)[seen:])
            await node.data(55.0)
            await intake.until(lambda: -55_000.0 in intake.values(POWER))  # a birth may follow


async def test_a_birth_that_is_wanted_soon_after_another_is_asked_for_later(
    any_broker: Mqtt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.ingest.adapters.sparkplug.adapter.REBIRTH_AGAIN_S", 2.0)
    park, began = a_park(tmp_path), asyncio.get_running_loop().time()
    async with (
        an_edge_node(any_broker.port, group_of(park)) as node,
        adapting(park, "plant", mqtt=any_broker.url) as (_, intake),
    ):
        await alive(node, intake)
        node.skip()
        await node.data(7.0)
        await intake.until(lambda: node.births >= 2 and -7_000.0 in intake.values(POWER))

    assert node.born_at[1] - began >= 2.0


async def test_mqtt_5_is_spoken_where_the_park_file_says_so(
    mosquitto: Mqtt, tmp_path: Path
) -> None:
    park = a_park(tmp_path, version="5")
    async with (
        an_edge_node(mosquitto.port, group_of(park)) as node,
        adapting(park, "plant", mqtt=mosquitto.url) as (adapter, intake),
    ):
        await alive(node, intake)
        assert isinstance(await adapter.hand_over(a_command("pv", 900_000.0)), Accepted)
