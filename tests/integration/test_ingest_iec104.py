"""IEC 60870-5-104 against a real station in a process of its own."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from services.demo.stack.ports import free_port
from services.ingest.adapters.adapter import (
    Accepted,
    Adapter,
    Answer,
    Command,
    NoAnswer,
    Refused,
)
from services.ingest.adapters.iec104 import Iec104Settings
from services.ingest.adapters.iec104 import link as link_module
from services.ingest.adapters.iec104.adapter import Iec104Adapter
from services.ingest.adapters.iec104.link import Link, Lost
from tests.support import iec104_station as at
from tests.support.builders import REPOSITORY
from tests.support.field import Intake, a_command, adapter_on, park_on, talking, until
from tests.support.iec104_slow_peer import CONFIRMED, ENDED, REFUSED, a_slow_peer
from tests.support.patience import PATIENCE_S

PV, WIND = "pv.active_power_w", "wind.active_power_w"
REGISTER = "pv.generation_energy_wh"
SECOND = 1_795_000_000  # the station's clock in these tests
MICROS = 1_000_000


@dataclass
class Station:
    """The other side, told line by line what to do."""

    port: int
    said: list[str] = field(default_factory=list)
    _process: "asyncio.subprocess.Process | None" = None

    async def begin(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.support.iec104_station",
            str(self.port),
            cwd=REPOSITORY,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        await self._until("ready")

    async def tell(self, line: str) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        await self._until("done")

    async def _until(self, word: str) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            while True:
                told = await self._process.stdout.readline()
                assert told, "the station ended"
                line = told.decode().strip()
                self.said.append(line)
                if line == word:
                    return

    async def end(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


@asynccontextmanager
async def a_station(port: int) -> AsyncIterator[Station]:
    station = Station(port)
    await station.begin()
    try:
        yield station
    finally:
        await station.end()


async def answered(adapter: Adapter, command: Command) -> Answer:
    """Hand a set-point over, again as long as there is no answer, as dispatch does.

    The library waits less than a second for a station, which may stand still for longer here.
    """
    async with asyncio.timeout(PATIENCE_S):
        while True:
            answer = await adapter.hand_over(command)
            if not isinstance(answer, NoAnswer):
                return answer
            await asyncio.sleep(0.1)


def a_source(port: int, more: str = "") -> str:
    return f"""
  - id: mqtt-site
    protocol: iec104
    host: 127.0.0.1
    port: {port}
    {more}
    points:
      - {{point: {PV}, station: 1, address: {at.TAGGED}, scale: -1000}}
      - {{point: {WIND}, station: 1, address: {at.SHORT}}}
      - {{point: {REGISTER}, station: 1, address: {at.COUNTER}, scale: 1000}}
    setpoints:
      - {{device: battery, quantity: active_power_w, station: 1, address: {at.SELECTED},
         select: true, scale: 1000, read_back: {at.HELD}}}
      - {{device: battery, quantity: active_power_limit_w, station: 1, address: {at.DIRECT}}}
      - {{device: pv, quantity: active_power_limit_w, station: 1, address: {at.REFUSING}}}
      - {{device: wind, quantity: active_power_limit_w, station: 1, address: {at.SILENT}}}
      - {{device: steel, quantity: active_power_limit_w, station: 1, read_back: {at.HELD},
         address: {at.SHOWN_ELSEWHERE}}}
      - {{device: offices, quantity: active_power_limit_w, station: 1, address: 999}}
