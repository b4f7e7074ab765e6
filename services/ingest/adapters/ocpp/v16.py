"""OCPP 1.6J: what a charge point of this version calls, and how it is told a limit."""

from typing import Any

from ocpp.routing import on
from ocpp.v16 import ChargePoint as Version16
from ocpp.v16 import call, call_result
from ocpp.v16.enums import (
    Action,
    AuthorizationStatus,
    ChargingRateUnitType,
    DataTransferStatus,
    RegistrationStatus,
)

from services.energy.time_grid import to_microseconds
from services.ingest.adapters.ocpp.connectors import connector_of, transaction_id
from services.ingest.adapters.ocpp.conversation import Conversation, Reply, reply_of
from services.ingest.adapters.ocpp.meter_values import Unreadable, instant_us
from services.ingest.adapters.ocpp.profiles import stamp

WELCOME = {"status": AuthorizationStatus.accepted}


class ChargePoint16(Conversation, Version16):  # type: ignore[misc]
    """A charge point that speaks 1.6."""

    @on(Action.boot_notification)
    async def on_boot(self, **_: Any) -> Any:
        """Welcome it and set its clock."""
        return call_result.BootNotification(
            current_time=stamp(self.desk.now()),
            interval=round(self.desk.heartbeat.total_seconds()),
            status=RegistrationStatus.accepted,
        )

    @on(Action.heartbeat)
    async def on_heartbeat(self, **_: Any) -> Any:
        """Tell it the time."""
        return call_result.Heartbeat(current_time=stamp(self.desk.now()))

    @on(Action.status_notification)
    async def on_status(self, **message: Any) -> Any:
        """Take the state of a connector; 0 is the charge point itself."""
        if message["connector_id"]:
            await self.desk.plugged(
                self, message["connector_id"], message.get("timestamp"), message["status"]
            )
        return call_result.StatusNotification()

    @on(Action.authorize)
    async def on_authorize(self, **_: Any) -> Any:
        """Let everyone charge: who may is not decided here."""
        return call_result.Authorize(id_tag_info=WELCOME)

    @on(Action.start_transaction)
    async def on_start(self, **message: Any) -> Any:
        """Take the register at the beginning and number the transaction."""
        connector, began = message["connector_id"], message["timestamp"]
        await self.desk.counted(self, connector, began, message["meter_start"])
        try:
            began_us = instant_us(began)
        except Unreadable:
            began_us = to_microseconds(self.desk.now())
        number = transaction_id(connector, began_us) if 0 < connector < 64 else 1
        return call_result.StartTransaction(transaction_id=number, id_tag_info=WELCOME)

    @on(Action.stop_transaction, skip_schema_validation=True)
    async def on_stop(self, **message: Any) -> Any:
        """Take the register at the end, and the values that came with it."""
        connector = connector_of(message.get("transaction_id"))
        await self.desk.counted(
            self, connector, message.get("timestamp"), message.get("meter_stop")
        )
        if (values := message.get("transaction_data")) is not None:
            await self.desk.measured(self, connector, values)
        return call_result.StopTransaction()

    @on(Action.meter_values, skip_schema_validation=True)
    async def on_meter_values(self, **message: Any) -> Any:
        """Take the values of a connector; 0 is the charge point's own meter, which is no port."""
        if message.get("connector_id") != 0:
            await self.desk.measured(self, message.get("connector_id"), message.get("meter_value"))
        return call_result.MeterValues()

    @on(Action.data_transfer)
    async def on_data_transfer(self, **_: Any) -> Any:
        """Say that no vendor's extension is known."""
        return call_result.DataTransfer(status=DataTransferStatus.unknown_vendor_id)

    @on(Action.diagnostics_status_notification)
    async def on_diagnostics(self, **_: Any) -> Any:
        """Take note."""
        return call_result.DiagnosticsStatusNotification()

    @on(Action.firmware_status_notification)
    async def on_firmware(self, **_: Any) -> Any:
        """Take note."""
        return call_result.FirmwareStatusNotification()

    async def set_limit(self, connector: int, profile: dict[str, Any]) -> Reply:
        """Give the charge point a charging profile."""
        named = {"charging_profile_id": profile["id"]} | {
            key: value for key, value in profile.items() if key != "id"
        }
        request = call.SetChargingProfile(connector_id=connector, cs_charging_profiles=named)
        return await reply_of(self.ask(request))

    async def schedule(self, connector: int, seconds: int, unit: str) -> Any:
        """Return what the charge point will allow from now on; None when it does not say."""
        answer = await self.ask(
            call.GetCompositeSchedule(connector, seconds, ChargingRateUnitType(unit))
        )
        return answer.charging_schedule
