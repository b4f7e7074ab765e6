"""The process of an IEC 104 link may die, hang or fall behind: it costs that link and no more."""

import asyncio
import itertools
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from pathlib import Path
from zoneinfo import ZoneInfo

import psutil
import pytest

from services.demo.stack import Kafka
from services.demo.stack.ports import free_port
from services.ingest.adapters.adapter import Accepted, Adapter
from services.ingest.adapters.iec104 import Address, Iec104Settings, MeasuredPoint
from services.ingest.adapters.iec104 import link as link_module
from services.ingest.adapters.iec104.child import SCRIPT, Lost
from services.ingest.adapters.iec104.link import Link
from services.ingest.adapters.mapping import Scale
from tests.integration.test_ingest_iec104 import WIND, Station, a_source, a_station, answered
from tests.support import iec104_station as at
from tests.support.builders import REPOSITORY
from tests.support.field import Intake, a_command, adapter_on, park_on, park_text, talking, until
from tests.support.ingest import IngestProcess, ended
from tests.support.patience import PATIENCE_S

START = bytes.fromhex("680407000000")  # STARTDT asked for
STARTED = bytes.fromhex("68040b000000")  # STARTDT confirmed

INGEST = """
import asyncio, sys
from zoneinfo import ZoneInfo
from services.ingest.adapters.iec104 import Address, Iec104Settings, MeasuredPoint
from services.ingest.adapters.iec104.adapter import Link
from services.ingest.adapters.iec104.child import Lost
from services.ingest.adapters.mapping import Scale

async def main():
    point = MeasuredPoint("a", Address(1, 11), Scale(1.0))
    settings = Iec104Settings("127.0.0.1", int(sys.argv[1]), ZoneInfo("UTC"), True, (point,), ())
    while True:
        link = Link(settings, lambda frame: None)
        try:
            await link.connect()
            break
        except Lost:
            await link.close()
    print("c104" in sys.modules, flush=True)
    await link.until_lost()

asyncio.run(main())
"""


def processes_of_links(of: int | None = None) -> list[psutil.Process]:
    found = []
    for child in psutil.Process(of).children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # it has just ended
            if str(SCRIPT) in child.cmdline():
                found.append(child)
    return found


