"""OCPP 2.0.1: what a charging station of this version calls, and how it is told a limit."""

from typing import Any

from ocpp.routing import on
from ocpp.v201 import ChargePoint as Version201
from ocpp.v201 import call, call_result
from ocpp.v201.enums import (
    Action,
    AuthorizationStatusEnumType,
    ChargingRateUnitEnumType,
    DataTransferStatusEnumType,
    NotifyEVChargingNeedsStatusEnumType,
    RegistrationStatusEnumType,
)

from services.ingest.adapters.ocpp.conversation import Conversation, Reply, reply_of
from services.ingest.adapters.ocpp.profiles import stamp

NeedsStatus = NotifyEVChargingNeedsStatusEnumType
WELCOME = {"status": AuthorizationStatusEnumType.accepted}
CHARGING_STATES = {
    "Idle": "Available",
    "EVConnected": "Occupied",
    "Charging": "Occupied",
    "SuspendedEV": "Occupied",
    "SuspendedEVSE": "Occupied",
}


class ChargePoint201(Conversation, Version201):  # type: ignore[misc]
    """A charging station that speaks 2.0.1; its EVSE are our connectors."""

    @on(Action.boot_notification)
    async def on_boot(self, **_: Any) -> Any:
        """Welcome it and set its clock."""
        return call_result.BootNotification(
            current_time=stamp(self.desk.now()),
            interval=round(self.desk.heartbeat.total_seconds()),
            status=RegistrationStatusEnumType.accepted,
        )

    @on(Action.heartbeat)
    async def on_heartbeat(self, **_: Any) -> Any:
        """Tell it the time."""
        return call_result.Heartbeat(current_time=stamp(self.desk.now()))

    @on(Action.status_notification)
    async def on_status(self, **message: Any) -> Any:
        """Take the state of a connector."""
        await self.desk.plugged(
            self, message["evse_id"], message["timestamp"], message["connector_status"]
        )
        return call_result.StatusNotification()

    @on(Action.authorize)
    async def on_authorize(self, **_: Any) -> Any:
        """Let everyone charge: who may is not decided here."""
        return call_result.Authorize(id_token_info=WELCOME)

    @on(Action.transaction_event, skip_schema_validation=True)
    async def on_transaction(self, **message: Any) -> Any:
        """Take the values and the state of a transaction's EVSE."""
        evse = self._evse_id(message)
        if (values := message.get("meter_value")) is not None:
            await self.desk.measured(self, evse, values)
        state = _get(message.get("transaction_info"), "charging_state")
        if isinstance(state, str) and state in CHARGING_STATES:
            await self.desk.plugged(self, evse, message.get("timestamp"), CHARGING_STATES[state])
        return call_result.TransactionEvent(
            id_token_info=WELCOME if message.get("id_token") else None
        )

    @on(Action.meter_values, skip_schema_validation=True)
    async def on_meter_values(self, **message: Any) -> Any:
        """Take the values of an EVSE; 0 is the station's own meter, which is no port."""
        if message.get("evse_id") != 0:
            await self.desk.measured(self, message.get("evse_id"), message.get("meter_value"))
        return call_result.MeterValues()

    @on(Action.notify_ev_charging_needs)
    async def on_needs(self, **message: Any) -> Any:
        """Take what the vehicle wants: energy (AC) and when it leaves."""
        needs = message["charging_needs"]
        energy_wh = _get(needs.get("ac_charging_parameters"), "energy_amount")
        await self.desk.needed(self, message["evse_id"], energy_wh, needs.get("departure_time"))
        return call_result.NotifyEVChargingNeeds(status=NeedsStatus.accepted)

    @on(Action.data_transfer)
    async def on_data_transfer(self, **_: Any) -> Any:
        """Say that no vendor's extension is known."""
        return call_result.DataTransfer(status=DataTransferStatusEnumType.unknown_vendor_id)

    @on(Action.notify_event)
    async def on_event(self, **_: Any) -> Any:
        """Take note."""
        return call_result.NotifyEvent()

    @on(Action.notify_report)
    async def on_report(self, **_: Any) -> Any:
        """Take note."""
        return call_result.NotifyReport()

    @on(Action.security_event_notification)
    async def on_security_event(self, **_: Any) -> Any:
        """Take note."""
        return call_result.SecurityEventNotification()

    @on(Action.firmware_status_notification)
    async def on_firmware(self, **_: Any) -> Any:
        """Take note."""
        return call_result.FirmwareStatusNotification()

    async def set_limit(self, connector: int, profile: dict[str, Any]) -> Reply:
        """Give the charging station a charging profile."""
        schedule = profile["charging_schedule"] | {"id": profile["id"]}
        request = call.SetChargingProfile(
            evse_id=connector, charging_profile=profile | {"charging_schedule": [schedule]}
        )
        return await reply_of(self.ask(request))

    async def schedule(self, connector: int, seconds: int, unit: str) -> Any:
        """Return what the station will allow from now on; None when it does not say."""
        answer = await self.ask(
            call.GetCompositeSchedule(seconds, connector, ChargingRateUnitEnumType(unit))
        )
        return answer.schedule

    def _evse_id(self, message: dict[str, Any]) -> Any:
        transaction = _get(message.get("transaction_info"), "transaction_id")
        return self.desk.evse_of(self, transaction, _get(message.get("evse"), "id"))


def _get(entry: Any, key: str) -> Any:
    return entry.get(key) if isinstance(entry, dict) else None
