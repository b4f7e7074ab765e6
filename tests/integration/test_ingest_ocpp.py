"""A central system for charge points of both versions: meter values in, limits out."""

import asyncio
import json
import math
import random
import ssl
import subprocess
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ocpp.v16 import call as call16
from ocpp.v201 import call as call201
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus

from services.demo.stack.ports import free_port
from services.energy.readings import FieldQuality
from services.energy.site import Park
from services.energy.time_grid import to_microseconds
from services.ingest.adapters.adapter import Accepted, Adapter, NoAnswer, Refused
from services.ingest.adapters.ocpp.adapter import LARGEST_MESSAGE
from services.ingest.adapters.ocpp.connectors import connector_of
from tests.support.builders import MORNING
from tests.support.charge_points import Charger, a_call, a_charger
from tests.support.one_adapter import a_command, a_park_with, adapting
from tests.support.patience import PATIENCE_S
from tests.support.slow_devices import slower_devices

AT, AT_US = "2019-06-03T22:01:00Z", 1_559_599_260_000_000
POWER = {"value": "3500", "measurand": "Power.Active.Import", "unit": "W"}
V16, V201 = "ocpp1.6", "ocpp2.0.1"
BOTH = pytest.mark.parametrize("version", [V16, V201])


def a_park(folder: Path, port: int, **more: Any) -> Park:
    """Two charge points of two connectors each."""
    connectors = [
        {"charge_point": f"CP{1 + n // 2}", "connector": 1 + n % 2, "device": f"charger_0{n + 1}"}
        for n in range(4)
    ]
    source = {"id": "ocpp-1", "protocol": "ocpp", "port": port, "connectors": connectors} | more
    return a_park_with(folder, source, {"charger": {"source": "ocpp", "count": 4, "cabinets": 1}})


