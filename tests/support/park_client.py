"""Who pushes to a park, edits its registers and reads its history, by gRPC; and what they see.

Park time begins at minute 120, so two hours of readings can be told at once (LATE, all of them).
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import uuid4

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from parkflow.history.v1 import history_service_pb2 as history
from parkflow.telemetry.v1 import edit_pb2, telemetry_service_pb2
from parkflow.validation.v1 import validation_service_pb2 as desk
from services.energy.readings import Doubt, Verdict
from services.energy.time_grid import QUARTER, to_microseconds
from tests.support.builders import after
from tests.support.history_service import interval
from tests.support.patience import CALL_S, PATIENCE_S

SOURCE = "mqtt-site"
POLL_S = 0.05
NOW_MINUTE = 120
MINUTE_US = 60_000_000
Reading = tuple[str, float, float]
"""Point, minute, value."""


def minute(number: float) -> datetime:
    """Return the instant of a minute of the tests' two hours."""
    return after(minutes=number - NOW_MINUTE)


def minute_of(event_time_us: int) -> float:
    return (event_time_us - to_microseconds(minute(0))) / MINUTE_US


class Row(NamedTuple):
    """What history says of one reading."""

    minute: float
    value: float
    verdict: Verdict
    doubt: Doubt


class Rollup(NamedTuple):
    """What history says of a quarter hour of readings; no value: None."""

    last: float | None
    believed: int = 0
    rejected: int = 0


class Shown(NamedTuple):
    """What history shows of a register, as of one `known_at`.

    Energies are (believed, estimated, set aside, written off) by the minute of their start; those
    of which nothing is known are left out, like empty rollups.
    """

    rows: list[Row]
    rollups: dict[float, Rollup]
    energies: dict[float, tuple[int, int, int, int]]


