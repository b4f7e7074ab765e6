"""The data-quality page's events: asked of validation and ingest while a page is open.

What they answer is sent when it differs from what was sent before; `answered` says when each of
them last did, so that the page knows how old the rest is while one of them is away.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import grpc

from parkflow.telemetry.v1 import telemetry_service_pb2 as telemetry
from parkflow.telemetry.v1.telemetry_service_pb2_grpc import TelemetryServiceStub
from parkflow.validation.v1 import balance_pb2
from parkflow.validation.v1 import validation_service_pb2 as wire
from parkflow.validation.v1.validation_service_pb2_grpc import ValidationServiceStub
from services.console.balance_messages import balances_json
from services.console.feeds import as_text
from services.console.hub import Hub
from services.console.messages import iso
from services.console.quality_messages import (
    connections_json,
    edits_json,
    quality_json,
    spool_json,
    suspense_json,
)
from services.energy.site import Park
from services.energy.time_grid import QUARTER, floor
from services.runtime.clock import ParkClock
from services.runtime.grpc_client import CALL_S
from services.runtime.patience import is_away
from services.runtime.telemetry import log_for

ASK_EVERY_S = 3.0
ASK_SOON_S, SOON_ROUNDS = 0.5, 8
QUARTERS = 96
ENTRIES_ASKED, ENTRIES_SHOWN, EDITS_SHOWN = 1_000, 100, 50
BALANCES_A_CALL = 10_000
log = log_for(__name__)


class QualityFeed:
    """Asks in rounds; `soon` makes the next rounds follow at once, after somebody decided."""

    def __init__(
        self,
        park: Park,
        clock: ParkClock,
        hub: Hub,
        *,
        validation: grpc.aio.Channel,
        ingest: grpc.aio.Channel,
    ) -> None:
        self._park, self._clock, self._hub = park, clock, hub
        self._validation = ValidationServiceStub(validation)
        self._ingest = TelemetryServiceStub(ingest)
        self._questions: dict[str, Callable[[], Awaitable[Any]]] = {
            "quality": self._quality,
            "suspense": self._suspense,
            "balances": self._balances,
            "edits": self._edits,
            "spool": self._spool,
            "connections": self._connections,
        }
        self._said: dict[str, str] = {}
        self._answered: dict[str, str] = {}
        self._hurry = asyncio.Event()

    async def run(self) -> None:
        """Ask for ever, as long as somebody looks."""
        while True:
            await self._hub.looked_at()
            await self.ask()
            rounds = SOON_ROUNDS if await self._hurried() else 0
            for _ in range(rounds):
                await asyncio.sleep(ASK_SOON_S)
                await self.ask()

    def soon(self) -> None:
        """Ask again at once: something is about to change."""
        self._hurry.set()

    async def ask(self) -> None:
        """Ask everything once."""
        await asyncio.gather(*(self._ask(name) for name in self._questions))
        self._hub.send("answered", as_text(self._answered), keep_as="answered")

    async def _ask(self, name: str) -> None:
        try:
            body = as_text(await self._questions[name]())
        except grpc.aio.AioRpcError as error:
            if not is_away(error):
                log.warning("question_refused", question=name, status=str(error.code()))
            return
        self._answered[name] = iso(self._clock.now())
        if self._said.get(name) != body:
            self._said[name] = body
            self._hub.send(name, body, keep_as=name)

    async def _hurried(self) -> bool:
        try:
            async with asyncio.timeout(ASK_EVERY_S):
                await self._hurry.wait()
        except TimeoutError:
            return False
        self._hurry.clear()
        return True

    # ---- the questions

    async def _quality(self) -> Any:
        request = wire.GetDataQualityRequest(park_id=self._park.id)
        return quality_json(await self._validation.GetDataQuality(request, timeout=CALL_S))

    async def _suspense(self) -> Any:
        request = wire.ListSuspenseRequest(park_id=self._park.id, page_size=ENTRIES_ASKED)
        answer = await self._validation.ListSuspense(request, timeout=CALL_S)
        return suspense_json(answer, ENTRIES_SHOWN)

    async def _edits(self) -> Any:
        request = wire.ListEditsRequest(park_id=self._park.id, page_size=EDITS_SHOWN)
        return edits_json((await self._validation.ListEdits(request, timeout=CALL_S)).edits)

    async def _balances(self) -> Any:
        """Ask for the day in as many parts as its nodes need, so that no answer is cut off."""
        first = floor(self._clock.now()) - (QUARTERS - 1) * QUARTER
        step = max(1, BALANCES_A_CALL // max(1, len(self._park.topology)))
        found: list[balance_pb2.NodeBalance] = []
        for place in range(0, QUARTERS if self._park.topology else 0, step):
            request = balance_pb2.ListBalancesRequest(park_id=self._park.id)
            request.start.FromDatetime(first + place * QUARTER)
            request.end.FromDatetime(first + min(place + step, QUARTERS) * QUARTER)
            found += (await self._validation.ListBalances(request, timeout=CALL_S)).balances
        return balances_json(self._park, found, first, QUARTERS)

    async def _spool(self) -> Any:
        request = telemetry.GetSpoolRequest(park_id=self._park.id)
        return spool_json(await self._ingest.GetSpool(request, timeout=CALL_S))

    async def _connections(self) -> Any:
        request = telemetry.ListSourcesRequest(park_id=self._park.id)
        return connections_json(await self._ingest.ListSources(request, timeout=CALL_S))
