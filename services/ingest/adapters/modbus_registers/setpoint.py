"""A set-point in a holding register of its own."""

import math
from dataclasses import dataclass
from datetime import timedelta

from services.ingest.adapters.adapter import Answer, answer_of
from services.ingest.adapters.mapping import Order
from services.ingest.adapters.modbus_registers.unit import ModbusUnit
from services.ingest.adapters.modbus_registers.values import Encoding


@dataclass(frozen=True, slots=True)
class RegisterSetpoint:
    """It knows no lease: ingest writes the fail-safe at its end."""

    order: Order
    address: int
    encoding: Encoding

    async def write(self, unit: ModbusUnit, value_w: float, lease: timedelta | None) -> Answer:
        """Write the value and compare what the register then holds."""
        del lease
        await unit.write(self.address, self.encoding.encode(self.number_of(value_w)))
        held = await unit.read_number(self.address, self.encoding)
        return answer_of(value_w, self.order.scale.ours(held), self._tolerance_w)

    def number_of(self, value_w: float) -> float:
        """Return what is written; whole registers round towards zero: never more than allowed."""
        number = self.order.scale.theirs(value_w)
        return float(math.trunc(round(number, 9))) if self._is_whole else number

    @property
    def _is_whole(self) -> bool:
        return not self.encoding.type.startswith("float")

    @property
    def _tolerance_w(self) -> float:
        """Return what rounding and the park file allow between what was said and what is held."""
        return max(self.order.tolerance_w, abs(self.order.scale.factor) if self._is_whole else 0.0)