async def listening(adapter: Adapter, port: int) -> None:
    """Wait until charge points can connect."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        except OSError:
            assert time.monotonic() < deadline, f"{adapter.source_id} does not listen"
            await asyncio.sleep(0.02)


async def test_1_6_meter_values_and_states_become_readings_of_the_port(tmp_path: Path) -> None:
    port = free_port()
    async with adapting(a_park(tmp_path, port), "ocpp-1") as (adapter, intake):
        await listening(adapter, port)
        async with a_charger(port, "CP1", V16) as charger:
            await charger.meter(2, AT, POWER, {"value": "1.5", "unit": "kWh"})
            await charger.call(
                call16.StatusNotification(
                    1, error_code="NoError", status="SuspendedEV", timestamp=AT
                )
            )
            await charger.call(call16.StatusNotification(2, error_code="NoError", status="Faulted"))
            await charger.call(call16.Heartbeat())

    assert intake.rows[:3] == [
        ("charger_02.active_power_w", AT_US, 3500.0, FieldQuality.GOOD),
        ("charger_02.consumption_energy_wh", AT_US, 1500.0, FieldQuality.GOOD),
        ("charger_01.connected", AT_US, 1.0, FieldQuality.GOOD),
    ]
    unknown = intake.rows[3]
    assert unknown[0] == "charger_02.connected"
    assert math.isnan(unknown[2])
    assert unknown[3] is FieldQuality.INVALID


async def test_a_1_6_transaction_is_counted_at_its_connector_also_after_a_restart(
    tmp_path: Path,
) -> None:
    port = free_port()
    park = a_park(tmp_path, port)
    async with adapting(park, "ocpp-1") as (adapter, first):
        await listening(adapter, port)
        async with a_charger(port, "CP2", V16) as charger:
            started = call16.StartTransaction(2, "tag", meter_start=1000, timestamp=AT)
            transaction = (await charger.call(started)).transaction_id
            again = (await charger.call(started)).transaction_id
    later = "2019-06-03T22:31:00Z"
    async with adapting(park, "ocpp-1") as (adapter, second):
        await listening(adapter, port)
        async with a_charger(port, "CP2", V16) as charger:
            old = {"timestamp": "2019-06-03T22:16:00Z", "sampled_value": [{"value": "1800"}]}
            await charger.call(
                call16.StopTransaction(2500, later, transaction, transaction_data=[old])
            )

    assert connector_of(transaction) == 2
    assert again == transaction
    assert first.rows[0] == ("charger_04.consumption_energy_wh", AT_US, 1000.0, FieldQuality.GOOD)
    assert sorted(second.rows) == [
        ("charger_04.consumption_energy_wh", AT_US + 900_000_000, 1800.0, FieldQuality.GOOD),
        ("charger_04.consumption_energy_wh", AT_US + 1_800_000_000, 2500.0, FieldQuality.GOOD),
    ]


async def test_2_0_1_transaction_events_become_readings_of_the_evse(tmp_path: Path) -> None:
    port = free_port()
    power = {"value": 3.5, "measurand": "Power.Active.Import", "unit_of_measure": {"unit": "kW"}}
    async with adapting(a_park(tmp_path, port), "ocpp-1") as (adapter, intake):
        await listening(adapter, port)
        async with a_charger(port, "CP1", V201) as station:
            await station.event("Started", AT, evse={"id": 2}, info={"charging_state": "Charging"})
            later = "2019-06-03T22:02:00Z"
            await station.event("Updated", later, power, {"value": 1234.0}, offline=True)
            await station.call(call201.StatusNotification(AT, "Available", 1, 1))

    assert intake.rows == [
        ("charger_02.connected", AT_US, 1.0, FieldQuality.GOOD),
        ("charger_02.active_power_w", AT_US + 60_000_000, 3500.0, FieldQuality.GOOD),
        ("charger_02.consumption_energy_wh", AT_US + 60_000_000, 1234.0, FieldQuality.GOOD),
        ("charger_01.connected", AT_US, 0.0, FieldQuality.GOOD),
    ]


async def test_2_0_1_what_a_vehicle_wants_is_as_of_now(tmp_path: Path) -> None:
    port = free_port()
    needs = {
        "requested_energy_transfer": "AC_three_phase",
        "departure_time": "2019-06-04T06:00:00Z",
        "ac_charging_parameters": {
            "energy_amount": 9_000, "ev_min_current": 6,
            "ev_max_current": 16, "ev_max_voltage": 230,
        },
    }  # fmt: skip
    async with adapting(a_park(tmp_path, port), "ocpp-1") as (adapter, intake):
        await listening(adapter, port)
        async with a_charger(port, "CP1", V201) as station:
            await station.call(call201.NotifyEVChargingNeeds(needs, 2), suppress=False)

    assert intake.shows(
        charger_02__requested_energy_wh=9_000.0, charger_02__departure_epoch_s=1_559_628_000.0
    )
    assert 0 <= intake.rows[0][1] - to_microseconds(MORNING) < 60_000_000


async def test_the_clock_of_a_charge_point_is_set_to_park_time(tmp_path: Path) -> None:
    port = free_port()
    async with adapting(a_park(tmp_path, port, heartbeat="2min"), "ocpp-1") as (adapter, _):
        await listening(adapter, port)
        async with a_charger(port, "CP1", V16, boots=False) as charger:
            booted = await charger.boot()

    assert (booted.status, booted.interval) == ("Accepted", 120)
    told = datetime.fromisoformat(booted.current_time)
    assert timedelta(0) <= told - MORNING < timedelta(minutes=2)


async def test_a_call_is_answered_once_what_it_carries_is_safe(tmp_path: Path) -> None:
    port = free_port()
    async with adapting(a_park(tmp_path, port), "ocpp-1") as (adapter, intake):
        await listening(adapter, port)
        async with a_charger(port, "CP1", V16) as charger:
            intake.here.clear()  # Kafka is away
            metering = asyncio.create_task(charger.meter(1, AT, POWER))
            await intake.until(lambda: intake.waiting)
            limited = await adapter.hand_over(a_command("charger_01", 3_000.0))
            answered = metering.done()
            intake.here.set()
            await metering

    assert not answered
    assert isinstance(limited, Accepted)  # a set-point does not wait behind it


async def test_what_cannot_be_used_is_told_and_harms_no_other(tmp_path: Path) -> None:
    port = free_port()
    async with adapting(a_park(tmp_path, port), "ocpp-1") as (adapter, intake):
        await listening(adapter, port)
        async with a_charger(port, "CP1", V16) as charger:
            for text in (
                "no JSON",
                "{}",
                "[2]",
                '[9, "1"]',
                a_call("Heartbeat", []),
                '[2, "1", ["Heartbeat"], {}]',
                a_call("BootNotification", {"colour": "red"}),
                a_call("MeterValues", {"connectorId": 7, "meterValue": []}),
                a_call("MeterValues", {"connectorId": [], "meterValue": 8}),
                a_call("StopTransaction", {}),
                a_call("MeterValues", {"connectorId": 1, "meterValue": [{"timestamp": AT}, 4]}),
                a_call("Unheard", {}),
            ):
                await charger.say(text)
            await charger.meter(1, AT, {"value": "1", "unit": "BTU"}, POWER)

    assert intake.rows == [("charger_01.active_power_w", AT_US, 3500.0, FieldQuality.GOOD)]
    reasons = [letter["reason"] for letter in intake.letters]
    assert reasons == ["unreadable"] * 11 + ["partly unreadable"]
    details = " | ".join(letter["detail"] for letter in intake.letters)
    for words in ("not an OCPP message", "wrong type", "colour", "no connector '7'", "BTU"):
        assert words in details
    assert all(letter["payload"] for letter in intake.letters)


@BOTH
async def test_a_limit_is_a_profile_that_ends_with_its_lease_and_is_read_back(
    tmp_path: Path, version: str
) -> None:
    port, began = free_port(), time.monotonic()
    async with adapting(a_park(tmp_path, port), "ocpp-1") as (adapter, _):
        await listening(adapter, port)
        async with a_charger(port, "CP1", version) as charger:
            answer = await adapter.hand_over(a_command("charger_02", 3_499.97))
        at_least = 599 - math.ceil(time.monotonic() - began)

        lease, below = charger.limit_of(2, 1), charger.limit_of(2, 0)
        profile = charger.profiles[2][1]

    assert answer == Accepted(3_499.9)  # a tenth of a watt, rounded down
    assert lease["charging_schedule_period"][0]["limit"] == 3_499.9
    assert at_least <= lease["duration"] <= 600
    assert profile["valid_to"] == "2019-06-03T22:10:00.000Z"
    assert below["charging_schedule_period"][0]["limit"] == 2_000  # the park file's fail-safe
    assert "valid_to" not in charger.profiles[2][0]


@BOTH
async def test_every_kind_of_answer_is_told_apart(tmp_path: Path, version: str) -> None:
    port = free_port()
    async with adapting(a_park(tmp_path, port), "ocpp-1") as (adapter, intake):
        await listening(adapter, port)
        away = await adapter.hand_over(a_command("charger_01", 3_000.0))
        async with a_charger(port, "CP1", version) as charger:
            await intake.until(lambda: len(charger.profiles) == 2)
            charger.shows_schedules = False
            unseen = await adapter.hand_over(a_command("charger_01", 3_000.0))
            charger.shows_schedules, charger.own_limit_w = True, 5_000.0
            more = await adapter.hand_over(a_command("charger_01", 3_000.0))
            charger.own_limit_w = 1_000.0
            less = await adapter.hand_over(a_command("charger_01", 3_000.0))
            charger.says = "Rejected"
            rejected = await adapter.hand_over(a_command("charger_01", 3_000.0))
            wrong = await adapter.hand_over(a_command("charger_01", 1.0, quantity="active_power_w"))
            endless = await adapter.hand_over(a_command("charger_01", math.inf))
            charger.silent = True
            with slower_devices(1):
                silent = await adapter.hand_over(a_command("charger_01", 3_000.0))

    assert away == NoAnswer("charge point CP1 is not connected")
    assert unseen == Accepted(None)
    assert isinstance(more, Refused)
    assert more.read_back_w == 5_000.0
    assert less == Accepted(1_000.0)  # a limit of its own lies below
    assert rejected == Refused("the charge point answers Rejected")
    assert isinstance(wrong, Refused)
    assert isinstance(endless, Refused)
    assert silent == NoAnswer("CP1 did not answer in 2 s")


@BOTH
async def test_a_charge_point_that_comes_back_gets_its_limit_again(
    tmp_path: Path, version: str
) -> None:
    port = free_port()
    async with adapting(a_park(tmp_path, port), "ocpp-1") as (adapter, intake):
        await listening(adapter, port)
        async with a_charger(port, "CP1", version):
            assert isinstance(await adapter.hand_over(a_command("charger_02", 3_000.0)), Accepted)
        async with a_charger(port, "CP1", version) as charger:
            await intake.until(lambda: 1 in charger.profiles.get(2, {}))

        assert charger.limit_of(2, 1)["charging_schedule_period"][0]["limit"] == 3_000


async def test_a_limit_in_amperes_is_a_phase_of_them(tmp_path: Path) -> None:
    port = free_port()
    connector = {"charge_point": "CP1", "device": "charger_01", "rate_unit": "A"}
    park = a_park(tmp_path, port, connectors=[connector])
    async with adapting(park, "ocpp-1") as (adapter, _):
        await listening(adapter, port)
        async with a_charger(port, "CP1", V16) as charger:
            answer = await adapter.hand_over(a_command("charger_01", 7_000.0))

    schedule = charger.limit_of(1, 1)
    assert schedule["charging_rate_unit"] == "A"
    assert schedule["charging_schedule_period"][0] == {
        "start_period": 0,
        "limit": 10.1,
        "number_phases": 3,
    }
    assert isinstance(answer, Accepted)
    assert answer.read_back_w == pytest.approx(10.1 * 690)


async def test_a_stranger_is_turned_away_and_told_why(tmp_path: Path) -> None:
    port = free_port()
    async with adapting(a_park(tmp_path, port), "ocpp-1") as (adapter, _):
        await listening(adapter, port)
        with pytest.raises(InvalidStatus) as turned_away:
            async with a_charger(port, "CP9", V16):
                pass
        async with connect(f"ws://127.0.0.1:{port}/CP1", subprotocols=["ocpp1.5"]) as connection:  # type: ignore[list-item]
            with pytest.raises(ConnectionClosed, match=r"offer one of ocpp2\.0\.1, ocpp1\.6"):
                await connection.recv()

    assert turned_away.value.response.status_code == 404
    assert b"no charge point 'CP9'" in (turned_away.value.response.body or b"")


async def test_where_there_are_passwords_they_are_asked_for(tmp_path: Path) -> None:
    port, secrets = free_port(), tmp_path / "secrets"
    secrets.write_text("CP1:correct horse\nCP2:battery: staple\n", encoding="utf-8")
    park = a_park(tmp_path, port, password_file=str(secrets))
    async with adapting(park, "ocpp-1") as (adapter, _):
        await listening(adapter, port)
        for password in (None, "wrong", ""):
            with pytest.raises(InvalidStatus) as turned_away:
                async with a_charger(port, "CP1", V16, password=password):
                    pass
            assert turned_away.value.response.status_code == 401
        async with a_charger(port, "CP1", V16, password="correct horse"):
            pass
        async with a_charger(port, "CP2", V201, password="battery: staple"):
            pass


async def test_charge_points_connect_by_wss_where_there_is_a_certificate(tmp_path: Path) -> None:
    port, secrets = free_port(), tmp_path / "secrets"
    secrets.write_text("CP1:x\nCP2:y\n", encoding="utf-8")
    certificate, key = a_certificate(tmp_path)
    tls = {"certificate": str(certificate), "key": str(key)}
    park = a_park(tmp_path, port, host="0.0.0.0", password_file=str(secrets), tls=tls)
    trusts = ssl.create_default_context(cafile=certificate)
    async with adapting(park, "ocpp-1") as (adapter, intake):
        await listening(adapter, port)
        async with a_charger(port, "CP1", V201, password="x", trusts=trusts) as station:
            power = {"value": 3500.0, "measurand": "Power.Active.Import"}
            await station.event("Started", AT, power, evse={"id": 1})
        with pytest.raises((InvalidMessage, OSError)):
            async with a_charger(port, "CP1", V201, password="x"):
                pass

    assert intake.shows(charger_01__active_power_w=3500.0)


def a_certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate of this machine and its key."""
    certificate, key = folder / "tls.crt", folder / "tls.key"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-out", str(certificate), "-keyout", str(key)]
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    subprocess.run([*command, "-nodes", *subject, *files], check=True, capture_output=True)
    return certificate, key


