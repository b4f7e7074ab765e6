"""What validation comes to know later, followed into the ledger; both as processes.

Each register of the park is read every quarter hour and counts the same each time. Then one gas
meter is told of otherwise, and of the ledger exactly the entries that say something else by it get
another version.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import pytest

from parkflow.carbon.v1 import carbon_service_pb2 as ledger
from parkflow.carbon.v1 import entry_pb2
from parkflow.carbon.v1.carbon_service_pb2_grpc import CarbonServiceStub
from parkflow.telemetry.v1 import edit_pb2
from parkflow.validation.v1.validation_service_pb2_grpc import ValidationServiceStub
from services.carbon_accounting.domain.meters import meters_of
from services.demo.stack import Kafka
from services.energy.time_grid import to_microseconds
from services.runtime.database import migrate
from tests.support.builders import MORNING, a_park, after
from tests.support.carbon_process import CarbonProcess
from tests.support.ingest import ValidationProcess, running
from tests.support.park_client import Client, comes_to, eventually
from tests.support.raw_log import a_raw_frame, publish_raw

NOW = after(hours=8)
SOURCE, GAS = "mqtt-site", "labs_b_gas"
METER = f"{GAS}.consumption_energy_wh"
LINES = 5 + 3
"""Of electricity and of gas, in each of three ledgers."""
MEASURED, ESTIMATED = entry_pb2.ENTRY_QUALITY_MEASURED, entry_pb2.ENTRY_QUALITY_ESTIMATED
Key = tuple[str, float]
"""An activity and the minute at which its quarter hour starts."""
Told = tuple[int, int, str]
"""Energy in Wh, quality, why it was restated."""


def usual(number: int) -> dict[str, int]:
    """What the registers show after so many quarters: loads 10 Wh each, met by the grid."""
    meters = meters_of(a_park())
    used = (*meters.loads, *meters.chargers)
    shown = dict.fromkeys(meters.all, 0) | dict.fromkeys(used, 10 * number)
    shown |= dict.fromkeys(meters.gas, 100 * number)
    return shown | {meters.grid_import[0]: 10 * number * len(used)}


@dataclass
class Park:
    """The meters of a park and its two services."""

    kafka: Kafka
    client: Client
    carbon: Any
    process: CarbonProcess
    seen: dict[str, entry_pb2.LedgerEntry] = field(default_factory=dict)

    async def read(self, numbers: Iterable[int], gas: dict[int, int] | None = None) -> None:
        """Read all registers at the end of these quarters; the gas meter shows what is said."""
        frames = []
        for number in numbers:
            at, shown = after(minutes=15 * number), usual(number)
            shown[METER] = (gas or {}).get(number, shown[METER])
            rows = [(point, to_microseconds(at), float(wh)) for point, wh in shown.items()]
            name = f"{number}-{uuid4().hex}"
            frames.append(a_raw_frame(self.client.park_id, SOURCE, name, at, rows))
        await publish_raw(self.kafka, self.client.park_id, SOURCE, frames)

    async def entries(self) -> list[entry_pb2.LedgerEntry]:
        """Return every version of every entry; none that was seen has changed since."""
        request = ledger.ListEntriesRequest(
            park_id=self.client.park_id, include_replaced=True, page_size=10_000
        )
        request.interval.start.FromDatetime(MORNING)
        request.interval.end.FromDatetime(NOW)
        found = list((await self.carbon.ListEntries(request, timeout=30)).entries)
        for entry in found:
            assert self.seen.setdefault(entry.entry_id, entry) == entry
        return found

    async def booked(self, quarters: int) -> None:
        """Wait until so many quarters are in the books as they came."""

        async def count() -> int:
            return sum(entry.version == 1 for entry in await self.entries())

        await comes_to(count, quarters * LINES * 3)

    async def versions_since(self, known: set[str]) -> dict[Key, Told]:
        """Return what was booked beyond the known ids; all three ledgers must tell the same."""
        told: dict[Key, Told] = {}
        fresh = [entry for entry in await self.entries() if entry.entry_id not in known]
        for entry in fresh:
            start = entry.interval.start.ToDatetime(MORNING.tzinfo)
            key = entry.activity, (start - MORNING).total_seconds() / 60
            says = entry.energy_wh, int(entry.quality), entry.restated_because
            assert told.setdefault(key, says) == says
        assert len(fresh) == 3 * len(told)
        return told

    async def open_items(self) -> list[str]:
        request = ledger.GetSummaryRequest(park_id=self.client.park_id)
        request.interval.start.FromDatetime(MORNING)
        request.interval.end.FromDatetime(NOW)
        return list((await self.carbon.GetSummary(request, timeout=30)).summary.open_items)


@pytest.fixture
async def park(
    kafka_with_topics: Kafka, fresh_database: str, tmp_path: Path
) -> AsyncIterator[Park]:
    """A park that has just begun; the ledger leaves its group, so that the next one begins."""
    for service in ("validation", "carbon_accounting"):
        await migrate(service, fresh_database)
    place = tmp_path, kafka_with_topics.address, fresh_database
    validation = ValidationProcess(*place, origin=NOW)
    process = CarbonProcess(*place, origin=NOW, park_id=validation.park_id)
    with running(validation), running(process):
        async with stubs(validation, process) as (desk, carbon):
            client = Client(validation.park_id, None, desk, None)
            yield Park(kafka_with_topics, client, carbon, process)
        assert process.verify().returncode == 0
        process.stop()


@asynccontextmanager
async def stubs(validation: ValidationProcess, carbon: CarbonProcess) -> AsyncIterator[Any]:
    async with (
        grpc.aio.insecure_channel(validation.address) as one,
        grpc.aio.insecure_channel(carbon.address) as other,
    ):
        yield ValidationServiceStub(one), CarbonServiceStub(other)


def at(number: int) -> datetime:
    return after(minutes=15 * number)


async def test_a_reading_that_was_believed_and_is_rejected_later_restates_its_quarter(
    park: Park,
) -> None:
    await park.read(range(3), gas={2: 5_000})
    await park.booked(2)
    first = set(park.seen)

    await park.read(range(3, 6))  # the meter goes on from before: 5,000 Wh was a spike
    await park.booked(5)

    later = await park.versions_since(first)
    old = {key: told for key, told in later.items() if key[1] < 30}
    assert old == {
        (f"gas:{GAS}", 15.0): (100, ESTIMATED, f"{METER}: 4900 Wh became ~100 Wh linear")
    }
    assert later[f"gas:{GAS}", 30.0] == (100, ESTIMATED, "")
    assert later[f"gas:{GAS}", 45.0] == (100, MEASURED, "")
    assert await park.open_items() == []


async def test_an_energy_that_an_editor_writes_is_booked_until_the_edit_is_revoked(
    park: Park,
) -> None:
    await park.read(range(4))
    await park.booked(3)
    usually = set(park.seen)
    energy = edit_pb2.IntervalEdit(energy_wh=90, account="li's log")
    energy.start.FromDatetime(at(1))

    edit = await park.client.edit(METER, interval=energy)
    await comes_to(lambda: versions_beyond(park, usually), 1)
    edited = await park.versions_since(usually)
    with_edit = set(park.seen)
    await park.client.revoke(edit)
    await comes_to(lambda: versions_beyond(park, with_edit), 1)

    says = "~90 Wh edited, 10 Wh written off"
    assert edited == {(f"gas:{GAS}", 15.0): (90, ESTIMATED, f"{METER}: 100 Wh became {says}")}
    assert await park.versions_since(with_edit) == {
        (f"gas:{GAS}", 15.0): (100, MEASURED, f"{METER}: {says} became 100 Wh")
    }
    assert await park.open_items() == []


async def test_energy_set_aside_is_an_open_item_and_each_ruling_on_it_is_in_the_books(
    park: Park,
) -> None:
    exchanged = {0: 700_000, 1: 700_100} | {n: 4_000_000 + 100 * n for n in range(2, 8)}
    await park.read(range(8), gas=exchanged)
    await park.booked(6)  # all but the quarter in which the meter jumped
    waits = [f"2019-06-03T22:15Z waits for {METER} (3300100 Wh set aside)"]
    jumped = await park.open_items()
    before = set(park.seen)

    (entry,) = await eventually(lambda: park.client.set_aside(METER))
    edit = await park.client.release(entry)
    await park.booked(7)
    accepted = await park.versions_since(before)
    released, of_it = await park.open_items(), set(park.seen)
    await park.client.revoke(edit)
    await comes_to(lambda: versions_beyond(park, of_it), LINES)
    withdrawn = await park.versions_since(of_it)
    again, known = await park.open_items(), set(park.seen)
    (entry,) = await eventually(lambda: park.client.set_aside(METER))
    await park.client.release(entry, "meter fault")
    await comes_to(lambda: versions_beyond(park, known), LINES)
    written_off = await park.versions_since(known)

    assert (jumped, released, again, await park.open_items()) == (waits, [], waits, [])
    assert {start for _, start in accepted} == {15.0}
    assert accepted[f"gas:{GAS}", 15.0] == (3_300_100, ESTIMATED, "")
    assert accepted["gas:h3_gas", 15.0] == (100, MEASURED, "")
    assert accepted.keys() == withdrawn.keys() == written_off.keys()
    because = f"withdrawn, waits for {METER} (3300100 Wh set aside)"
    assert {(wh, why) for wh, _, why in withdrawn.values()} == {(0, because)}
    says = f"{METER}: nothing became ~0 Wh, 3300100 Wh written off"
    assert written_off[f"gas:{GAS}", 15.0] == (0, ESTIMATED, says)


async def test_a_quarter_that_nobody_knows_waits_until_an_editor_writes_its_energy(
    park: Park,
) -> None:
    exchanged = {0: 700_000, 1: 700_100} | {n: 500_000 + 100 * n for n in range(2, 8)}
    await park.read(range(8), gas=exchanged)
    await park.booked(6)
    before = set(park.seen)
    energy = edit_pb2.IntervalEdit(energy_wh=120, account="li's log")
    energy.start.FromDatetime(at(1))

    await park.client.edit(METER, interval=energy)
    await park.booked(7)

    told = await park.versions_since(before)
    assert {start for _, start in told} == {15.0}
    assert told[f"gas:{GAS}", 15.0] == (120, ESTIMATED, "")
    assert told["gas:h3_gas", 15.0] == (100, MEASURED, "")


async def versions_beyond(park: Park, known: set[str]) -> int:
    """Return how many entries of a ledger have a version that is not among the known."""
    return sum(entry.entry_id not in known for entry in await park.entries()) // 3
