"""OPC UA against a real server: values, stamps, status codes, cuts, restarts, writes."""

import asyncio
import math
from pathlib import Path
from typing import cast

from asyncua import ua

from services.demo.stack.ports import free_port
from services.ingest.adapters.adapter import Accepted, NoAnswer, Refused
from services.ingest.adapters.opc_ua.adapter import OpcUaAdapter
from tests.support.field import Intake, a_command, adapter_on, park_on, talking, until
from tests.support.opc_ua import Disk, Keys, Plant, Wire, a_plant, at, micros
from tests.support.patience import PATIENCE_S
from tests.support.slow_devices import slower_devices

PV, WIND = "pv.active_power_w", "wind.active_power_w"


def a_source(port: int, more: str = "", pv: str = "nsu=urn:parkflow:plant;i=7") -> str:
    return f"""
  - id: mqtt-site
    protocol: opc_ua
    endpoint: opc.tcp://127.0.0.1:{port}
    security: none
    sampling: 50ms
    {more}
    points:
      - {{point: {PV}, node: "{pv}", scale: -1000}}
      - {{point: {WIND}, node: "ns=2;s=wind"}}
    setpoints:
      - {{device: battery, quantity: active_power_w, node: "ns=2;s=target", scale: 1000,
         read_back: "ns=2;s=held", tolerance_w: 500}}
      - {{device: pv, quantity: active_power_limit_w, node: "ns=2;s=locked"}}
"""


def a_guarded_source(port: int, keys: Path) -> str:
    guarded = f"""security: sign_and_encrypt
    certificate: {keys}/client.der
    private_key: {keys}/client.pem
    server_certificate: {keys}/server.der
    user: parkflow
    password_file: {keys}/password"""
    return a_source(port).replace("security: none", guarded)


async def test_values_keep_the_stamp_of_their_source_and_the_sign_of_the_park(
    tmp_path: Path,
) -> None:
    intake, port = Intake(), free_port()
    adapter = adapter_on(park_on(a_source(port), tmp_path), "mqtt-site", intake)
    async with a_plant(port) as plant:
        await plant.show("pv", 1.5, 1)
        async with talking(adapter):
            await until(lambda: intake.rows(PV))
            await plant.show("pv", 2.5, 2)
            await plant.show("pv", 2.5, 3)  # the same value, looked at again
            await until(lambda: len(intake.rows(PV)) == 3)

    assert intake.rows(PV) == [
        (PV, micros(1), -1500.0, 0),
        (PV, micros(2), -2500.0, 0),
        (PV, micros(3), -2500.0, 0),
    ]


async def test_the_servers_stamp_stands_in_where_the_source_gives_none_and_never_ours(
    tmp_path: Path,
) -> None:
    intake, port = Intake(), free_port()
    adapter = adapter_on(park_on(a_source(port), tmp_path), "mqtt-site", intake)
    async with a_plant(port) as plant, talking(adapter):
        await until(lambda: intake.rows(PV))
        written = ua.DataValue(ua.Variant(7.0), ServerTimestamp=at(42))
        await plant.nodes["wind"].write_value(written)
        await until(lambda: 7.0 in intake.values(WIND))
        nowhere = ua.DataValue(ua.Variant(8.0))
        await plant.nodes["wind"].write_value(nowhere)
        await until(lambda: intake.letters)

    assert (WIND, micros(42), 7.0, 0) in intake.rows(WIND)
    assert 8.0 not in intake.values(WIND)
    (letter,) = intake.letters
    assert (letter["reason"], letter["origin"]) == ("no time", "opc_ua:mqtt-site/s=wind")


async def test_status_codes_become_quality(tmp_path: Path) -> None:
    intake, port = Intake(), free_port()
    adapter = adapter_on(park_on(a_source(port), tmp_path), "mqtt-site", intake)
    async with a_plant(port) as plant, talking(adapter):
        await until(lambda: intake.rows(PV))
        uncertain = ua.StatusCode(ua.StatusCodes.UncertainLastUsableValue)
        bad = ua.StatusCode(ua.StatusCodes.BadSensorFailure)
        await plant.show("pv", 1.0, 10)
        await plant.show("pv", 2.0, 11, uncertain)
        await plant.show("pv", 3.0, 12, bad)
        await plant.show("pv", math.nan, 13)
        await until(lambda: len(intake.rows(PV)) == 5)

    assert [row[3] for row in intake.rows(PV)[1:]] == [0, 1, 2, 2]
    assert math.isnan(intake.values(PV)[4])