async def test_mutated_calls_are_told_or_answered_and_the_process_lives(tmp_path: Path) -> None:
    port, dice = free_port(), random.Random(7)
    values = [{"timestamp": AT, "sampledValue": [{"value": "1"}, POWER]}]
    whole = a_call("MeterValues", {"connectorId": 1, "meterValue": values})
    async with adapting(a_park(tmp_path, port), "ocpp-1") as (adapter, intake):
        await listening(adapter, port)
        async with a_charger(port, "CP1", V16) as charger:
            for _ in range(1000):
                await charger.say(mutated(whole, dice))
            await charger.meter(2, AT, POWER)

    assert intake.shows(charger_02__active_power_w=3500.0)
    assert len(intake.letters) > 300
    assert {letter["reason"] for letter in intake.letters} == {"unreadable", "partly unreadable"}


def mutated(text: str, dice: random.Random) -> str:
    """Return the text with a few characters changed, lost or doubled."""
    characters = list(text)
    for _ in range(dice.randint(1, 4)):
        place = dice.randrange(len(characters))
        characters[place] = dice.choice(["", characters[place] * 2, chr(dice.randrange(32, 127))])
    return "".join(characters)


@pytest.mark.parametrize(
    ("content", "words"), [("CP1:x", "no password for CP2"), ("CP1", "line 1")]
)
async def test_a_central_system_without_all_passwords_does_not_start(
    tmp_path: Path, content: str, words: str
) -> None:
    secrets = tmp_path / "secrets"
    secrets.write_text(content, encoding="utf-8")
    park = a_park(tmp_path, free_port(), password_file=str(secrets))

    with pytest.raises(ValueError, match=words):
        async with adapting(park, "ocpp-1"):
            pass