@dataclass
class Client:
    """A gateway, an editor and a reader of history in one."""

    park_id: str
    telemetry: Any
    validation: Any
    history: Any

    async def push(self, *readings: Reading) -> telemetry_service_pb2.PushResponse:
        """Push one batch; it is in Kafka then."""
        request = telemetry_service_pb2.PushRequest(
            park_id=self.park_id, source_id=SOURCE, idempotency_key=uuid4().hex
        )
        for point_id, number, value in readings:
            reading = request.readings.add(point_id=point_id, value=value)
            reading.event_time.FromDatetime(minute(number))
        answer: telemetry_service_pb2.PushResponse = await self.telemetry.Push(
            iter([request]), timeout=CALL_S
        )
        return answer

    async def edit(self, point_id: str, **change: Any) -> edit_pb2.Edit:
        """Decide about a register: `reading`, `interval` or `swap`; it is in the log then."""
        request = desk.EditRequest(
            park_id=self.park_id, point_id=point_id, user="li", reason="seen on site", **change
        )
        return (await self.validation.Edit(request, timeout=CALL_S)).edit  # type: ignore[no-any-return]

    async def revoke(self, edit: edit_pb2.Edit) -> edit_pb2.Edit:
        """Take an edit back; waits until it took part, as it must have for that."""
        request = desk.RevokeRequest(
            park_id=self.park_id, revoked_edit_id=edit.edit_id, user="wu", reason="not so"
        )
        answer = await eventually(lambda: self.validation.Revoke(request, timeout=CALL_S))
        return answer.edit  # type: ignore[no-any-return]

    async def set_aside(self, point_id: str) -> list[desk.SuspenseEntry]:
        """Return the open suspense entries of a register."""
        request = desk.ListSuspenseRequest(park_id=self.park_id, point_ids=[point_id])
        listed = await self.validation.ListSuspense(request, timeout=CALL_S)
        return list(listed.entries)

    async def release(self, entry: desk.SuspenseEntry, account: str = "") -> edit_pb2.Edit:
        """Rule on a suspense entry: accepted, or written off to an account."""
        request = desk.ReleaseSuspenseRequest(
            park_id=self.park_id,
            entry_id=entry.entry_id,
            balance_wh=entry.balance_wh,
            write_off_account=account,
            user="li",
            reason="seen on site",
        )
        return (await self.validation.ReleaseSuspense(request, timeout=CALL_S)).edit  # type: ignore[no-any-return]

    async def shown(self, point_id: str, known_at: Timestamp | None = None) -> Shown:
        """Return what history shows of a register in the two hours, by three calls."""
        asked = self._asked(point_id, known_at)
        rows, energies = await self._rows(asked), await self._energies(asked)
        return Shown(rows, await self.rollups(point_id, known_at), energies)

    async def rollups(
        self, point_id: str, known_at: Timestamp | None = None
    ) -> dict[float, Rollup]:
        """Return the quarter hours that hold a reading, by the minute of their start."""
        request = history.GetAggregateRequest(
            **self._asked(point_id, known_at), step=QUARTER, aggregation=history.AGGREGATION_LAST
        )
        (series,) = (await self.history.GetAggregate(request, timeout=CALL_S)).series
        columns = zip(series.value, series.believed_count, series.rejected_count, strict=True)
        return {
            15.0 * number: Rollup(None if math.isnan(last) else last, believed, rejected)
            for number, (last, believed, rejected) in enumerate(columns)
            if believed or rejected
        }

    def _asked(self, point_id: str, known_at: Timestamp | None) -> dict[str, Any]:
        return {
            "park_id": self.park_id,
            "point_ids": [point_id],
            "interval": interval(minute(0), minute(NOW_MINUTE)),
            "known_at": known_at,
        }

    async def _rows(self, asked: dict[str, Any]) -> list[Row]:
        request = history.GetRangeRequest(**asked, include_rejected=True)
        answer = await self.history.GetRange(request, timeout=CALL_S)
        return [
            Row(
                minute_of(r.event_time.ToMicroseconds()),
                r.value,
                Verdict(r.verdict),
                Doubt(r.doubt),
            )
            for r in answer.readings
        ]

    async def _energies(self, asked: dict[str, Any]) -> dict[float, tuple[int, int, int, int]]:
        request = history.GetEnergyRequest(**asked, step=QUARTER)
        (series,) = (await self.history.GetEnergy(request, timeout=CALL_S)).series
        parts = (
            series.believed_wh,
            series.estimated_wh,
            series.suspense_wh,
            series.written_off_wh,
        )
        return {
            15.0 * number: (four[0], four[1], four[2], four[3])
            for number, (known_s, *four) in enumerate(zip(series.known_s, *parts, strict=True))
            if known_s or any(four)
        }


async def eventually(question: Callable[[], Awaitable[Any]]) -> Any:
    """Return the answer once there is one: what is asked for may not be known yet."""
    deadline = time.monotonic() + PATIENCE_S
    while not (answer := await _answer(question)):
        assert time.monotonic() < deadline, "no answer in time"
        await asyncio.sleep(POLL_S)
    return answer


async def comes_to(question: Callable[[], Awaitable[Any]], expected: Any) -> None:
    """Ask until the answer is this one; fails with the last one when it takes too long."""
    deadline = time.monotonic() + PATIENCE_S
    while (answer := await _answer(question)) != expected:
        assert time.monotonic() < deadline, f"in the end it was\n{answer}, not\n{expected}"
        await asyncio.sleep(POLL_S)


async def _answer(question: Callable[[], Awaitable[Any]]) -> Any:
    """Return the answer; None while a service does not know what is asked for."""
    try:
        return await question()
    except grpc.aio.AioRpcError as refused:
        if refused.code() is grpc.StatusCode.NOT_FOUND:
            return None
        raise


def just_before(edit: edit_pb2.Edit) -> Timestamp:
    """Return the last microsecond at which nobody knew of an edit."""
    moment = Timestamp()
    moment.FromMicroseconds(edit.decided_at.ToMicroseconds() - 1)
    return moment