async def test_what_changed_while_the_wire_was_cut_comes_from_the_servers_queue(
    tmp_path: Path,
) -> None:
    intake, port, plant_port = Intake(), free_port(), free_port()
    adapter = adapter_on(park_on(a_source(port), tmp_path), "mqtt-site", intake)
    async with a_plant(plant_port) as plant:
        wire = Wire(port, plant_port)
        await wire.mend()
        async with talking(adapter):
            await until(lambda: intake.rows(PV))
            await wire.cut()
            for second in range(1, 21):
                await plant.show("pv", float(second), second)
            await until(lambda: not adapter.connection.is_up)
            await wire.mend()
            await until(lambda: -20_000.0 in intake.values(PV))
            await plant.show("pv", 21.0, 21)
            await until(lambda: -21_000.0 in intake.values(PV))
        await wire.cut()

    assert sorted(set(intake.rows(PV))) == [
        (PV, micros(second), -1000.0 * second, 0) for second in range(22)
    ]


async def test_nothing_is_acknowledged_before_the_intake_has_it(tmp_path: Path) -> None:
    intake, port, plant_port = Intake(), free_port(), free_port()
    adapter = adapter_on(park_on(a_source(port), tmp_path), "mqtt-site", intake)
    async with a_plant(plant_port) as plant:
        wire = Wire(port, plant_port)
        await wire.mend()
        async with talking(adapter):
            await until(lambda: intake.rows(PV))
            intake.open.clear()
            for second in range(1, 6):
                await plant.show("pv", float(second), second)
                await asyncio.sleep(0.1)
            await wire.cut()
            await until(lambda: not adapter.connection.is_up)
            await wire.mend()
            intake.open.set()
            await until(lambda: set(range(1, 6)) <= {v / -1000 for v in intake.values(PV)})
        await wire.cut()


async def test_a_restarted_server_is_subscribed_anew_and_its_history_fills_the_gap(
    tmp_path: Path,
) -> None:
    intake, port, history = Intake(), free_port(), Disk()
    adapter = adapter_on(park_on(a_source(port, "history: 24h"), tmp_path), "mqtt-site", intake)
    async with talking(adapter):
        async with a_plant(port, history=history) as plant:
            await until(lambda: intake.rows(PV))
            await plant.show("pv", 1.0, 1)
            await until(lambda: -1000.0 in intake.values(PV))
        async with a_plant(port, history=history) as plant:
            for second in range(2, 8):
                await plant.show("pv", float(second), second)
            await until(lambda: {-1000.0 * s for s in range(1, 8)} <= set(intake.values(PV)))

    assert set(intake.rows(PV)) == {(PV, micros(s), -1000.0 * s, 0) for s in range(8)}


async def test_a_set_point_is_written_in_the_nodes_type_and_read_back(tmp_path: Path) -> None:
    intake, port = Intake(), free_port()
    adapter = adapter_on(park_on(a_source(port), tmp_path), "mqtt-site", intake)
    async with a_plant(port) as plant, talking(adapter):
        await until(lambda: intake.rows(PV))
        await plant.show("held", 250.2, 1)
        taken = await adapter.hand_over(a_command("battery", 250_000))
        written = await plant.nodes["target"].read_data_value()
        await plant.show("held", 100.0, 2)
        held_elsewhere = await adapter.hand_over(a_command("battery", 400_000))
        await plant.show("held", 5.0, 3, ua.StatusCode(ua.StatusCodes.BadSensorFailure))
        unseen = await adapter.hand_over(a_command("battery", 400_000))
        locked = await adapter.hand_over(a_command("pv", 1.0, "active_power_limit_w"))
        unknown = await adapter.hand_over(a_command("wind", 1.0))

    assert taken == Accepted(250_200.0)
    assert (written.Value.Value, written.Value.VariantType) == (250, ua.VariantType.Int32)
    assert held_elsewhere == Refused("wrote 400000 W, it reads back 100000 W", 100_000.0)
    assert unseen == Accepted(None)
    assert locked == Refused("the server refused the write: BadUserAccessDenied")
    assert unknown == Refused("wind takes no active_power_w here")


async def test_a_server_that_is_away_or_hangs_gives_no_answer(tmp_path: Path) -> None:
    intake, port, plant_port = Intake(), free_port(), free_port()
    adapter = adapter_on(park_on(a_source(port), tmp_path), "mqtt-site", intake)
    away = await adapter.hand_over(a_command("battery", 1.0))
    async with a_plant(plant_port):
        wire = Wire(port, plant_port)
        await wire.mend()
        async with talking(adapter):
            await until(lambda: intake.rows(PV))
            wire.flowing.clear()
            with slower_devices(1):
                hanging = await adapter.hand_over(a_command("battery", 1.0))
            await wire.cut()

    assert isinstance(away, NoAnswer)
    assert hanging == NoAnswer(f"opc.tcp://127.0.0.1:{port}: no answer within 2 s")


async def test_a_guarded_server_is_spoken_to_encrypted_as_a_user(tmp_path: Path) -> None:
    intake, port, keys = Intake(), free_port(), Keys(tmp_path)
    await keys.make()
    park = park_on(a_guarded_source(port, tmp_path), tmp_path)
    async with (
        a_plant(port, guarded_by=keys) as plant,
        talking(adapter_on(park, "mqtt-site", intake)) as adapter,
    ):
        await plant.show("pv", 1.0, 1)
        await until(lambda: -1000.0 in intake.values(PV))
        await plant.show("held", 3.0, 1)
        assert await adapter.hand_over(a_command("battery", 3_000)) == Accepted(3_000.0)