async def test_of_two_connections_of_one_charge_point_the_newer_counts(tmp_path: Path) -> None:
    port = free_port()
    async with adapting(a_park(tmp_path, port), "ocpp-1") as (adapter, intake):
        await listening(adapter, port)
        async with a_charger(port, "CP1", V16) as old, a_charger(port, "CP1", V16) as new:
            await intake.until(lambda: len(new.profiles) == 2)
            answer = await adapter.hand_over(a_command("charger_01", 3_000.0))
            assert_limit(new, 3_000)

    assert isinstance(answer, Accepted)
    assert 1 not in old.profiles.get(1, {})


def assert_limit(charger: Charger, limit: float) -> None:
    assert charger.limit_of(1, 1)["charging_schedule_period"][0]["limit"] == limit


async def test_answers_nobody_asked_for_cost_nothing(tmp_path: Path) -> None:
    port = free_port()
    async with adapting(a_park(tmp_path, port), "ocpp-1") as (adapter, intake):
        await listening(adapter, port)
        async with a_charger(port, "CP1", V16) as charger:
            await intake.until(lambda: len(charger.profiles) == 2)
            for number in range(3_000):
                await charger.say(json.dumps([3, f"no-{number}", {"status": "Accepted"}]))
            await charger.meter(1, AT, POWER)
            answer = await adapter.hand_over(a_command("charger_01", 3_000.0))

    assert isinstance(answer, Accepted)