async def a_link(port: int, on_frame: Callable[[bytes], None] = lambda _: None) -> Link:
    """Return a link that is connected; a station that stands still for a second is tried again."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            link = Link(settings(port), on_frame)
            try:
                await link.connect()
                return link
            except Lost:
                await link.close()


def settings(port: int) -> Iec104Settings:
    point = MeasuredPoint(WIND, Address(1, at.SHORT), Scale(1.0))
    return Iec104Settings("127.0.0.1", port, ZoneInfo("UTC"), True, (point,), ())


@asynccontextmanager
async def a_source_on(folder: Path) -> AsyncIterator[tuple[Adapter, Intake, Station]]:
    """A station, and the adapter of its link when it has carried a first value."""
    intake, port = Intake(), free_port()
    await asyncio.to_thread(folder.mkdir)
    adapter = adapter_on(park_on(a_source(port), folder), "mqtt-site", intake)
    async with a_station(port) as station, talking(adapter):
        await until(lambda: intake.rows(WIND))
        yield adapter, intake, station


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGABRT])
async def test_a_process_that_dies_costs_its_link_alone_and_is_started_anew(
    how: signal.Signals, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with a_source_on(tmp_path / "one") as (adapter, intake, station):
        [speaker] = processes_of_links()
        async with a_source_on(tmp_path / "other") as (other, others, other_station):
            speaker.send_signal(how)
            await other_station.tell(f"show {at.SHORT} 7")
            await until(lambda: 7.0 in others.values(WIND))
            await until(lambda: adapter.connection.times_up >= 2)
            await station.tell(f"show {at.SHORT} 8")
            await until(lambda: 8.0 in intake.values(WIND))
            taken = await answered(adapter, a_command("battery", 250_000))
            assert other.connection.times_up == 1

    assert taken == Accepted(250_000.0)
    told = capsys.readouterr().out
    assert f"the process of the link ended by {how.name}" in told
    assert ("Fatal Python error: Aborted" in told) == (how == signal.SIGABRT)


async def test_a_process_that_hangs_is_ended_and_started_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_module, "PULSE_S", 1.0)
    async with a_source_on(tmp_path / "one") as (adapter, _, _):
        before = adapter.connection.times_up
        [hanging] = processes_of_links()
        hanging.suspend()
        await until(lambda: adapter.connection.times_up > before)
        await until(lambda: not hanging.is_running())


async def test_closing_a_link_takes_a_moment_also_when_its_process_hangs() -> None:
    took_s = [await closing_took_s()]
    while took_s[-1] > 3.0 and len(took_s) < 3:  # the machine may stop for a moment, too
        took_s.append(await closing_took_s())

    assert min(took_s) < 3.0


async def closing_took_s() -> float:
    """Close a link whose process hangs; the process is gone then."""
    async with a_station(port := free_port()):
        link = await a_link(port)
        [hanging] = processes_of_links()
        hanging.suspend()
        began = time.monotonic()
        await link.close()
        took_s = time.monotonic() - began
        await until(lambda: not hanging.is_running())
    return took_s


async def test_every_link_asks_for_data_however_fast_the_station_is() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        met.append(writer)
        heard.append(await reader.read(6))
        writer.write(STARTED)
        await reader.read()
        writer.close()

    heard: list[bytes] = []
    met: list[asyncio.StreamWriter] = []
    station = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with station:
        for _ in range(20):  # c104 alone forgets it in one of three here
            link = await a_link(station.sockets[0].getsockname()[1])
            await link.close()
        await until(lambda: len(heard) == len(met))

    assert len(heard) >= 20
    assert set(heard) == {START}


async def test_the_process_is_told_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARKFLOW_MQTT_PASSWORD", "secret")
    async with a_station(port := free_port()):
        link = await a_link(port)
        [process] = processes_of_links()
        environment, command = process.environ(), process.cmdline()
        await link.close()

    assert set(environment) <= {"PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH"}
    assert command == [sys.executable, "-P", "-X", "faulthandler", str(SCRIPT)]


async def test_a_killed_ingest_leaves_no_process_behind_and_never_loads_the_library() -> None:
    async with a_station(port := free_port()):
        ingest = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", INGEST, str(port)), cwd=REPOSITORY, stdout=subprocess.PIPE
        )
        assert ingest.stdout is not None
        loaded = await ingest.stdout.readline()
        speakers = processes_of_links(ingest.pid)
        ingest.kill()
        await ingest.wait()
        _, left = await asyncio.to_thread(psutil.wait_procs, speakers, PATIENCE_S)

    assert loaded == b"False\n"
    assert len(speakers) == 1
    assert left == []


async def test_ingest_lives_on_when_a_process_of_a_link_dies(
    kafka_with_topics: Kafka, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    park = tmp_path / "with-source.yaml"
    park.write_text(park_text(a_source(port)), encoding="utf-8")
    monkeypatch.setattr("tests.support.park_process.DEMO_PARK_FILE", park)
    ingest = IngestProcess(tmp_path, kafka_with_topics.address)
    async with a_station(port):
        with ended(ingest):
            await asyncio.to_thread(ingest.start)
            await until(lambda: ingest.events("source_connected"))
            [speaker] = processes_of_links(ingest.pid)
            os.kill(speaker.pid, signal.SIGABRT)
            await until(lambda: len(ingest.events("source_connected")) >= 2)
            again = processes_of_links(ingest.pid)
            assert ingest.is_running
        _, left = await asyncio.to_thread(psutil.wait_procs, again, PATIENCE_S)

    assert len(ingest.events("iec104_process_said")) == 1
    assert [process.pid for process in again] != [speaker.pid]
    assert left == []


async def test_a_process_is_renewed_before_the_library_fills_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_module, "RENEW_AFTER_FRAMES", 30)
    async with a_source_on(tmp_path / "one") as (adapter, intake, station):
        [first] = processes_of_links()
        for number in range(60):
            await station.tell(f"show {at.SHORT} {number}")
        await until(lambda: adapter.connection.times_up >= 2)
        await until(lambda: 59.0 in intake.values(WIND))

        await until(lambda: not first.is_running())

    assert {float(number) for number in range(20)} <= set(intake.values(WIND))


async def test_frames_that_ingest_does_not_read_end_the_link_before_memory_fills() -> None:
    frames: list[bytes] = []
    with a_flood() as (port, refused):

        def busy(frame: bytes) -> None:
            frames.append(frame)
            refused.wait(PATIENCE_S)  # holds the event loop, as a busy ingest would

        link = Link(settings(port), busy)
        await link.connect()  # the flood comes but once
        with pytest.raises(Lost, match="5000 frames wait in the process of the link"):
            await link.until_lost()
        await link.close()

    assert refused.is_set()
    assert len(frames) > 5_000  # what had come was still heard


@contextmanager
def a_flood() -> Iterator[tuple[int, threading.Event]]:
    """A station that never stops talking, in a thread; the event tells that it was cut off."""
    cut = threading.Event()
    with closing(socket.create_server(("127.0.0.1", 0))) as door:
        threading.Thread(target=_pour, args=(door, cut), daemon=True).start()
        yield door.getsockname()[1], cut


def _pour(door: socket.socket, cut: threading.Event) -> None:
    with closing(door.accept()[0]) as peer:
        peer.recv(6)  # STARTDT
        peer.sendall(STARTED)
        body = bytes.fromhex("0d0103000100" + "0b0000" + "0000803f00")
        try:
            for number in itertools.count():
                count = (number % 2**15 << 1).to_bytes(2, "little")
                peer.sendall(bytes([0x68, 4 + len(body)]) + count + bytes(2) + body)
        except OSError:
            cut.set()