"""


async def test_a_link_begins_with_what_the_station_shows_and_goes_on_with_what_changes(
    tmp_path: Path,
) -> None:
    intake, port = Intake(), free_port()
    adapter = adapter_on(park_on(a_source(port), tmp_path), "mqtt-site", intake)
    async with a_station(port) as station:
        await station.tell(f"show {at.SHORT} 250")
        await station.tell(f"show {at.COUNTER} 77")
        before_us = int(time.time() * MICROS)
        async with talking(adapter):
            await until(lambda: 250.0 in intake.values(WIND))
            await station.tell(f"show {at.TAGGED} 1.5 {SECOND}.25")
            await station.tell(f"show {at.TAGGED} 2.5 {SECOND + 60}")
            await until(lambda: -2500.0 in intake.values(PV))

    assert (PV, SECOND * MICROS + 250_000, -1500.0, 0) in intake.rows(PV)
    assert (PV, (SECOND + 60) * MICROS, -2500.0, 0) in intake.rows(PV)
    _, arrived_us, _, quality = intake.rows(WIND)[-1]
    assert before_us <= arrived_us <= time.time() * MICROS
    assert quality == 1  # untagged: its time is that of its arrival


async def test_untagged_values_are_good_where_the_park_file_says_so(tmp_path: Path) -> None:
    intake, port = Intake(), free_port()
    park = park_on(a_source(port, "untagged: good"), tmp_path)
    async with a_station(port) as station, talking(adapter_on(park, "mqtt-site", intake)):
        await until(lambda: intake.rows(WIND))
        await station.tell(f"show {at.SHORT} 3")
        await until(lambda: 3.0 in intake.values(WIND))

    assert intake.rows(WIND)[-1][3] == 0


async def test_quality_bits_become_quality(tmp_path: Path) -> None:
    intake, port = Intake(), free_port()
    adapter = adapter_on(park_on(a_source(port), tmp_path), "mqtt-site", intake)
    bits = ("Invalid", "Overflow", "NonTopical", "Substituted", "Blocked")
    async with a_station(port) as station, talking(adapter):
        await until(lambda: intake.rows(PV))
        for number, bit in enumerate(bits):
            await station.tell(f"quality {at.TAGGED} {number} {bit} {SECOND + number}")
        await until(lambda: -4000.0 in intake.values(PV))

    shown = {row[2]: row[3] for row in intake.rows(PV) if row[1] >= SECOND * MICROS}
    assert shown == {0.0: 2, -1000.0: 2, -2000.0: 1, -3000.0: 1, -4000.0: 1}


async def test_a_station_that_went_away_is_interrogated_again(tmp_path: Path) -> None:
    intake, port = Intake(), free_port()
    adapter = adapter_on(park_on(a_source(port), tmp_path), "mqtt-site", intake)
    async with talking(adapter):
        async with a_station(port) as station:
            await station.tell(f"show {at.TAGGED} 1 {SECOND}")
            await until(lambda: -1000.0 in intake.values(PV))
        async with a_station(port) as station:
            await station.tell(f"show {at.TAGGED} 2 {SECOND + 1}")
            await until(lambda: -2000.0 in intake.values(PV))

    assert {row[1] for row in intake.rows(PV) if row[2] == -2000.0} == {(SECOND + 1) * MICROS}


async def test_a_link_whose_transfer_of_data_does_not_start_is_given_up_within_moments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.ingest.adapters.iec104.link.START_WITHIN_S", 0.1)
    source = next(s for s in park_on(a_source(1), tmp_path).sources if s.id == "mqtt-site")
    link = Link(cast(Iec104Settings, source.settings), lambda _: None)

    link._note("OPEN_MUTED")  # of 3 links in 38 the library told no more
    with pytest.raises(Lost, match="did not start"):
        async with asyncio.timeout(PATIENCE_S):
            await link.until_lost()
    await link.close()


async def test_a_link_whose_transfer_of_data_starts_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def at_once(_: int) -> tuple[int, ...]:
        return CONFIRMED, ENDED

    monkeypatch.setattr("services.ingest.adapters.iec104.link.START_WITHIN_S", 0.5)
    port = free_port()
    adapter = adapter_on(park_on(a_source(port), tmp_path), "mqtt-site", Intake())
    async with a_slow_peer(port, at_once) as peer, talking(adapter):
        await until(lambda: adapter.connection.is_up)
        connections = peer.connections
        await asyncio.sleep(1.0)

        assert adapter.connection.is_up
        assert peer.connections == connections


async def test_a_station_that_is_slow_to_confirm_its_interrogation_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slowly_s = 2.0

    async def slowly(_: int) -> tuple[int, ...]:
        await asyncio.sleep(slowly_s)
        return CONFIRMED, ENDED

    assert min(link_module.CONFIRM_WITHIN_S) > slowly_s
    monkeypatch.setattr(link_module, "CONFIRM_WITHIN_S", (PATIENCE_S,))
    port = free_port()
    adapter = adapter_on(park_on(a_source(port), tmp_path), "mqtt-site", Intake())
    async with a_slow_peer(port, slowly) as peer, talking(adapter):
        await until(lambda: adapter.connection.is_up)

        assert len(peer.asked) == 1


async def test_a_station_that_did_not_confirm_its_interrogation_is_asked_again_on_the_same_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def at_the_second_time(number: int) -> tuple[int, ...]:
        return () if number == 1 else (CONFIRMED, ENDED)

    monkeypatch.setattr("services.ingest.adapters.iec104.link.CONFIRM_WITHIN_S", (0.5, PATIENCE_S))
    port = free_port()
    adapter = adapter_on(park_on(a_source(port), tmp_path), "mqtt-site", Intake())
    async with a_slow_peer(port, at_the_second_time) as peer, talking(adapter):
        await until(lambda: adapter.connection.is_up)

        first, second = peer.asked
        assert first == second


async def test_a_station_that_refuses_its_interrogation_is_away_and_connected_to_again(
    tmp_path: Path,
) -> None:
    async def refusing_once(number: int) -> tuple[int, ...]:
        return (REFUSED,) if number == 1 else (CONFIRMED, ENDED)

    port = free_port()
    adapter = adapter_on(park_on(a_source(port), tmp_path), "mqtt-site", Intake())
    async with a_slow_peer(port, refusing_once) as peer, talking(adapter):
        await until(lambda: "unknown object address" in adapter.connection.away_reason)
        await until(lambda: adapter.connection.is_up)

        first, second, *_ = peer.asked
        assert first < second


async def test_set_points_end_as_the_station_confirms_and_shows_them(tmp_path: Path) -> None:
    intake, port = Intake(), free_port()
    adapter = adapter_on(park_on(a_source(port), tmp_path), "mqtt-site", intake)
    limit = "active_power_limit_w"
    away = await adapter.hand_over(a_command("battery", 1.0))
    async with a_station(port) as station, talking(adapter):
        await until(lambda: intake.rows(WIND))
        selected = await answered(adapter, a_command("battery", 250_000))
        again = await answered(adapter, a_command("battery", 250_000))
        direct = await answered(adapter, a_command("battery", 3_000, limit))
        refused = await answered(adapter, a_command("pv", 3_000, limit))
        silent = await adapter.hand_over(a_command("wind", 3_000, limit))
        elsewhere = await answered(adapter, a_command("steel", 5_000, limit))
        unknown = await adapter.hand_over(a_command("offices", 3_000, limit))
        unmapped = await adapter.hand_over(a_command("weather", 3_000, limit))
        await station.tell("show 11 1")

    assert isinstance(away, NoAnswer)
    assert selected == again == Accepted(250_000.0)
    assert direct == Accepted(None)
    assert refused == Refused("the station refused the command: negative confirmation")
    assert isinstance(silent, NoAnswer)
    assert elsewhere == Refused("wrote 5000 W, it reads back 1 W", 1.0)
    assert isinstance(unknown, Refused)
    assert unmapped == Refused("weather takes no active_power_limit_w here")
    assert [line for line in station.said if line.startswith("took")][:2] == ["took 102 250"] * 2


async def test_a_link_is_closed_before_memory_fills_and_opened_when_the_intake_follows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake, port = Intake(), free_port()
    monkeypatch.setattr("services.ingest.adapters.iec104.adapter.MOST_WAITING", 20)
    adapter = adapter_on(park_on(a_source(port), tmp_path), "mqtt-site", intake)
    async with a_station(port) as station, talking(adapter):
        await until(lambda: intake.rows(WIND))
        intake.open.clear()
        for number in range(60):  # more at once than a station keeps would be its loss, not ours
            await station.tell(f"show {at.TAGGED} {number} {SECOND + number}")
        await until(lambda: "20 frames wait for the intake" in adapter.connection.away_reason)
        intake.open.set()
        await station.tell(f"show {at.TAGGED} 99999 {SECOND + 99_999}")
        await until(lambda: -99_999_000.0 in intake.values(PV))

    carried = {row[2] for row in intake.rows(PV)}
    assert {-1000.0 * number for number in range(20)} <= carried


async def test_a_station_that_comes_back_is_told_what_is_in_force(tmp_path: Path) -> None:
    intake, port = Intake(), free_port()
    adapter = adapter_on(park_on(a_source(port), tmp_path), "mqtt-site", intake)
    async with talking(adapter):
        async with a_station(port):
            await until(lambda: intake.rows(WIND))
            taken = await answered(adapter, a_command("battery", 250_000))
        async with a_station(port) as station:
            await _until_took(station, "took 102 250")

    assert taken == Accepted(250_000.0)


async def test_at_the_end_of_the_lease_the_station_gets_the_fail_safe(tmp_path: Path) -> None:
    intake, port = Intake(), free_port()
    adapter = adapter_on(park_on(a_source(port), tmp_path), "mqtt-site", intake)
    async with a_station(port) as station, talking(adapter):
        await until(lambda: intake.rows(WIND))
        await adapter.hand_over(a_command("battery", 250_000, seconds=2))
        await _until_took(station, "took 102 0")


async def _until_took(station: Station, line: str) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while line not in station.said:
            await asyncio.sleep(0.1)
            await station.tell("show 11 1")  # what it said so far comes with the answer


async def test_confirmations_nobody_waits_for_are_not_kept(tmp_path: Path) -> None:
    adapter = cast(
        Iec104Adapter,
        adapter_on(park_on(a_source(free_port()), tmp_path), "mqtt-site", Intake()),
    )

    for address in range(1, 500):
        body = bytes([50, 1, 7, 0, 1, 0]) + address.to_bytes(3, "little") + bytes(5)
        adapter._arrived(bytes([0x68, 4 + len(body), 0, 0, 0, 0]) + body)

    assert adapter._said_of == {}