async def test_a_password_that_is_no_ascii_is_wrong_and_nothing_worse(tmp_path: Path) -> None:
    port, secrets = free_port(), tmp_path / "secrets"
    secrets.write_text("CP1:x\nCP2:密码\n", encoding="utf-8")
    park = a_park(tmp_path, port, password_file=str(secrets))
    async with adapting(park, "ocpp-1") as (adapter, _):
        await listening(adapter, port)
        with pytest.raises(InvalidStatus) as turned_away:
            async with a_charger(port, "CP1", V16, password="ключ"):
                pass
        async with a_charger(port, "CP2", V16, password="密码"):
            pass

    assert turned_away.value.response.status_code == 401


async def test_2_0_1_a_station_with_one_evse_need_not_name_it_also_after_a_restart(
    tmp_path: Path,
) -> None:
    port = free_port()
    connectors = [{"charge_point": f"CP{n}", "device": f"charger_0{n}"} for n in range(1, 5)]
    park = a_park(tmp_path, port, connectors=connectors)
    async with adapting(park, "ocpp-1") as (adapter, intake):
        await listening(adapter, port)
        async with a_charger(port, "CP1", V201) as station:
            power = {"value": 3500.0, "measurand": "Power.Active.Import"}
            await station.event("Updated", AT, power)

    assert intake.shows(charger_01__active_power_w=3500.0)
    assert intake.letters == []


async def test_a_message_beyond_all_measure_costs_its_connection(tmp_path: Path) -> None:
    port = free_port()
    async with adapting(a_park(tmp_path, port), "ocpp-1") as (adapter, intake):
        await listening(adapter, port)
        async with connect(f"ws://127.0.0.1:{port}/CP1", subprotocols=[V16]) as connection:  # type: ignore[list-item]
            await connection.send("[" * (LARGEST_MESSAGE + 1))
            with pytest.raises(ConnectionClosed, match="1009"):
                await connection.recv()
        async with a_charger(port, "CP1", V16) as charger:
            await charger.meter(1, AT, POWER)

    assert intake.shows(charger_01__active_power_w=3500.0)


async def test_a_state_without_a_time_is_as_of_its_arrival_also_when_it_had_to_wait(
    tmp_path: Path,
) -> None:
    port = free_port()
    state = {"status": "Charging", "errorCode": "NoError"}
    async with adapting(a_park(tmp_path, port), "ocpp-1", speed=600.0) as (adapter, intake):
        await listening(adapter, port)
        async with a_charger(port, "CP1", V16) as charger:
            intake.here.clear()
            began = time.monotonic()
            for connector in (1, 2):
                await charger.say(a_call("StatusNotification", state | {"connectorId": connector}))
            await charger.heard()
            took_s = time.monotonic() - began
            await asyncio.sleep(0.5 + 2 * took_s)  # five minutes of park time, and more
            intake.here.set()
            await intake.until(lambda: len(intake.rows) == 2)

    assert intake.rows[1][1] - intake.rows[0][1] < 120_000_000 + 600 * took_s * 1_000_000
