"""A unit with a declared register map."""

from services.ingest.adapters.adapter import Tools
from services.ingest.adapters.modbus_registers import Place, RegisterSettings
from services.ingest.adapters.modbus_registers.polling import Plan, PollingAdapter
from services.ingest.adapters.modbus_registers.setpoint import RegisterSetpoint
from services.ingest.adapters.modbus_registers.unit import ModbusUnit


def open_registers(source_id: str, settings: RegisterSettings, tools: Tools) -> PollingAdapter:
    """Return the adapter of a source with a register map."""
    setpoints = {
        (s.order.device_id, s.order.quantity): RegisterSetpoint(s.order, s.address, s.encoding)
        for s in settings.setpoints
    }
    plan = Plan(settings.points, setpoints)

    async def as_declared(_: ModbusUnit) -> Plan:
        return plan

    unit = unit_at(settings.place, tools)
    return PollingAdapter(source_id, unit, settings.place.poll, as_declared, tools)


def unit_at(place: Place, tools: Tools) -> ModbusUnit:
    """Return the unit; ingest's settings may stand in for where the park file says it is."""
    host, port = tools.settings.modbus_host, tools.settings.modbus_port
    return ModbusUnit(host or place.host, port or place.port, place.unit)
