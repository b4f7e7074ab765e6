"""Charge points of both versions, on the public OCPP library, calling a central system."""

import asyncio
import base64
import json
import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from ocpp.charge_point import ChargePoint
from ocpp.routing import on
from ocpp.v16 import ChargePoint as Version16
from ocpp.v16 import call as call16
from ocpp.v16 import call_result as result16
from ocpp.v16.enums import Action as Action16
from ocpp.v201 import ChargePoint as Version201
from ocpp.v201 import call as call201
from ocpp.v201 import call_result as result201
from ocpp.v201.enums import Action as Action201
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.support.patience import PATIENCE_S

logging.getLogger("ocpp").setLevel(logging.CRITICAL)


class Charger(ChargePoint):  # type: ignore[misc]
    """What both versions share: charging profiles by connector and stack level."""

    def __init__(self, identity: str, connection: ClientConnection) -> None:
        super().__init__(identity, connection, response_timeout=PATIENCE_S)
        self.profiles: dict[int, dict[int, dict[str, Any]]] = {}
        self.says = "Accepted"  # to a profile
        self.shows_schedules = True
        self.silent = False
        self.own_limit_w: float | None = None

    async def _keep(self, connector: int, profile: dict[str, Any]) -> str:
        if self.silent:
            await asyncio.sleep(3600)
        if self.says == "Accepted":
            plain = json.loads(json.dumps(profile, default=float))  # the library reads decimals
            self.profiles.setdefault(connector, {})[profile["stack_level"]] = plain
        return self.says

    def limit_of(self, connector: int, level: int) -> dict[str, Any]:
        """Return the schedule of a profile."""
        schedule = self.profiles[connector][level]["charging_schedule"]
        found: dict[str, Any] = schedule[0] if isinstance(schedule, list) else schedule
        return found

    def _highest(self, connector: int) -> dict[str, Any]:
        schedule = self.limit_of(connector, max(self.profiles[connector]))
        period = dict(schedule["charging_schedule_period"][0])
        if self.own_limit_w is not None:
            period["limit"] = self.own_limit_w
        return {
            "charging_rate_unit": schedule["charging_rate_unit"],
            "charging_schedule_period": [period],
        }

    async def say(self, message: str) -> Any:
        """Send a text as it stands."""
        return await self._connection.send(message)

    async def heard(self) -> None:
        """Wait until everything that was sent has arrived at the other side."""
        await (await self._connection.ping())


class Charger16(Charger, Version16):  # type: ignore[misc]
    """Speaks OCPP 1.6J."""

    @on(Action16.set_charging_profile)
    async def on_profile(self, connector_id: int, cs_charging_profiles: dict[str, Any]) -> Any:
        return result16.SetChargingProfile(await self._keep(connector_id, cs_charging_profiles))

    @on(Action16.get_composite_schedule)
    async def on_schedule(self, connector_id: int, **_: Any) -> Any:
        if not self.shows_schedules:
            return result16.GetCompositeSchedule("Rejected")
        return result16.GetCompositeSchedule(
            "Accepted", connector_id=connector_id, charging_schedule=self._highest(connector_id)
        )

    async def boot(self) -> Any:
        return await self.call(call16.BootNotification("model", "vendor"))

    async def meter(self, connector: int, at: str, *sampled: dict[str, Any]) -> Any:
        values = [{"timestamp": at, "sampled_value": list(sampled)}]
        return await self.call(
            call16.MeterValues(connector, values), suppress=False, skip_schema_validation=True
        )


class Charger201(Charger, Version201):  # type: ignore[misc]
    """Speaks OCPP 2.0.1."""

    @on(Action201.set_charging_profile)
    async def on_profile(self, evse_id: int, charging_profile: dict[str, Any], **_: Any) -> Any:
        return result201.SetChargingProfile(await self._keep(evse_id, charging_profile))

    @on(Action201.get_composite_schedule)
    async def on_schedule(self, evse_id: int, **_: Any) -> Any:
        if not self.shows_schedules:
            return result201.GetCompositeSchedule("Rejected")
        schedule = self._highest(evse_id) | {
            "evse_id": evse_id,
            "duration": 60,
            "schedule_start": "2019-06-03T22:00:00Z",
        }
        return result201.GetCompositeSchedule("Accepted", schedule=schedule)

    async def boot(self) -> Any:
        station = {"model": "model", "vendor_name": "vendor"}
        return await self.call(call201.BootNotification(station, "PowerUp"))

    async def event(self, kind: str, at: str, *sampled: dict[str, Any], **more: Any) -> Any:
        request = call201.TransactionEvent(
            event_type=kind,
            timestamp=at,
            trigger_reason="MeterValuePeriodic",
            seq_no=0,
            transaction_info={"transaction_id": "t-1", **more.pop("info", {})},
            meter_value=[{"timestamp": at, "sampled_value": list(sampled)}] if sampled else None,
            **more,
        )
        return await self.call(request, suppress=False)


KINDS: dict[str, type[Charger]] = {"ocpp1.6": Charger16, "ocpp2.0.1": Charger201}


@asynccontextmanager
async def a_charger(
    port: int,
    identity: str,
    version: str,
    *,
    password: str | None = None,
    boots: bool = True,
    trusts: ssl.SSLContext | None = None,
) -> AsyncIterator[Any]:
    """A charge point that is connected (and has booted) until the block ends."""
    headers = {} if password is None else {"Authorization": basic(identity, password)}
    uri = f"ws{'s' if trusts else ''}://127.0.0.1:{port}/ocpp/{identity}"
    connected = connect(
        uri,
        subprotocols=[version],  # type: ignore[list-item]
        additional_headers=headers,
        ssl=trusts,
        open_timeout=PATIENCE_S,
    )
    async with await once_listening(connected) as connection:
        charger = KINDS[version](identity, connection)

        async def listen() -> None:
            with suppress(ConnectionClosed):
                await charger.start()

        listening = asyncio.create_task(listen())
        try:
            if boots:
                await charger.boot()
            yield charger
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


async def once_listening(connecting: connect) -> ClientConnection:
    """Return the connection once somebody listens: a central system does a little after ingest."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            with suppress(ConnectionRefusedError):
                return await connecting
            await asyncio.sleep(0.05)


def basic(user: str, password: str) -> str:
    """Return the header of a Basic login."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def a_call(action: str, payload: Any) -> str:
    """Return the text of a call."""
    return json.dumps([2, "1", action, payload])