async def test_a_wrong_password_gets_nothing_and_ingest_lives_on(tmp_path: Path) -> None:
    intake, port, keys = Intake(), free_port(), Keys(tmp_path)
    await keys.make()
    (tmp_path / "password").write_text("guessed", encoding="utf-8")
    park = park_on(a_guarded_source(port, tmp_path), tmp_path)
    async with (
        a_plant(port, guarded_by=keys),
        talking(adapter_on(park, "mqtt-site", intake)) as adapter,
    ):
        await until(lambda: adapter.connection.away_reason != "never connected")
        assert isinstance(await adapter.hand_over(a_command("battery", 3_000)), NoAnswer)

    assert intake.rows() == []


async def test_a_node_the_server_does_not_have_is_told_and_the_others_are_monitored(
    tmp_path: Path,
) -> None:
    intake, port = Intake(), free_port()
    park = park_on(a_source(port, pv="ns=2;s=nothing"), tmp_path)
    async with a_plant(port) as plant, talking(adapter_on(park, "mqtt-site", intake)):
        await plant.show("wind", 5.0, 5)
        await until(lambda: 5.0 in intake.values(WIND) and intake.letters)

    (letter,) = intake.letters
    assert letter["reason"] == "not monitored"
    assert letter["detail"] == f"{PV}: the server says BadNodeIdUnknown"


async def test_a_number_that_the_node_cannot_hold_is_refused_and_ingest_lives_on(
    tmp_path: Path,
) -> None:
    intake, port = Intake(), free_port()
    adapter = adapter_on(park_on(a_source(port), tmp_path), "mqtt-site", intake)
    async with a_plant(port), talking(adapter):
        await until(lambda: intake.rows(PV))
        answer = await adapter.hand_over(a_command("battery", 3e15))  # 3e12 kW in an Int32

    assert isinstance(answer, Refused)
    assert "Cannot pack" in answer.reason


async def test_a_server_that_comes_back_is_told_what_is_in_force(tmp_path: Path) -> None:
    intake, port = Intake(), free_port()
    adapter = adapter_on(park_on(a_source(port), tmp_path), "mqtt-site", intake)
    async with talking(adapter):
        async with a_plant(port) as plant:
            await until(lambda: intake.rows(PV))
            await plant.show("held", 250.0, 1)
            assert await adapter.hand_over(a_command("battery", 250_000)) == Accepted(250_000.0)
        async with a_plant(port) as plant:
            await _until_told(plant, 250)


async def test_at_the_end_of_the_lease_the_node_gets_the_fail_safe(tmp_path: Path) -> None:
    intake, port = Intake(), free_port()
    adapter = adapter_on(park_on(a_source(port), tmp_path), "mqtt-site", intake)
    async with a_plant(port) as plant, talking(adapter):
        await until(lambda: intake.rows(PV))
        await plant.show("held", 100.0, 1)  # it holds something else: no lease is confirmed
        refused = await adapter.hand_over(a_command("battery", 250_000, seconds=2))
        await plant.show("held", 0.0, 2)
        await _until_told(plant, 0)

    assert isinstance(refused, Refused)


async def _until_told(plant: Plant, kw: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while (await plant.nodes["target"].read_value()) != kw:  # noqa: ASYNC110  a real server
            await asyncio.sleep(0.05)


async def test_a_change_of_a_node_we_never_asked_for_harms_no_other(tmp_path: Path) -> None:
    intake, port = Intake(), free_port()
    adapter = adapter_on(park_on(a_source(port), tmp_path), "mqtt-site", intake)
    value = ua.DataValue(ua.Variant(7.0), SourceTimestamp=at(3))
    changes = [ua.MonitoredItemNotification(handle, value) for handle in (99, 1)]
    message = ua.NotificationMessage(
        NotificationData=[ua.DataChangeNotification(MonitoredItems=changes)]
    )

    await cast(OpcUaAdapter, adapter)._carry(message)

    assert intake.rows() == [(WIND, micros(3), 7.0, 0)]


async def test_a_namespace_the_server_does_not_have_is_told_and_the_others_are_monitored(
    tmp_path: Path,
) -> None:
    intake, port = Intake(), free_port()
    source = a_source(port, "history: 24h", pv="nsu=urn:nowhere;i=7")
    async with (
        a_plant(port) as plant,
        talking(adapter_on(park_on(source, tmp_path), "mqtt-site", intake)),
    ):
        await plant.show("wind", 5.0, 5)
        await until(lambda: 5.0 in intake.values(WIND) and intake.letters)

    (letter,) = intake.letters
    assert letter["detail"] == f"{PV}: the server says BadNodeIdUnknown"
